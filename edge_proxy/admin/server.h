#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "edge_proxy/admin/service.h"

namespace grpc {
class Server;
}

namespace causeway::edge::admin {

// Serves EdgeAdmin on a Unix-domain socket of mode 0600: who may connect is the file system's
// judgement. A lock on "<socket>.lock" says whose the socket is, so that what a killed process left
// behind is replaced, and what a live one serves is not.
class Server {
 public:
  // Serves nothing when `socket` is empty.
  Server(std::string socket, Subject subject);
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

  const std::string socket_;
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  int lock_ = -1;
};

}  // namespace causeway::edge::admin
