#include "edge_proxy/link/service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log/log.h"
#include "common/rpc/credentials.h"
#include "common/rpc/settings.h"
#include "edge_proxy/link/gateway_line.h"

namespace causeway::edge::link {
namespace {

// A call that ends before it begins.
class Refusal final : public grpc::ServerBidiReactor<v1::GatewayFrame, v1::EdgeFrame> {
 public:
  explicit Refusal(grpc::Status status) { Finish(std::move(status)); }

 private:
  void OnDone() override { delete this; }
};

std::string not_allowed(const std::vector<std::string>& names) {
  return absl::StrCat("The certificate is for ",
                      names.empty() ? "nobody" : absl::StrJoin(names, ", "),
                      ", which is not among this edge's link.allowed_gateways.");
}

}  // namespace

Service::Service(causeway::link::Hub& hub, Configuration& configuration,
                 std::vector<std::string> allowed_gateways)
    : hub_(hub), configuration_(configuration), allowed_gateways_(std::move(allowed_gateways)) {}

grpc::ServerBidiReactor<v1::GatewayFrame, v1::EdgeFrame>* Service::Attach(
    grpc::CallbackServerContext* context) {
  if (closed_) return new Refusal({grpc::StatusCode::UNAVAILABLE, "The edge is stopping."});
  const std::vector<std::string> names = rpc::certificate_names(*context->auth_context());
  if (rpc::matching_name(names, allowed_gateways_).empty()) {
    const std::string reason = not_allowed(names);
    log::warning("link.refused", "A gateway may not attach.",
                 {{"address", rpc::readable(context->peer())}, {"reason", reason}});
    return new Refusal({grpc::StatusCode::PERMISSION_DENIED, reason});
  }
  return new GatewayLine(hub_, configuration_, *context);
}

}  // namespace causeway::edge::link
