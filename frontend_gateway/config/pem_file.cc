#include "frontend_gateway/config/pem_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace causeway::gateway::config {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;  // they all travel to the edges in one frame

}  // namespace

std::string pem_blocks(const std::string& text, std::string_view kind) {
  const std::string begin = "-----BEGIN " + std::string(kind) + "-----";
  const std::string end = "-----END " + std::string(kind) + "-----";
  std::string blocks;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    const std::size_t last = text.find(end, at);
    if (last == std::string::npos) break;
    blocks += text.substr(at, last + end.size() - at) + "\n";
    at = last;
  }
  return blocks;
}

std::optional<std::string> read_pem_file(const causeway::config::Value& value,
                                         std::string_view kind) {
  const std::optional<std::string> file = value.text();
  if (!file || file->empty()) return file;
  std::ifstream in(*file, std::ios::binary);
  if (!in) {
    value.mistake(*file + " cannot be opened: " + std::strerror(errno));
    return std::nullopt;
  }
  std::string text(kMaxBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  std::string blocks = pem_blocks(text, kind);
  if (in.bad()) {
    value.mistake(*file + " cannot be read");
  } else if (text.size() > kMaxBytes) {
    value.mistake(*file + " is larger than 1 MiB");
  } else if (blocks.empty()) {
    value.mistake(*file + " holds no " + std::string(kind) + " in PEM");
  } else {
    return blocks;
  }
  return std::nullopt;
}

}  // namespace causeway::gateway::config
