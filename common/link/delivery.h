#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "causeway/v1/stanza.pb.h"

namespace causeway::link {

// Whoever has to be told what became of the stanzas it handed over. Called from any thread.
class Settler {
 public:
  virtual ~Settler() = default;
  // Nothing in `refusal`: the next hop has taken the stanza.
  virtual void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) = 0;
};

// The duty to say, exactly once and from any thread, what became of a stanza. Dropped unsaid, it
// says internal-server-error: a stanza can be refused by mistake, but never vanish.
class Receipt {
 public:
  Receipt() = default;
  Receipt(std::shared_ptr<Settler> settler, std::uint64_t sequence)
      : settler_(std::move(settler)), sequence_(sequence) {}
  Receipt(Receipt&&) = default;
  Receipt& operator=(Receipt&& other) noexcept;
  ~Receipt();

  bool owed() const { return settler_ != nullptr; }  // somebody waits to be told

  void taken();                         // the next hop has taken responsibility
  void refused(v1::StanzaError error);  // its sender must be told

 private:
  std::shared_ptr<Settler> settler_;
  std::uint64_t sequence_ = 0;
};

// A stanza that came over the link, with the duty it brings.
struct Delivery {
  v1::Stanza stanza;
  Receipt receipt;
};

}  // namespace causeway::link
