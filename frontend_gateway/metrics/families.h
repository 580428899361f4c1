#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/metrics/server.h"
#include "frontend_gateway/metrics/tally.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/store/store.h"

namespace causeway::gateway::metrics {

// What only the SIP loop's thread knows.
struct Levels {
  std::vector<sip::UserAgent::NextHop> next_hops;
  // Rows of the family "open": what is open now, by a word for it ("sessions").
  std::vector<std::pair<std::string, std::size_t>> open;
  std::uint64_t strangers = 0;  // UserAgent::strangers()
};

// What is shown. It outlives whoever shows it; the functions are called in the server's threads.
struct Sources {
  const Tally& tally;
  std::size_t edges = 0;  // configured
  std::function<std::size_t()> edges_attached;
  // Why those that are not attached are not: name, reason.
  std::function<std::vector<std::pair<std::string, std::string>>()> edge_failures;
  std::function<absl::Status()> database;  // Store::health()
  std::function<store::Store::Counters()> database_counters;
  std::function<std::optional<Levels>()> levels;  // nothing: the loop has not answered in time
};

// Everything that is counted.
std::vector<prometheus::MetricFamily> families(const Sources& sources);

// What the gateway lacks to carry messages and to keep what users agree to, as sentences; nothing
// when it is ready.
std::optional<std::string> missing(const Sources& sources);

causeway::metrics::Pages pages(const Sources& sources);

}  // namespace causeway::gateway::metrics
