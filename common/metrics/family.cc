#include "common/metrics/family.h"

#include <string>

namespace causeway::metrics {

using prometheus::MetricType;

Family::Family(MetricType type, std::string_view name, std::string_view help) {
  family_.name = std::string(name);
  family_.help = std::string(help);
  family_.type = type;
}

Family Family::counter(std::string_view name, std::string_view help) {
  return Family(MetricType::Counter, name, help);
}
Family Family::gauge(std::string_view name, std::string_view help) {
  return Family(MetricType::Gauge, name, help);
}

Family& Family::add(double value, Labels labels) {
  prometheus::ClientMetric& metric = family_.metric.emplace_back();
  for (const auto& [name, said] : labels)
    metric.label.push_back({std::string(name), std::string(said)});
  (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return *this;
}

prometheus::MetricFamily Family::take() { return std::move(family_); }

}  // namespace causeway::metrics
