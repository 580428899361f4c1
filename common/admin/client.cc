#include "common/admin/client.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/cleanup/cleanup.h"

namespace causeway::admin {
namespace {

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string out;
  const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
  return status.ok() ? out : status.ToString();
}

void say(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

// Why nobody answers there; gRPC would say it in many more words.
std::string why_unreachable(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(address.sun_path)) return "the path is too long";
  std::copy(socket.begin(), socket.end(), address.sun_path);
  const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0) return std::strerror(errno);
  const absl::Cleanup done = [file] { close(file); };
  const bool there = ::connect(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  return there ? "" : std::strerror(errno);
}

}  // namespace

std::shared_ptr<grpc::Channel> connect(const std::string& daemon, const std::string& socket) {
  if (socket.empty()) {
    say("admin.socket is empty in the configuration: this " + daemon + " answers nobody.");
    return nullptr;
  }
  if (const std::string why = why_unreachable(socket); !why.empty()) {
    say("No " + daemon + " answers at " + socket + ": " + why);
    return nullptr;
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // what the daemon keeps is bounded, and it is ours
  return grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments);
}

int complain(const std::string& daemon, const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
      status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    say(daemon + " does not answer: " + status.error_message());
    return command_line::kNotRunning;
  }
  say(status.error_message());
  return command_line::kRefused;
}

int print(const google::protobuf::Message& answer, const std::string& text, bool json) {
  const std::string out = json ? to_json(answer) : text;
  std::fwrite(out.data(), 1, out.size(), stdout);
  return command_line::kDone;
}

}  // namespace causeway::admin
