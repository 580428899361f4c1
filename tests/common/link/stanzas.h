#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/link/outbox.h"
#include "common/link/rendezvous.h"

namespace causeway::link {

// A stanza of `user` that is told from others by its id.
inline Entry entry(const std::string& id, const std::string& user = "romeo",
                   Clock::time_point deadline = Clock::time_point::max() - std::chrono::hours(1)) {
  Entry entry;
  entry.stanza = std::make_shared<v1::Stanza>();
  entry.stanza->set_id(id);
  entry.stanza->mutable_to()->set_local(user);
  entry.key = stable_hash(user);
  entry.bytes = entry.stanza->ByteSizeLong();
  entry.deadline = deadline;
  return entry;
}

inline std::vector<std::string> ids(const v1::Transfer& transfer) {
  std::vector<std::string> ids;
  for (const v1::Stanza& stanza : transfer.stanzas()) ids.push_back(stanza.id());
  return ids;
}

inline std::vector<std::string> ids(const std::vector<Entry>& entries) {
  std::vector<std::string> ids;
  for (const Entry& entry : entries) ids.push_back(entry.stanza->id());
  return ids;
}

// "3" taken, "4!" refused.
inline std::vector<std::string> outcomes(const std::vector<Outcome>& outcomes) {
  std::vector<std::string> ids;
  for (const Outcome& outcome : outcomes)
    ids.push_back(outcome.entry.stanza->id() + (outcome.refusal ? "!" : ""));
  return ids;
}

}  // namespace causeway::link
