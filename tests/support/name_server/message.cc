#include "tests/support/name_server/message.h"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <cstddef>
#include <utility>

namespace causeway::test {
namespace {

constexpr std::size_t kHeader = 12;

std::size_t end_of_question(std::string_view message) {
  return message.find('\0', kHeader) + 1 + 4;  // the name, the type and the class
}

std::string wire(const Record& record) {
  return wire_name(record.name) + bytes16(record.type) + bytes16(1) + bytes32(record.ttl) +
         bytes16(static_cast<unsigned>(record.data.size())) + record.data;
}

}  // namespace

std::string bytes16(unsigned number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::string bytes32(std::uint32_t number) {
  return bytes16(number >> 16) + bytes16(number & 0xffff);
}

std::string wire_name(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    wire += static_cast<char>(dot);
    wire += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return wire + '\0';
}

Record address(std::string name, const std::string& text, std::uint32_t ttl) {
  const asio::ip::address address = asio::ip::make_address(text);
  std::string data;
  if (address.is_v4()) {
    for (const unsigned char byte : address.to_v4().to_bytes()) data += static_cast<char>(byte);
  } else {
    for (const unsigned char byte : address.to_v6().to_bytes()) data += static_cast<char>(byte);
  }
  return {std::move(name), address.is_v4() ? kA : kAaaa, ttl, std::move(data)};
}

Record alias(std::string name, std::string_view target, std::uint32_t ttl) {
  return {std::move(name), kCname, ttl, wire_name(target)};
}

Record service(std::string name, unsigned priority, unsigned weight, unsigned port,
               std::string_view target, std::uint32_t ttl) {
  return {std::move(name), kSrv, ttl,
          bytes16(priority) + bytes16(weight) + bytes16(port) + wire_name(target)};
}

Record rule(std::string name, unsigned order, unsigned preference, std::string_view flags,
            std::string_view service, std::string_view replacement, std::uint32_t ttl) {
  const auto text = [](std::string_view value) {
    return std::string(1, static_cast<char>(value.size())) + std::string(value);
  };
  return {std::move(name), kNaptr, ttl,
          bytes16(order) + bytes16(preference) + text(flags) + text(service) + text("") +
              wire_name(replacement)};
}

Record authority(std::string zone, std::uint32_t ttl, std::uint32_t minimum) {
  std::string data = wire_name("ns." + zone) + wire_name("hostmaster." + zone);
  for (const std::uint32_t number : {1U, 3600U, 600U, 86400U, minimum}) data += bytes32(number);
  return {std::move(zone), kSoa, ttl, std::move(data)};
}

Question parse_question(std::string_view message) {
  Question question;
  std::size_t at = kHeader;
  while (message[at] != 0) {
    const std::size_t size = static_cast<unsigned char>(message[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += message.substr(at + 1, size);
    at += size + 1;
  }
  question.type = static_cast<std::uint16_t>(static_cast<unsigned char>(message[at + 1]) << 8 |
                                             static_cast<unsigned char>(message[at + 2]));
  return question;
}

std::string question(std::string_view name, std::uint16_t type, std::uint16_t id) {
  return bytes16(id) + bytes16(0x0100) + bytes16(1) + bytes16(0) + bytes16(0) + bytes16(0) +
         wire_name(name) + bytes16(type) + bytes16(1);
}

std::string reply(std::string_view asked, int rcode, const std::vector<Record>& answers,
                  const std::vector<Record>& authorities) {
  std::string message(asked.substr(0, 2));
  message += bytes16(0x8180U | static_cast<unsigned>(rcode)) + bytes16(1);
  message += bytes16(static_cast<unsigned>(answers.size()));
  message += bytes16(static_cast<unsigned>(authorities.size())) + bytes16(0);
  message += asked.substr(kHeader, end_of_question(asked) - kHeader);
  for (const Record& record : answers) message += wire(record);
  for (const Record& record : authorities) message += wire(record);
  return message;
}

}  // namespace causeway::test
