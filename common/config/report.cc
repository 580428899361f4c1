#include "common/config/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace causeway::config {

void Report::mistake(const std::string& path, std::string_view what) {
  mistake_at(line_of(path), path, what);
}

void Report::mistake_at(int line, const std::string& path, std::string_view what) {
  std::string text = absl::StrCat(file_, ":", line, ": ", path, path.empty() ? "" : ": ");
  text += what;
  mistakes_.push_back({line, std::move(text), std::string(what)});
}

int Report::line_of(std::string_view path) const {
  for (;;) {
    if (const auto found = lines_.find(std::string(path)); found != lines_.end())
      return found->second;
    if (path.empty()) return 1;
    const auto end = path.find_last_of(".[");
    path = path.substr(0, end == std::string_view::npos ? 0 : end);
  }
}

std::string Report::line(const std::string& path, std::string_view what) const {
  return absl::StrCat(file_, ":", line_of(path), ": ", std::string(what));
}

absl::Status Report::status() const {
  if (mistakes_.empty()) return absl::OkStatus();
  std::vector<Mistake> sorted = mistakes_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Mistake& a, const Mistake& b) { return a.line < b.line; });
  std::string message;
  for (const Mistake& mistake : sorted)
    absl::StrAppend(&message, message.empty() ? "" : "\n", mistake.text);
  return absl::InvalidArgumentError(message);
}

absl::Status Report::first() const {
  return mistakes_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(mistakes_.front().what);
}

}  // namespace causeway::config
