#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace causeway::gateway {

// A value, or the refusal in the words of the side that has to be told.
template <typename Value, typename Refusal>
class [[nodiscard]] Outcome {
 public:
  Outcome(Value value) : either_(std::in_place_index<0>, std::move(value)) {}
  Outcome(Refusal refusal) : either_(std::in_place_index<1>, std::move(refusal)) {}

  bool ok() const { return either_.index() == 0; }
  // REQUIRES: ok()
  Value& operator*() { return std::get<0>(either_); }
  const Value& operator*() const { return std::get<0>(either_); }
  Value* operator->() { return &std::get<0>(either_); }
  const Value* operator->() const { return &std::get<0>(either_); }
  // REQUIRES: !ok()
  Refusal& refusal() { return std::get<1>(either_); }
  const Refusal& refusal() const { return std::get<1>(either_); }

 private:
  std::variant<Value, Refusal> either_;
};

// A final response before it has headers.
struct SipRefusal {
  int status;
  std::string reason;
};

}  // namespace causeway::gateway
