#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/keyed_hash.h"

namespace causeway::gateway::presence {

// What a document has said of a SIP user. Immutable, and shared by all who were told it.
class Known {
 public:
  Known(std::uint64_t text, std::vector<pidf::Device> devices);

  const std::vector<pidf::Device>& devices(bool with_notes) const {
    return with_notes || !has_notes_ ? devices_ : without_notes_;
  }
  std::uint64_t text() const { return text_; }  // the hash of what it was read from

 private:
  const std::uint64_t text_;
  const std::vector<pidf::Device> devices_;
  const bool has_notes_;
  const std::vector<pidf::Device> without_notes_;  // empty unless there are any
};
using KnownRef = std::shared_ptr<const Known>;

// Reads the bodies of NOTIFYs. All who watch one user get the same again and again: it is parsed
// once, and kept once as long as anybody knows it.
class Shelf {
 public:
  Shelf();

  // What `notify` says of the user `local`, a bare JID; null for a NOTIFY without body. Refuses
  // with 415 another type, with 400 what cannot be read, with 403 what is about another user (whose
  // presence nobody has authorized here).
  Outcome<KnownRef, translate::SipAnswer> read(const std::string& local,
                                               const sip::IncomingRequest& notify);

  std::size_t size() const { return last_.size(); }

 private:
  void tidy();

  const translate::HashKey key_;
  absl::flat_hash_map<std::string, std::weak_ptr<const Known>> last_;  // by user
  std::size_t tidy_at_ = 64;
};

}  // namespace causeway::gateway::presence
