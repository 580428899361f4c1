#include "frontend_gateway/admin/desk.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/address/jid.h"
#include "common/log/log.h"

namespace causeway::gateway::admin {

v1::GatewayStatus Desk::status() const {
  v1::GatewayStatus status;
  const auto count = [&](const char* name, std::size_t number) {
    v1::Count& count = *status.add_counts();
    count.set_name(name);
    count.set_count(number);
  };
  count("domains", rules().hosted.size());
  count("partners", rules().partners.size());
  count("policies", rules().policies.size() + 1);  // and the global one
  count("users", rules().users.size());
  for (const std::string& warning : subject_.rulebook.warnings()) status.add_warnings(warning);
  subject_.describe(status);
  return status;
}

absl::StatusOr<v1::ReloadGatewayResponse> Desk::reload(absl::StatusOr<config::Config> file) {
  if (!file.ok()) {
    log::error("config.reload_failed",
               "The configuration file has mistakes; what held still holds.",
               {{"reason", std::string(file.status().message())}});
    return absl::FailedPreconditionError(file.status().message());
  }
  v1::ReloadGatewayResponse response;
  for (const std::string& warning : file->warnings) response.add_warnings(warning);
  for (const std::string& warning : subject_.take_file(*std::move(file)))
    response.add_warnings(warning);
  for (const std::string& warning : response.warnings()) log::warning("config.doubtful", warning);
  log::info("config.reloaded", "Domains, partners, policies and users hold as the file has them.",
            {{"partners", absl::StrCat(rules().partners.size())}});
  return response;
}

v1::SubscriptionList Desk::subscriptions(const std::string& user) const {
  v1::SubscriptionList list;
  for (v1::PresenceSubscription& subscription : subject_.subscriptions())
    if (user.empty() || subscription.watcher() == user || subscription.watched() == user)
      *list.add_subscriptions() = std::move(subscription);
  return list;
}

absl::Status Desk::not_declared(const std::string& key, const std::string& what) const {
  const auto found = file().declared.find(key);
  if (found == file().declared.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(what, " is declared in ", file().file, ", line ", found->second,
                   ": change it there, then run frontend_gateway reload."));
}

v1::Origin Desk::origin(const std::string& key) const {
  v1::Origin origin;
  const auto found = file().declared.find(key);
  if (found == file().declared.end()) return origin;
  origin.set_file(file().file);
  origin.set_line(static_cast<std::uint32_t>(found->second));
  return origin;
}

void Desk::change(Plan plan, std::function<void(absl::Status)> done) {
  errands_.push_back({std::move(plan), std::move(done)});
  next();
}

void Desk::next() {
  while (!writing_ && !errands_.empty()) {
    absl::StatusOr<Changes> changes = errands_.front().plan();
    if (!changes.ok()) {
      const Errand refused = std::exchange(errands_.front(), {});
      errands_.pop_front();
      refused.done(changes.status());
      continue;
    }
    writing_ = true;
    // The store tells the rulebook of them before it tells us.
    subject_.surroundings.write(*std::move(changes), [this](const absl::Status& status) {
      const Errand errand = std::exchange(errands_.front(), {});
      errands_.pop_front();
      writing_ = false;
      errand.done(status.ok() ? status
                              : absl::AbortedError(
                                    absl::StrCat("Nothing was changed: ", status.message())));
      next();
    });
  }
}

absl::StatusOr<std::string> user_address(const std::string& text) {
  const auto jid = address::Jid::parse(text);
  if (!jid.ok())
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no address: ", jid.status().message()));
  if (jid->local().empty() || !jid->is_bare())
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no user's address, like bob@contoso.example."));
  return jid->bare();
}

}  // namespace causeway::gateway::admin
