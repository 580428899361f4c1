#pragma once

#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace causeway::log {

// The log: one line an event, as text or as JSON, on standard error. Safe from any thread.
//
//   log::info("stream.established", "The stream is up.", {{"peer", domain}, {"proof", "SASL
//   EXTERNAL"}});
//
// The id is stable and stands in deploy/RUNBOOK.md with what it means and what to do. The sentence
// says what happened, to whom, why, and what to do, as far as the fields do not.

enum class Level { debug, info, warning, error };
enum class Format { text, json };

// A field's value is text; numbers are written with absl::StrCat at the call.
struct Field {
  std::string_view name;
  std::string value;
};

// Until it is called: info, text, standard error. `out` outlives the last line written; each line
// reaches it in one piece.
void configure(Level least, Format format, std::FILE* out = stderr);
bool enabled(Level level);

// A line below the configured level is not written.
void write(Level level, std::string_view id, std::string_view sentence,
           std::initializer_list<Field> fields = {});

inline void debug(std::string_view id, std::string_view sentence,
                  std::initializer_list<Field> fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, id, sentence, fields);
}
inline void info(std::string_view id, std::string_view sentence,
                 std::initializer_list<Field> fields = {}) {
  write(Level::info, id, sentence, fields);
}
inline void warning(std::string_view id, std::string_view sentence,
                    std::initializer_list<Field> fields = {}) {
  write(Level::warning, id, sentence, fields);
}
inline void error(std::string_view id, std::string_view sentence,
                  std::initializer_list<Field> fields = {}) {
  write(Level::error, id, sentence, fields);
}

}  // namespace causeway::log
