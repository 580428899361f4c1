#include "common/config/load.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace causeway::config {

absl::StatusOr<YAML::Node> parse_file(const std::string& path) {
  std::ifstream in(path);
  std::string text;
  char block[4096];
  while (in.read(block, sizeof block), in.gcount() > 0)
    text.append(block, static_cast<std::size_t>(in.gcount()));
  // A directory opens and only then cannot be read.
  if (!in.is_open() || in.bad())
    return absl::InvalidArgumentError(
        absl::StrCat(path, ":1: cannot be read: ", std::strerror(errno)));
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ":", e.mark.line + 1, ": is not YAML: ", e.msg));
  }
}

}  // namespace causeway::config
