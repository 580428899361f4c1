#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <vector>

namespace causeway::admin {

// Text for an operator's terminal; pure.

using Row = std::vector<std::string>;

// In columns, a line a row. Every row has as many cells as the first, of which there is one.
std::string table(const std::vector<Row>& rows);

// What others have said, without control characters, so that it cannot speak to the terminal.
std::string printable(const std::string& words);

std::string or_dash(std::string text);  // "-" for nothing

inline constexpr char kTime[] = "%Y-%m-%d %H:%M:%SZ";
std::string time_of(const google::protobuf::Timestamp& time, const char* format = kTime);

}  // namespace causeway::admin
