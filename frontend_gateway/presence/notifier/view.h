#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "frontend_gateway/pidf/document.h"

namespace causeway::gateway::presence {

// What is known of an XMPP user's presence, as one watcher was told it. Immutable, so that the
// watchers who were told the same share one, and the document is written once for all of them.
class View {
 public:
  // `entity` is the user's SIP URI.
  View(std::string entity, std::vector<pidf::Device> devices);

  const std::vector<pidf::Device>& devices() const { return devices_; }
  const std::string& entity() const { return entity_; }
  // PIDF. In one thread.
  const std::string& document() const;

  friend bool operator==(const View& a, const View& b) {
    return a.entity_ == b.entity_ && a.devices_ == b.devices_;
  }

 private:
  const std::string entity_;
  const std::vector<pidf::Device> devices_;  // in the order of their resources
  mutable std::string document_;             // empty until somebody asks
};

using ViewRef = std::shared_ptr<const View>;  // null: nothing is known

// Makes the Views. A stanza is for its addressee alone (RFC 8048 section 8.2), so each watcher has
// the view that his own stanzas made; a user's server sends the same to all of his watchers one
// after the other, and then all but the first find what it led to.
class Views {
 public:
  Views() : steps_(kRemembered) {}

  // What `before` becomes when `device` appears, changes or goes. A user with no device left has
  // the one that went last, closed; a device without a resource that goes takes all with it. What
  // would make the document too long for a SIP message is left out: first a device's notes.
  // `before` may be null; `entity` is not looked at when it is not.
  ViewRef after(const ViewRef& before, const std::string& entity, const pidf::Device& device);

  // Nothing of the user can be reached.
  ViewRef closed(const std::string& entity);

 private:
  struct Step {
    ViewRef before, after;
    pidf::Device device;
  };

  // Of users, by a hash of their names: what a server sends to a user's watchers comes in one go,
  // so few are in the middle of it at a time. Two users in one place only share less.
  static constexpr std::size_t kRemembered = 1024;

  std::vector<Step> steps_;
};

}  // namespace causeway::gateway::presence
