#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"

namespace causeway::edge::codec {

// XEP-0082 DateTime, the years 0001 to 9999; nothing for anything else.
std::optional<google::protobuf::Timestamp> parse_timestamp(std::string_view text);

// In UTC, with as many digits as it needs; empty if it is not a time that XEP-0082 can write.
std::string format_timestamp(const google::protobuf::Timestamp& time);

}  // namespace causeway::edge::codec
