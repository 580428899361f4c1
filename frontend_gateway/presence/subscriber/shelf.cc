#include "frontend_gateway/presence/subscriber/shelf.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::presence {
namespace {

std::vector<pidf::Device> stripped(const std::vector<pidf::Device>& devices) {
  return pidf::without_notes({.devices = devices}).devices;
}

bool any_notes(const std::vector<pidf::Device>& devices) {
  return std::ranges::any_of(devices, [](const auto& each) { return !each.statuses.empty(); });
}

}  // namespace

Known::Known(std::uint64_t text, std::vector<pidf::Device> devices)
    : text_(text),
      devices_(std::move(devices)),
      has_notes_(any_notes(devices_)),
      without_notes_(has_notes_ ? stripped(devices_) : std::vector<pidf::Device>()) {}

Shelf::Shelf() : key_(translate::random_key()) {}

Outcome<KnownRef, translate::SipAnswer> Shelf::read(const std::string& local,
                                                    const sip::IncomingRequest& notify) {
  if (trim(notify.body).empty()) return KnownRef();
  std::string_view type = notify.content_type;
  if (!equal_ignoring_case(trim(take_until(type, ';')), pidf::kType))
    return translate::SipAnswer{
        415, "Unsupported Media Type", {{"Accept", std::string(pidf::kType)}}};
  const std::string_view lang = trim(notify.header("Content-Language"));
  const std::uint64_t text =
      translate::keyed_hash(key_, absl::StrCat(std::string(lang), "\n", notify.body));

  const auto found = last_.find(local);
  if (found != last_.end()) {
    if (KnownRef same = found->second.lock(); same != nullptr && same->text() == text) return same;
  }
  auto document = pidf::parse(notify.body, lang);
  if (!document.ok())
    return translate::SipAnswer{400, absl::StrCat("Presence document: ", document.refusal()), {}};
  const auto user = pidf::user_of(document->entity);
  if (!user || user->to_string() != local)
    return translate::SipAnswer{403, "Presence Document Of Another User", {}};
  auto known = std::make_shared<const Known>(text, std::move(document->devices));
  last_.insert_or_assign(local, known);
  if (last_.size() >= tidy_at_) tidy();
  return KnownRef(std::move(known));
}

void Shelf::tidy() {
  absl::erase_if(last_, [](const auto& each) { return each.second.expired(); });
  tidy_at_ = std::max<std::size_t>(64, 2 * last_.size());
}

}  // namespace causeway::gateway::presence
