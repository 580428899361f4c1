#include "frontend_gateway/sip/acknowledged.h"

#include <chrono>
#include <utility>

#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::chrono::seconds kRepeated{32};  // 64 * T1

}  // namespace

std::string Acknowledged::key(std::string_view call_id, std::string_view from_tag,
                              std::uint32_t cseq) {
  return concat({call_id, " ", from_tag, " ", std::to_string(cseq)});
}

void Acknowledged::keep(const std::string& key, Invite invite) {
  const bool fresh = kept_.insert_or_assign(key, std::move(invite)).second;
  if (fresh) loop_.after(kRepeated, [this, key] { kept_.erase(key); });
}

Acknowledged::Invite* Acknowledged::find(const std::string& key) {
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : &found->second;
}

}  // namespace causeway::gateway::sip
