#include "edge_proxy/link/gateway_line.h"

#include <utility>

#include "common/link/hello.h"
#include "common/log/log.h"
#include "common/rpc/settings.h"

namespace causeway::edge::link {
namespace {

grpc::Status as_grpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

}  // namespace

GatewayLine::GatewayLine(causeway::link::Hub& hub, Configuration& configuration,
                         grpc::CallbackServerContext& context)
    : Line(/*speaks_first=*/false),
      hub_(hub),
      configuration_(configuration),
      context_(context),
      address_(rpc::readable(context.peer())) {
  hub_.add(*this);
  StartSendInitialMetadata();
  StartRead(&in_);
}

void GatewayLine::OnReadDone(bool ok) {
  if (!ok) return end(grpc::Status::CANCELLED, "the connection was lost");
  if (theirs_.instance().empty())
    greet();
  else
    take_frame();
  if (!ended_) StartRead(&in_);
}

void GatewayLine::greet() {
  if (!in_.farewell().empty()) {
    log::warning("link.refused", "A gateway did not want this edge.",
                 {{"address", address_}, {"reason", in_.farewell()}});
    return end(grpc::Status::OK, in_.farewell());
  }
  if (const absl::Status status = causeway::link::check(in_.hello(), hub_.software());
      !status.ok()) {
    log::warning("link.refused", "A gateway could not be attached.",
                 {{"address", address_}, {"reason", std::string(status.message())}});
    return end(as_grpc(status), std::string(status.message()));
  }
  theirs_ = std::move(*in_.mutable_hello());
  hub_.attach(*this, theirs_);
}

// The configuration first: it holds for the stanzas that come with it.
void GatewayLine::take_frame() {
  if (in_.has_snapshot()) {
    const std::uint64_t version = in_.snapshot().version();
    if (!configuration_.offer(this, std::move(*in_.mutable_snapshot())))
      log::warning("link.stale_configuration",
                   "A gateway brought an older configuration than another that is attached; it was "
                   "not applied.",
                   {{"gateway", theirs_.name()}, {"version", std::to_string(version)}});
    const std::uint64_t in_force = configuration_.version_in_force();
    hub_.tell_all(
        [in_force](Line& line) { static_cast<GatewayLine&>(line).add_applied(in_force); });
  }
  if (const absl::Status status = hub_.receive(*this, *in_.mutable_transfer()); !status.ok())
    return end(as_grpc(status), "protocol error: " + std::string(status.message()));
  if (in_.farewell().empty()) return;
  said_farewell_ = true;
  end(grpc::Status::OK, in_.farewell());
}

// Whoever notices the end first says what it was.
void GatewayLine::end(grpc::Status status, const std::string& reason) {
  if (ended_.exchange(true)) return;
  status_ = std::move(status);
  reason_ = reason;
  hub_.end(*this);
}

void GatewayLine::cut(const std::string& reason) {
  end({grpc::StatusCode::ABORTED, reason}, reason);
  context_.TryCancel();
}

void GatewayLine::OnDone() {
  if (was_attached_)
    log::info("link.detached", "A gateway has gone.",
              {{"gateway", theirs_.name()}, {"instance", theirs_.instance()}, {"reason", reason_}});
  configuration_.forget(this);
  hub_.detach(*this, said_farewell_);
  delete this;
}

void GatewayLine::write() {
  loan_.give_back();
  out_.Clear();
  if (own_hello_) {
    *out_.mutable_hello() = *std::exchange(own_hello_, std::nullopt);
  } else {
    hub_.fill(*this, *out_.mutable_transfer(), loan_);
  }
  StartWrite(&out_);
}

void GatewayLine::attached(v1::Hello own) { own_hello_ = std::move(own); }

void GatewayLine::add_extras() {
  out_.set_applied_snapshot(std::exchange(applied_, 0));
  for (std::size_t n = 0; n < kFrameEvents && !events_.empty(); ++n) {
    *out_.add_stream_events() = std::move(events_.front());
    events_.pop_front();
  }
  out_.set_farewell(farewell_);
}

void GatewayLine::add(const v1::StreamEvent& event) {
  if (events_.size() == kEvents) events_.pop_front();
  events_.push_back(event);
}

void GatewayLine::OnWriteDone(bool ok) {
  if (!ok) {
    end(grpc::Status::CANCELLED, "the connection was lost");
  } else if (!out_.farewell().empty()) {
    end({grpc::StatusCode::UNAVAILABLE, out_.farewell()}, out_.farewell());
  } else if (out_.has_hello()) {
    was_attached_ = true;
    log::info("link.attached", "A gateway has attached.",
              {{"gateway", theirs_.name()},
               {"instance", theirs_.instance()},
               {"software", theirs_.software()},
               {"address", address_}});
  }
  hub_.written(*this);
}

}  // namespace causeway::edge::link
