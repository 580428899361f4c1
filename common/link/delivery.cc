#include "common/link/delivery.h"

namespace causeway::link {
namespace {

v1::StanzaError forgotten() {
  v1::StanzaError error;
  error.set_condition(v1::INTERNAL_SERVER_ERROR);
  error.set_text("The stanza was lost by a fault of the federation gateway.");
  return error;
}

}  // namespace

Receipt& Receipt::operator=(Receipt&& other) noexcept {
  if (this != &other) {
    if (settler_) refused(forgotten());
    settler_ = std::move(other.settler_);
    sequence_ = other.sequence_;
  }
  return *this;
}

Receipt::~Receipt() {
  if (settler_) refused(forgotten());
}

void Receipt::taken() {
  if (auto settler = std::exchange(settler_, nullptr)) settler->settle(sequence_, std::nullopt);
}

void Receipt::refused(v1::StanzaError error) {
  if (auto settler = std::exchange(settler_, nullptr)) settler->settle(sequence_, std::move(error));
}

}  // namespace causeway::link
