#include "edge_proxy/admin/client.h"

#include <algorithm>
#include <memory>

#include "causeway/v1/admin.grpc.pb.h"
#include "common/admin/client.h"
#include "edge_proxy/admin/tables.h"

namespace causeway::edge::admin {
namespace {

using command_line::Asked;
using command_line::Verb;
using Stub = v1::EdgeAdmin::Stub;

constexpr char kDaemon[] = "edge_proxy";

template <typename Request>
Request request_for(const Asked& asked) {
  Request request;
  if constexpr (requires { request.set_domain(asked.domain); }) request.set_domain(asked.domain);
  return request;
}

template <typename Request, typename Response,
          grpc::Status (Stub::*kMethod)(grpc::ClientContext*, const Request&, Response*)>
int call(Stub& stub, const Asked& asked) {
  return causeway::admin::call<Response>(
      kDaemon, asked,
      [&](grpc::ClientContext* context, Response* response) {
        return (stub.*kMethod)(context, request_for<Request>(asked), response);
      },
      [](const Response& response) { return to_text(response); });
}

struct Row {
  Verb verb;
  int (*call)(Stub& stub, const Asked& asked);
};

const std::vector<Row>& rows() {
  using enum Verb::Domain;
  static const std::vector<Row> kRows = {
      {{"streams", "the streams that are up: how secured, since when, what they carry", optional},
       call<v1::ListLiveStreamsRequest, v1::ListLiveStreamsResponse, &Stub::ListStreams>},
      {{"failures", "the last attempts that came to nothing, with every step", optional},
       call<v1::ListFailuresRequest, v1::ListFailuresResponse, &Stub::ListFailures>},
      {{"status", "gateways, configuration, addresses, and what is left of the limits", none},
       call<v1::GetStatusRequest, v1::GetStatusResponse, &Stub::GetStatus>},
      {{"close", "end every stream with a partner; the next stanza makes another", required},
       call<v1::CloseStreamsRequest, v1::CloseStreamsResponse, &Stub::CloseStreams>},
      {{"retry", "end the pause after failures: try a partner again at once", required},
       call<v1::RetryRequest, v1::RetryResponse, &Stub::Retry>},
      {{"reload", "read the certificates anew, for streams to come", none},
       call<v1::ReloadRequest, v1::ReloadResponse, &Stub::Reload>},
  };
  return kRows;
}

}  // namespace

std::vector<Verb> verbs() {
  std::vector<Verb> out;
  for (const Row& row : rows()) out.push_back(row.verb);
  return out;
}

int ask(const std::string& socket, const Asked& asked) {
  const auto channel = causeway::admin::connect(kDaemon, socket);
  if (channel == nullptr) return command_line::kNotRunning;
  const std::unique_ptr<Stub> stub = v1::EdgeAdmin::NewStub(channel);
  const auto row = std::find_if(rows().begin(), rows().end(),
                                [&](const Row& r) { return r.verb.name == asked.verb; });
  return row->call(*stub, asked);
}

}  // namespace causeway::edge::admin
