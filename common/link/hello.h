#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "causeway/v1/link.pb.h"

namespace causeway::link {

constexpr std::uint32_t kProtocolVersion = 1;

// The part of an instance that names its life in the ids of the stanzas it makes: such an id is
// "<life>-<what the maker likes>". An error that comes back has the id of what failed, and so finds
// the life that waits for it.
constexpr std::size_t kLifeDigits = 16;
std::string_view life_of(std::string_view instance);
// Empty for an id that is not of this form.
std::string_view life_in(std::string_view id);

// Whether we can speak with the one who says this. An error's message is a sentence for the
// operators of both ends: FAILED_PRECONDITION names what to upgrade, INVALID_ARGUMENT what is wrong
// with the hello.
absl::Status check(const v1::Hello& hello, const std::string& own_software);

// "edge_proxy 0.1.0".
std::string software(const std::string& daemon);
// The name given, or the host's when it is empty.
std::string own_name(const std::string& configured);

}  // namespace causeway::link
