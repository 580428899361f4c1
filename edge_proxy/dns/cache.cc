#include "edge_proxy/dns/cache.h"

#include <iterator>

namespace causeway::edge::dns {

Known Cache::find(std::string_view name, Type type, Clock::time_point now) {
  const auto found = found_.find(Key(name, type));
  if (found == found_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  if (entry->answer->expires <= now) {
    drop(entry);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, entry);
  return entry->answer;
}

void Cache::keep(std::string name, Type type, Known answer, Clock::time_point now) {
  if (const auto found = found_.find(Key(name, type)); found != found_.end()) drop(found->second);
  if (entries_ == 0 || answer->expires <= now) return;
  if (found_.size() == entries_) drop(std::prev(order_.end()));
  order_.push_front({std::move(name), type, std::move(answer)});
  found_.emplace(Key(order_.front().name, type), order_.begin());
}

void Cache::drop(Entries::iterator entry) {
  found_.erase(Key(entry->name, entry->type));
  order_.erase(entry);
}

}  // namespace causeway::edge::dns
