#include "frontend_gateway/translate/threads.h"

#include <algorithm>
#include <bitset>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::size_t kMostCallIdBytes = 128;
constexpr std::size_t kMostThreadBytes = 1024;  // longer ones cross, but are not remembered

// Of the characters of a word, those that nothing on the way quotes or escapes.
bool is_word_character(char c) {
  return absl::ascii_isalnum(c) || std::string_view("-._~!*+%").find(c) != std::string_view::npos;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_word_character);
}

// Sixteen bytes are 32 hexadecimal digits or 22 of base64, and do not repeat themselves.
bool looks_random(std::string_view word) {
  std::bitset<256> seen;
  bool digit = false;
  for (const char c : word) {
    seen.set(static_cast<unsigned char>(c));
    digit = digit || absl::ascii_isdigit(c);
  }
  const auto hexadecimal = std::ranges::count_if(word, absl::ascii_isxdigit);
  const bool all_hexadecimal =
      std::ranges::all_of(word, [](char c) { return absl::ascii_isxdigit(c) || c == '-'; });
  return digit && seen.count() >= 8 && (all_hexadecimal ? hexadecimal >= 32 : word.size() >= 22);
}

}  // namespace

bool is_unique_call_id(std::string_view thread) {
  if (thread.size() > kMostCallIdBytes) return false;
  const auto at = thread.find('@');
  const std::string_view word = thread.substr(0, at);
  if (at != std::string_view::npos && !is_word(thread.substr(at + 1))) return false;
  return is_word(word) && looks_random(word);
}

std::string Threads::call_id(std::string_view from, std::string_view to,
                             const std::string& thread) {
  if (thread.empty() || is_unique_call_id(thread)) return thread;
  // Neither address holds a NUL, so the three cannot run into each other.
  std::string text;
  text.reserve(from.size() + to.size() + thread.size() + 2);
  text.append(from).push_back('\0');
  text.append(to).push_back('\0');
  text.append(thread);
  const HashKey second_key{key_[1], ~key_[0]};
  std::string id = absl::StrCat(absl::Hex(keyed_hash(key_, text), absl::kZeroPad16),
                                absl::Hex(keyed_hash(second_key, text), absl::kZeroPad16));
  if (thread.size() > kMostThreadBytes || !threads_.try_emplace(id, thread).second) return id;
  oldest_first_.push_back(id);
  if (oldest_first_.size() > most_) {
    threads_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return id;
}

std::string Threads::thread(const std::string& call_id) const {
  const auto known = threads_.find(call_id);
  return known == threads_.end() ? call_id : known->second;
}

}  // namespace causeway::gateway::translate
