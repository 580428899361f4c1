#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "causeway/v1/link.pb.h"

namespace causeway::link {

constexpr std::uint32_t kProtocolVersion = 1;

// Whether we can speak with the one who says this. An error's message is a sentence for the
// operators of both ends: FAILED_PRECONDITION names what to upgrade, INVALID_ARGUMENT what is wrong
// with the hello.
absl::Status check(const v1::Hello& hello, const std::string& own_software);

// "edge_proxy 0.1.0".
std::string software(const std::string& daemon);
// The name given, or the host's when it is empty.
std::string own_name(const std::string& configured);

}  // namespace causeway::link
