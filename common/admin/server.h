#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace causeway::admin {

// Serves a service on a Unix-domain socket of mode 0600: who may connect is the file system's
// judgement. A lock on "<socket>.lock" says whose the socket is, so that what a killed process left
// behind is replaced, and what a live one serves is not.
class Server {
 public:
  // `daemon` as it is called: "edge_proxy". Serves nothing when `socket` is empty. `service`
  // outlives it.
  Server(std::string daemon, std::string socket, grpc::Service& service);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Sets the process's umask for a moment. An error names the path.
  absl::Status start();
  // Answers what is being asked, then no more.
  void stop();

 private:
  absl::Status lock();
  absl::Status listen();

  const std::string daemon_;
  const std::string socket_;
  grpc::Service& service_;
  std::unique_ptr<grpc::Server> server_;
  int lock_ = -1;
};

}  // namespace causeway::admin
