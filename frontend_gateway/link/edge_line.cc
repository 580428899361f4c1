#include "frontend_gateway/link/edge_line.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/link/hello.h"
#include "common/rpc/credentials.h"
#include "common/rpc/settings.h"
#include "common/text/utf8.h"

namespace causeway::gateway::link {

EdgeLine::EdgeLine(std::shared_ptr<causeway::link::Hub> hub, std::shared_ptr<grpc::Channel> channel,
                   std::string name, v1::Hello own, Owner owner)
    : Line(/*speaks_first=*/true),
      hub_(std::move(hub)),
      channel_(std::move(channel)),
      stub_(v1::EdgeLink::NewStub(channel_)),
      name_(std::move(name)),
      owner_(std::move(owner)),
      own_(std::move(own)) {}

// The hold keeps the call until the hub has said that no write will come from outside.
void EdgeLine::start() {
  hub_->add(*this);
  stub_->async()->Attach(&context_, this);
  AddHold();
  StartCall();
}

// The edge has accepted the connection. Before anything is said: is it the one that was meant?
void EdgeLine::OnReadInitialMetadataDone(bool ok) {
  if (!ok) {
    end("");
    return hub_->written(*this);
  }
  const auto proof = context_.auth_context();
  const std::vector<std::string> names =
      proof ? rpc::certificate_names(*proof) : std::vector<std::string>{};
  if (rpc::matching_name(names, {name_}).empty()) {
    out_.set_farewell(
        absl::StrCat("the edge\'s certificate is for ",
                     names.empty() ? "nobody" : text::well_formed(absl::StrJoin(names, ", ")),
                     ", not for ", name_));
  } else {
    *out_.mutable_hello() = std::move(own_);
  }
  StartRead(&in_);
  StartWrite(&out_);
}

void EdgeLine::OnReadDone(bool ok) {
  if (!ok) return cut("");  // the call may be alive: a frame that cannot be read ends only reading
  take_frame();
  if (!ended_) StartRead(&in_);
}

void EdgeLine::take_frame() {
  if (theirs_.instance().empty()) {
    if (const absl::Status status = causeway::link::check(in_.hello(), hub_->software());
        !status.ok())
      return cut(std::string(status.message()));
    theirs_ = std::move(*in_.mutable_hello());
    owner_.attached(theirs_, rpc::readable(context_.peer()));
    return hub_->attach(*this, theirs_);
  }
  if (in_.stream_events_size() > 0) {
    auto& events = *in_.mutable_stream_events();
    owner_.stream_events(
        {std::make_move_iterator(events.begin()), std::make_move_iterator(events.end())});
  }
  if (const absl::Status status = hub_->receive(*this, *in_.mutable_transfer()); !status.ok())
    return cut(absl::StrCat("protocol error: ", std::string(status.message())));
  if (in_.farewell().empty()) return;
  said_farewell_ = true;
  end(in_.farewell());
}

// Whoever notices the end first says what it was. An empty reason leaves that to the call's status.
void EdgeLine::end(const std::string& reason) {
  if (ended_.exchange(true)) return;
  reason_ = reason;
  hub_->end(*this);
}

void EdgeLine::cut(const std::string& reason) {
  end(reason);
  context_.TryCancel();
}

void EdgeLine::OnDone(const grpc::Status& status) {
  std::string reason = said_.empty() ? reason_ : said_;
  if (reason.empty() && status.error_code() == grpc::StatusCode::CANCELLED)
    reason = "one end could not read what the other has said";
  if (reason.empty()) reason = status.error_message();
  const auto gone = owner_.gone;
  hub_->detach(*this, said_farewell_);
  gone(reason.empty() ? "the connection was lost" : reason);  // may destroy this elsewhere
}

void EdgeLine::write() {
  loan_.give_back();
  out_.Clear();
  hub_->fill(*this, *out_.mutable_transfer(), loan_);
  if (snapshot_to_write_) *out_.mutable_snapshot() = *std::exchange(snapshot_to_write_, nullptr);
  StartWrite(&out_);
}

void EdgeLine::attached(v1::Hello) { snapshot_ = owner_.snapshot(); }

void EdgeLine::set_snapshot(std::shared_ptr<const v1::Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
}

void EdgeLine::add_extras() {
  snapshot_to_write_ = std::move(snapshot_);  // copied when the lock is free again
  snapshot_ = nullptr;
  out_.set_farewell(farewell_);
}

// After a farewell the edge ends the call.
void EdgeLine::OnWriteDone(bool ok) {
  if (!ok) end("");
  said_ = out_.farewell();
  hub_->written(*this);
}

}  // namespace causeway::gateway::link
