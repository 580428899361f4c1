#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

namespace causeway::config {

// Everything that is wrong with one file, each at its line. Mistakes are collected, so that an
// operator mends a file once.
class Report {
 public:
  explicit Report(std::string file) : file_(std::move(file)) {}

  // Where a setting stands. Paths are as in messages: "partners[0].domain"; the whole file is "".
  void stands_at(const std::string& path, int line) { lines_[path] = line; }

  // `what` is a sentence about the setting at `path`. A setting that does not stand in the file is
  // reported at the section that should have held it.
  void mistake(const std::string& path, std::string_view what);
  void mistake_at(int line, const std::string& path, std::string_view what);

  int line_of(std::string_view path) const;
  bool stands(const std::string& path) const { return lines_.contains(path); }
  // "edge.yaml:12: what", for what is worth saying but no mistake.
  std::string line(const std::string& path, std::string_view what) const;

  // OK, or InvalidArgument whose message holds one line a mistake, in the order of the file:
  // "edge.yaml:12: link.listen: ...".
  absl::Status status() const;
  // The same for one setting by itself: the first mistake without its place.
  absl::Status first() const;

 private:
  struct Mistake {
    int line;
    std::string text;
    std::string what;
  };

  std::string file_;
  absl::flat_hash_map<std::string, int> lines_;
  std::vector<Mistake> mistakes_;
};

}  // namespace causeway::config
