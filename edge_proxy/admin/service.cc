#include "edge_proxy/admin/service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/link/hello.h"

namespace causeway::edge::admin {
namespace {

grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* context,
                                 const absl::Status& status = absl::OkStatus()) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish({static_cast<grpc::StatusCode>(status.code()), std::string(status.message())});
  return reactor;
}

absl::StatusOr<address::Domain> parse(const std::string& text) {
  absl::StatusOr<address::Domain> domain = address::Domain::parse(text);
  if (domain.ok()) return domain;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no domain: ", domain.status().message()));
}

// A filter; without it, everything.
absl::StatusOr<std::string> parse_filter(const std::string& text) {
  if (text.empty()) return std::string();
  absl::StatusOr<address::Domain> domain = parse(text);
  if (!domain.ok()) return domain.status();
  return domain->unicode();
}

void add(v1::GetStatusResponse& response, std::string_view name, std::size_t used,
         std::size_t limit) {
  v1::Use& use = *response.add_use();
  use.set_name(std::string(name));
  use.set_used(used);
  use.set_limit(limit);
}

}  // namespace

Service::Reactor* Service::GetStatus(Context* context, const v1::GetStatusRequest*,
                                     v1::GetStatusResponse* response) {
  const s2s::Federation& federation = subject_.federation;
  response->set_software(causeway::link::software("edge_proxy"));
  response->mutable_since()->set_seconds(absl::ToUnixSeconds(since_));
  for (const auto& gateway : subject_.gateways.attached()) {
    v1::AttachedGateway& shown = *response->add_gateways();
    shown.set_name(gateway.name);
    shown.set_software(gateway.software);
    shown.set_instance(gateway.instance);
  }
  response->set_snapshot(subject_.gateways.snapshot());
  response->set_listening(federation.listening());
  for (const std::string& address : federation.addresses()) response->add_addresses(address);
  for (const auto& use : federation.use()) add(*response, use.limit, use.used, use.most);
  add(*response, "link.queue_bytes", subject_.gateways.queued_bytes(),
      subject_.gateways.queue_bytes());
  response->set_strangers(federation.ledger().strangers());
  return finish(context);
}

Service::Reactor* Service::ListStreams(Context* context, const v1::ListLiveStreamsRequest* request,
                                       v1::ListLiveStreamsResponse* response) {
  const absl::StatusOr<std::string> domain = parse_filter(request->domain());
  if (!domain.ok()) return finish(context, domain.status());
  for (v1::LiveStream& stream : subject_.federation.ledger().streams(*domain))
    *response->add_streams() = std::move(stream);
  return finish(context);
}

Service::Reactor* Service::ListFailures(Context* context, const v1::ListFailuresRequest* request,
                                        v1::ListFailuresResponse* response) {
  const absl::StatusOr<std::string> domain = parse_filter(request->domain());
  if (!domain.ok()) return finish(context, domain.status());
  for (v1::StreamFailure& failure : subject_.federation.ledger().failures(*domain))
    *response->add_failures() = std::move(failure);
  return finish(context);
}

Service::Reactor* Service::CloseStreams(Context* context, const v1::CloseStreamsRequest* request,
                                        v1::CloseStreamsResponse* response) {
  const absl::StatusOr<address::Domain> domain = partner(request->domain());
  if (!domain.ok()) return finish(context, domain.status());
  response->set_closed(static_cast<std::uint32_t>(subject_.federation.close(*domain)));
  return finish(context);
}

Service::Reactor* Service::Retry(Context* context, const v1::RetryRequest* request,
                                 v1::RetryResponse*) {
  const absl::StatusOr<address::Domain> domain = partner(request->domain());
  if (!domain.ok()) return finish(context, domain.status());
  subject_.federation.retry(*domain);
  return finish(context);
}

Service::Reactor* Service::Reload(Context* context, const v1::ReloadRequest*, v1::ReloadResponse*) {
  const absl::Status status = subject_.reload();
  if (status.ok()) return finish(context);
  return finish(context, absl::FailedPreconditionError(status.message()));
}

absl::StatusOr<address::Domain> Service::partner(const std::string& text) const {
  absl::StatusOr<address::Domain> domain = parse(text);
  if (!domain.ok() || subject_.federation.is_partner(*domain)) return domain;
  if (subject_.gateways.snapshot() == 0 && !subject_.federation.listening())
    return absl::NotFoundError("No gateway has told this edge yet who its partners are.");
  return absl::NotFoundError(absl::StrCat(domain->unicode(), " is no allowed partner."));
}

}  // namespace causeway::edge::admin
