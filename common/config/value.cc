#include "common/config/value.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace causeway::config {
namespace {

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

}  // namespace

Value::Value(const YAML::Node& node, std::string path, Report& report)
    : node_(node), path_(std::move(path)), report_(&report) {}

std::optional<std::string> Value::text() const {
  if (node_.IsScalar()) return node_.Scalar();
  mistake(node_.IsNull() ? "has no value; write \"\" for an empty one" : "must be a text");
  return std::nullopt;
}

std::optional<bool> Value::flag() const {
  if (node_.IsScalar() && node_.Scalar() == "true") return true;
  if (node_.IsScalar() && node_.Scalar() == "false") return false;
  mistake("must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Value::number(std::int64_t least, std::int64_t most) const {
  std::int64_t number = 0;
  if (!node_.IsScalar() || !absl::SimpleAtoi(node_.Scalar(), &number)) {
    mistake("must be a whole number");
    return std::nullopt;
  }
  if (number >= least && number <= most) return number;
  mistake(absl::StrCat("must be between ", least, " and ", most));
  return std::nullopt;
}

std::optional<std::vector<Value>> Value::list() const {
  if (!node_.IsSequence()) {
    mistake("must be a list");
    return std::nullopt;
  }
  std::vector<Value> out;
  for (const YAML::Node& item : node_) {
    std::string path = absl::StrCat(path_, "[", out.size(), "]");
    report_->stands_at(path, line_of(item));
    out.push_back(Value(item, std::move(path), *report_));
  }
  return out;
}

std::optional<std::vector<Value::Entry>> Value::section() const {
  std::vector<Entry> out;
  if (node_.IsNull()) return out;
  if (!node_.IsMap()) {
    mistake("must be a section of \"key: value\" lines");
    return std::nullopt;
  }
  absl::flat_hash_map<std::string, int> seen;
  for (const auto& item : node_) {
    const int line = line_of(item.first);
    const std::string key = item.first.IsScalar() ? item.first.Scalar() : "?";
    std::string path = path_.empty() ? key : absl::StrCat(path_, ".", key);
    if (const auto [first, fresh] = seen.emplace(key, line); !fresh) {
      report_->mistake_at(line, path, absl::StrCat("stands in line ", first->second, " already"));
      continue;
    }
    report_->stands_at(path, line);
    out.push_back({key, line, Value(item.second, std::move(path), *report_)});
  }
  return out;
}

void Value::mistake(std::string_view what) const { report_->mistake(path_, what); }

}  // namespace causeway::config
