#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "causeway/v1/link.pb.h"

namespace causeway::gateway::store {

// What the database keeps, row by row, as values. A user of either side stands there as the bare,
// prepared JID that names him on the XMPP side: "bob@contoso.example" for sip:bob@contoso.example.
// `local` is the SIP user, `remote` the XMPP user.

// --- What an operator says.

// An allowed partner. Key: partner.domain().
struct Partner {
  v1::Partner partner;
  std::string description;
};

// An external access policy. Key: identity: "global", "site:Redmond", or the name of one that is
// granted to users.
struct Policy {
  std::string identity;
  bool enable_federation_access = false;
  bool enable_xmpp_access = false;
  std::string description;
};

// A SIP user of whom more is known than that the domain is hosted. Key: address.
struct User {
  std::string address;
  std::string site;    // empty: none
  std::string policy;  // granted to this user; empty: none
  bool branch_appliance = false;
};

// A setting of all partners together, by its name in the configuration file. Key: name.
struct Setting {
  std::string name;  // "partner_connection_limit"
  std::string value;
};

// --- What users did. Key: local, remote, but for Subscription.

// The SIP user knows the XMPP user: by a subscription of hers, a message she sent, or the
// operator's word. What a PublicUnverified partner's user needs to reach her.
struct Contact {
  enum class By { subscription, message, operator_ };
  std::string local, remote;
  By by = By::subscription;
  absl::Time since;
};

// The XMPP user wants to see the SIP user's presence (RFC 8048 section 4), and whether he may.
struct Watch {
  enum class State { pending, active };
  std::string local, remote;
  State state = State::pending;
  absl::Time since;
};

// The SIP user wants to see the XMPP user's presence, and whether she may: asked once for a pair,
// whatever its dialogs do.
struct Grant {
  enum class State { asked, granted };
  std::string local, remote;
  State state = State::asked;
  absl::Time since;  // of the question; once it is granted, of that or of the last dialog's end
};

// A SIP subscription that is served here (RFC 6665): a dialog that outlives this process. Key: id.
struct Subscription {
  std::string id;  // of the dialog
  std::string local, remote;
  std::string dialog;    // sip::Dialog::to_text()
  std::string event_id;  // the "id" parameter of Event; empty: none
  absl::Time expires;
};

using Row = std::variant<Partner, Policy, User, Setting, Contact, Watch, Grant, Subscription>;

// A row as it is to be from now on; or, of one that is to go, its key.
struct Change {
  Row row;
  bool remove = false;
};

struct Administration {
  std::vector<Partner> partners;
  std::vector<Policy> policies;
  std::vector<User> users;
  std::vector<Setting> settings;
};

struct Contents {
  Administration administration;
  std::vector<Contact> contacts;
  std::vector<Watch> watches;
  std::vector<Grant> grants;
  std::vector<Subscription> subscriptions;
};

}  // namespace causeway::gateway::store
