#include "common/config/settings.h"

#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace causeway::config {
namespace {

// Levenshtein's: how many letters must be put in, left out or exchanged.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, exchanged});
    }
  }
  return row.back();
}

// A key without its unit, or a longer one that begins so, is what a hurried writer leaves us.
bool is_beginning(std::string_view word, std::string_view of) {
  return word.size() >= 3 && of.starts_with(word);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string* nearest = nullptr;
  std::size_t least = 1 + std::max<std::size_t>(2, word.size() / 4);
  for (const std::string& candidate : known) {
    const std::size_t far = is_beginning(word, candidate) ? 1 : distance(word, candidate);
    if (far >= least) continue;
    least = far;
    nearest = &candidate;
  }
  return nearest ? absl::StrCat("; did you mean ", *nearest, "?") : "";
}

}  // namespace

std::string not_among(std::string_view word, const std::vector<std::string>& known) {
  return absl::StrCat("must be one of ", absl::StrJoin(known, ", "), did_you_mean(word, known));
}

std::string unknown_key(std::string_view key, const std::vector<std::string>& known) {
  return absl::StrCat("is not a setting", did_you_mean(key, known));
}

}  // namespace causeway::config
