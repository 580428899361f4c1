#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "edge_proxy/metrics/families.h"

struct mg_context;
struct mg_connection;

namespace causeway::edge::metrics {

// HTTP for the monitoring, without TLS and passwords: GET /metrics, /healthz (the process lives)
// and /readyz (it carries messages; else 503 and what is missing). Two threads of its own.
class Server {
 public:
  // Serves nothing when `listen` is empty.
  Server(std::string listen, Sources sources);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // After what it shows has been started. An error names the address.
  absl::Status start();
  void stop();
  int port() const;             // the one bound, which matters when `listen` says 0
  std::string address() const;  // the same with its address; empty: off

 private:
  static int answer(mg_connection* connection, void* self);

  const std::string listen_;
  const Sources sources_;
  mg_context* context_ = nullptr;
};

}  // namespace causeway::edge::metrics
