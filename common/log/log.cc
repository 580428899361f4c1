#include "common/log/log.h"

#include <atomic>
#include <chrono>

#include "common/log/line.h"

namespace causeway::log {
namespace {

// The one thing of the process that everybody may reach without being handed it.
std::atomic<Level> least_level{Level::info};
std::atomic<Format> line_format{Format::text};
std::atomic<std::FILE*> destination{nullptr};  // standard error

}  // namespace

void configure(Level least, Format format, std::FILE* out) {
  least_level = least;
  line_format = format;
  destination = out;
}

bool enabled(Level level) { return level >= least_level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view id, std::string_view sentence,
           std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const Event event{std::chrono::system_clock::now(), level, id, sentence, fields};
  const std::string line = line_format == Format::json ? json_line(event) : text_line(event);
  std::FILE* out = destination;
  // fwrite locks the stream: lines of two threads do not mix.
  std::fwrite(line.data(), 1, line.size(), out ? out : stderr);
}

}  // namespace causeway::log
