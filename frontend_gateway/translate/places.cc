#include "frontend_gateway/translate/places.h"

#include <algorithm>

namespace causeway::gateway::translate {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kPunctuation = ".,:;!?()[]{}<>\"'";
// "sip%3Aa%2Eb" where it was not decoded, and what IDNA takes for a dot (UTS 46 section 2.3).
constexpr std::string_view kInNamesOnly[] = {"@",   "::",     "%2e",    "%2E",   "%3a",
                                             "%3A", "\u3002", "\uff0e", "\uff61"};

bool names_place(std::string_view word) {
  const auto within = [&](std::string_view part) { return word.find(part) != word.npos; };
  if (std::ranges::any_of(kInNamesOnly, within)) return true;
  const auto first = word.find_first_not_of(kPunctuation);
  if (first == word.npos) return false;
  const auto last = word.find_last_not_of(kPunctuation);
  return word.substr(first, last - first + 1).find_first_of(".:") != word.npos;
}

}  // namespace

std::string without_places(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
    if (text.empty()) return kept;
    const std::string_view word = text.substr(0, text.find_first_of(kSpaces));
    text.remove_prefix(word.size());
    if (names_place(word)) continue;
    if (!kept.empty()) kept.push_back(' ');
    kept.append(word);
  }
}

}  // namespace causeway::gateway::translate
