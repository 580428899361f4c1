#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::test {

// DNS messages by hand (RFC 1035 section 4), also such as no server should send.

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kSoa = 6;
constexpr std::uint16_t kAaaa = 28;
constexpr std::uint16_t kSrv = 33;
constexpr std::uint16_t kNaptr = 35;

struct Record {
  std::string name;  // "fabrikam.example"; without compression
  std::uint16_t type;
  std::uint32_t ttl;
  std::string data;  // as on the wire
};

std::string bytes16(unsigned number);
std::string bytes32(std::uint32_t number);
// Labels, each behind its length; empty: the root.
std::string wire_name(std::string_view name);

Record address(std::string name, const std::string& address, std::uint32_t ttl = 60);
Record alias(std::string name, std::string_view target, std::uint32_t ttl = 60);
Record service(std::string name, unsigned priority, unsigned weight, unsigned port,
               std::string_view target, std::uint32_t ttl = 60);
// RFC 3403, without a regular expression.
Record rule(std::string name, unsigned order, unsigned preference, std::string_view flags,
            std::string_view service, std::string_view replacement, std::uint32_t ttl = 60);
Record authority(std::string zone, std::uint32_t ttl, std::uint32_t minimum);

struct Question {
  std::string name;
  std::uint16_t type = 0;
};
Question parse_question(std::string_view message);
// As a client asks.
std::string question(std::string_view name, std::uint16_t type, std::uint16_t id = 1);

// Answers the question in `asked`, a whole message.
std::string reply(std::string_view asked, int rcode, const std::vector<Record>& answers = {},
                  const std::vector<Record>& authorities = {});

}  // namespace causeway::test
