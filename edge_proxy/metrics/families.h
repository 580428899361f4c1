#pragma once

#include <prometheus/metric_family.h>

#include <optional>
#include <string>
#include <vector>

#include "common/metrics/server.h"
#include "edge_proxy/link/gateways.h"
#include "edge_proxy/s2s/federation.h"

namespace causeway::edge::metrics {

// What is shown. Both are started; both outlive whoever shows them.
struct Sources {
  const s2s::Federation& federation;
  const link::Gateways& gateways;
};

// Everything that is counted, as Prometheus has it. Every label has a short list of values: none is
// a domain or an address, since whoever can name many domains could make as many time series.
std::vector<prometheus::MetricFamily> families(const Sources& sources);

// What this edge still lacks to carry messages, as a sentence; nothing when it is ready.
std::optional<std::string> missing(const Sources& sources);

// Both, for who serves them.
causeway::metrics::Pages pages(const Sources& sources);

}  // namespace causeway::edge::metrics
