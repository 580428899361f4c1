#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace causeway::metrics {

// A counter or a gauge with its samples. Every label has a short list of values: none is a domain
// or an address, since whoever can name many domains could make as many time series.
class Family {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // `name` is the whole one; that of a counter ends in _total. `help` is a sentence.
  static Family counter(std::string_view name, std::string_view help);
  static Family gauge(std::string_view name, std::string_view help);

  Family& add(double value, Labels labels = {});
  prometheus::MetricFamily take();

 private:
  Family(prometheus::MetricType type, std::string_view name, std::string_view help);

  prometheus::MetricFamily family_;
};

}  // namespace causeway::metrics
