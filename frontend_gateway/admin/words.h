#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causeway/v1/link.pb.h"

namespace causeway::gateway::admin {

// Partners' settings as the configuration file and the command line spell them.

constexpr std::array<std::pair<std::string_view, v1::PartnerType>, 3> kTypes{
    {{"Federated", v1::FEDERATED},
     {"PublicVerified", v1::PUBLIC_VERIFIED},
     {"PublicUnverified", v1::PUBLIC_UNVERIFIED}}};
constexpr std::array<std::pair<std::string_view, v1::Negotiation>, 3> kNegotiations{
    {{"Required", v1::REQUIRED}, {"Optional", v1::OPTIONAL}, {"NotSupported", v1::NOT_SUPPORTED}}};

template <typename Table>
std::vector<std::string> words_of(const Table& table) {
  std::vector<std::string> words;
  for (const auto& [word, value] : table) words.emplace_back(word);
  return words;
}

template <typename Table>
auto value_of(const Table& table, std::string_view wanted) {
  for (const auto& [word, value] : table)
    if (word == wanted) return std::optional(value);
  return std::optional<decltype(table.front().second)>();
}

template <typename Table, typename Value>
std::string_view word_for(const Table& table, Value wanted) {
  for (const auto& [word, value] : table)
    if (value == wanted) return word;
  return "?";  // of a later version of the schema
}

inline std::string_view word(v1::PartnerType type) { return word_for(kTypes, type); }
inline std::string_view word(v1::Negotiation negotiation) {
  return word_for(kNegotiations, negotiation);
}

}  // namespace causeway::gateway::admin
