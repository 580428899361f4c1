#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace causeway::fuzz {

// Takes an input apart from the front; what is not there is zero, or empty.
class Bytes {
 public:
  explicit Bytes(std::string_view input) : left_(input) {}

  bool empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return first;
  }
  // A piece with its length in two bytes before it, in memory of its own: what is read beyond it is
  // noticed.
  std::string piece() {
    const std::size_t high = byte();
    const std::size_t size = std::min(high << 8 | byte(), left_.size());
    std::string out(left_.substr(0, size));
    left_.remove_prefix(size);
    return out;
  }
  std::string rest() { return std::string(std::exchange(left_, {})); }

 private:
  std::string_view left_;
};

}  // namespace causeway::fuzz
