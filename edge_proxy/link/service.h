#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "causeway/v1/link.grpc.pb.h"
#include "common/link/hub.h"
#include "edge_proxy/link/configuration.h"

namespace causeway::edge::link {

// The door: who may attach. What an attached gateway says is GatewayLine's business.
class Service final : public v1::EdgeLink::CallbackService {
 public:
  Service(causeway::link::Hub& hub, Configuration& configuration,
          std::vector<std::string> allowed_gateways);

  // Nobody is let in from now on.
  void close() { closed_ = true; }

 private:
  grpc::ServerBidiReactor<v1::GatewayFrame, v1::EdgeFrame>* Attach(
      grpc::CallbackServerContext* context) override;

  causeway::link::Hub& hub_;
  Configuration& configuration_;
  const std::vector<std::string> allowed_gateways_;
  std::atomic<bool> closed_{false};
};

}  // namespace causeway::edge::link
