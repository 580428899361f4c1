#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/translate/cpim.h"
#include "frontend_gateway/translate/imdn.h"

namespace causeway::gateway {

// Who of the XMPP users wants to be told what became of a text (XEP-0184, XEP-0333), from its
// departure until it is known: the way back from an IMDN's Message-ID to a stanza's id. The last
// ones only, and of this life of the process only: what is not known is not told.
class Wishes {
 public:
  static constexpr std::size_t kMost = 32768;  // some 15 MB

  // `life` begins every Message-ID.
  explicit Wishes(std::string_view life, std::size_t most = kMost);

  // What that message asks for; nothing, when nobody could be told. Failures come along: they are
  // told as stanza errors.
  static translate::Notifications asked(const v1::Stanza& stanza);

  // Keeps it, and gives it a Message-ID.
  std::string add(const v1::Stanza& stanza);
  // The text went in a form that asks for nothing.
  void forget(const std::string& message_id);
  // The stanza for its sender; nothing when nobody asked, it was told before, or somebody else says
  // it: `sip_user` and `xmpp_user` are between whom the notification goes. Its id is the caller's
  // to set, unless it is an error.
  std::optional<v1::Stanza> told(const translate::Imdn& imdn, const v1::Address& sip_user,
                                 const v1::Address& xmpp_user);

  std::size_t size() const { return wishes_.size(); }

 private:
  struct Wish {
    v1::Address sender, recipient;
    std::string id;
    translate::Notifications open;
  };

  const std::size_t most_;
  const std::string prefix_;
  std::uint64_t last_ = 0;
  absl::flat_hash_map<std::string, Wish> wishes_;  // by Message-ID
  std::deque<std::string> oldest_first_;
};

}  // namespace causeway::gateway
