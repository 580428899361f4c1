#pragma once

#include <prometheus/metric_family.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

struct mg_context;
struct mg_connection;

namespace causeway::metrics {

// What stands on the pages. Asked in the server's threads, by two at once at most.
struct Pages {
  std::function<std::vector<prometheus::MetricFamily>()> families;
  // What the daemon lacks to carry messages, as a sentence; nothing when it is ready.
  std::function<std::optional<std::string>()> missing;
};

// HTTP for the monitoring, without TLS and passwords: GET /metrics, /healthz (the process lives)
// and /readyz (it carries messages; else 503 and what is missing). Two threads of its own.
class Server {
 public:
  // Serves nothing when `listen` is empty.
  Server(std::string listen, Pages pages);
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
  const Pages pages_;
  mg_context* context_ = nullptr;
};

}  // namespace causeway::metrics
