#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "causeway/v1/admin.grpc.pb.h"
#include "common/address/domain.h"
#include "edge_proxy/link/gateways.h"
#include "edge_proxy/s2s/federation.h"

namespace causeway::edge::admin {

// What the answers are about. Outlives whoever answers.
struct Subject {
  s2s::Federation& federation;
  const link::Gateways& gateways;
  std::function<absl::Status()> reload;  // the certificates
};

// EdgeAdmin: each question is answered from what the daemon knows at that moment, on gRPC's thread.
class Service final : public v1::EdgeAdmin::CallbackService {
 public:
  explicit Service(Subject subject) : subject_(std::move(subject)) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* GetStatus(Context* context, const v1::GetStatusRequest* request,
                     v1::GetStatusResponse* response) override;
  Reactor* ListStreams(Context* context, const v1::ListLiveStreamsRequest* request,
                       v1::ListLiveStreamsResponse* response) override;
  Reactor* ListFailures(Context* context, const v1::ListFailuresRequest* request,
                        v1::ListFailuresResponse* response) override;
  Reactor* CloseStreams(Context* context, const v1::CloseStreamsRequest* request,
                        v1::CloseStreamsResponse* response) override;
  Reactor* Retry(Context* context, const v1::RetryRequest* request,
                 v1::RetryResponse* response) override;
  Reactor* Reload(Context* context, const v1::ReloadRequest* request,
                  v1::ReloadResponse* response) override;

  absl::StatusOr<address::Domain> partner(const std::string& text) const;

  const Subject subject_;
  const absl::Time since_ = absl::Now();
};

}  // namespace causeway::edge::admin
