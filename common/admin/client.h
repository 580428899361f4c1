#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/command_line/command_line.h"

namespace causeway::admin {

// The command line's side of a daemon's socket.

// Null when nobody serves it; why stands on standard error then.
std::shared_ptr<grpc::Channel> connect(const std::string& daemon, const std::string& socket);

constexpr std::chrono::seconds kPatience{10};

// Says on standard error why there is no answer; the exit status.
int complain(const std::string& daemon, const grpc::Status& status);
// Prints `text`, or the answer as JSON when that is asked for.
int print(const google::protobuf::Message& answer, const std::string& text, bool json);

// Puts a question, `send(context, response)`, and prints the answer, `to_text(response)`. The exit
// status.
template <typename Response, typename Send, typename Text>
int call(const std::string& daemon, const command_line::Asked& asked, const Send& send,
         const Text& to_text) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  Response response;
  const grpc::Status status = send(&context, &response);
  if (!status.ok()) return complain(daemon, status);
  return print(response, asked.json ? std::string() : to_text(response), asked.json);
}

}  // namespace causeway::admin
