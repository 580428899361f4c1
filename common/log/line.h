#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/log/log.h"

namespace causeway::log {

// One event as it will stand in the log. Pure functions: what a stranger put into a value can
// neither begin a line of its own, nor move a terminal's cursor, nor break the JSON.
struct Event {
  std::chrono::system_clock::time_point time;
  Level level;
  std::string_view id;
  std::string_view sentence;
  std::initializer_list<Field> fields;
};

// 2026-11-20T14:50:00.123Z INFO  stream.established  The stream is up. peer=fabrikam.example
std::string text_line(const Event& event);

// {"time":"...","level":"info","event":"stream.established","message":"The stream is
// up.","peer":"..."} Bytes that are not UTF-8 become U+FFFD.
std::string json_line(const Event& event);

}  // namespace causeway::log
