#include "edge_proxy/admin/client.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "causeway/v1/admin.grpc.pb.h"
#include "edge_proxy/admin/tables.h"

namespace causeway::edge::admin {
namespace {

using command_line::Asked;
using command_line::Verb;
using Stub = v1::EdgeAdmin::Stub;

constexpr std::chrono::seconds kPatience{10};

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string out;
  const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
  return status.ok() ? out : status.ToString();
}

template <typename Request>
Request request_for(const Asked& asked) {
  Request request;
  if constexpr (requires { request.set_domain(asked.domain); }) request.set_domain(asked.domain);
  return request;
}

int complain(const std::string& text, int status) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return status;
}

template <typename Request, typename Response,
          grpc::Status (Stub::*kMethod)(grpc::ClientContext*, const Request&, Response*)>
int call(Stub& stub, const Asked& asked) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  Response response;
  const grpc::Status status = (stub.*kMethod)(&context, request_for<Request>(asked), &response);
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
    return complain("edge_proxy does not answer: " + status.error_message(),
                    command_line::kNotRunning);
  if (!status.ok()) return complain(status.error_message(), command_line::kRefused);
  const std::string text = asked.json ? to_json(response) : to_text(response);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return command_line::kDone;
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

// Why nobody answers there; gRPC would say it in many more words.
std::string why_unreachable(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(address.sun_path)) return "the path is too long";
  std::copy(socket.begin(), socket.end(), address.sun_path);
  const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0) return std::strerror(errno);
  const absl::Cleanup done = [file] { close(file); };
  const bool there = connect(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  return there ? "" : std::strerror(errno);
}

}  // namespace

std::vector<Verb> verbs() {
  std::vector<Verb> out;
  for (const Row& row : rows()) out.push_back(row.verb);
  return out;
}

int ask(const std::string& socket, const Asked& asked) {
  if (socket.empty())
    return complain("admin.socket is empty in the configuration: this edge answers nobody.",
                    command_line::kNotRunning);
  if (const std::string why = why_unreachable(socket); !why.empty())
    return complain("No edge_proxy answers at " + socket + ": " + why, command_line::kNotRunning);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // what the daemon keeps is bounded, and it is ours
  const auto channel =
      grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments);
  const std::unique_ptr<Stub> stub = v1::EdgeAdmin::NewStub(channel);
  const auto row = std::find_if(rows().begin(), rows().end(),
                                [&](const Row& r) { return r.verb.name == asked.verb; });
  return row->call(*stub, asked);
}

}  // namespace causeway::edge::admin
