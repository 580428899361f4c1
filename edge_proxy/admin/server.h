#pragma once

#include <string>
#include <utility>

#include "common/admin/server.h"
#include "edge_proxy/admin/service.h"

namespace causeway::edge::admin {

// Serves EdgeAdmin as common/admin serves.
class Server {
 public:
  Server(std::string socket, Subject subject)
      : service_(std::move(subject)), server_("edge_proxy", std::move(socket), service_) {}

  absl::Status start() { return server_.start(); }
  void stop() { server_.stop(); }

 private:
  Service service_;
  causeway::admin::Server server_;
};

}  // namespace causeway::edge::admin
