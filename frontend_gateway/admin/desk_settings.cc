#include <string_view>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/admin/desk.h"

namespace causeway::gateway::admin {
namespace {

struct Shown {
  std::string_view name;
  std::string (*value)(const v1::FederationSettings&);
};

constexpr char kThere[] = "(set)";  // a secret stays one

constexpr Shown kShown[] = {
    {"connection_limit", [](const auto& s) { return absl::StrCat(s.connection_limit()); }},
    {"partner_connection_limit",
     [](const auto& s) { return absl::StrCat(s.partner_connection_limit()); }},
    {"stream_establishment_timeout_seconds",
     [](const auto& s) { return absl::StrCat(s.stream_establishment_timeout()); }},
    {"stream_inactivity_timeout_seconds",
     [](const auto& s) { return absl::StrCat(s.stream_inactivity_timeout()); }},
    {"keep_alive_interval_seconds",
     [](const auto& s) { return absl::StrCat(s.keep_alive_interval()); }},
    {"dialback_passphrase",
     [](const auto& s) { return std::string(s.dialback_passphrase().empty() ? "" : kThere); }},
    {"enable_logging_all_message_bodies",
     [](const auto& s) { return std::string(s.log_message_bodies() ? "true" : "false"); }},
};

bool has_row(const store::Administration& rows, std::string_view name) {
  for (const store::Setting& row : rows.settings)
    if (row.name == name) return true;
  return false;
}

}  // namespace

v1::SettingList Desk::settings() const {
  v1::SettingList list;
  for (const Shown& shown : kShown) {
    v1::GatewaySetting& setting = *list.add_settings();
    setting.set_name(std::string(shown.name));
    setting.set_value(shown.value(rules().federation));
    *setting.mutable_origin() = origin(config::declared_setting(setting.name()));
    setting.set_is_default(setting.origin().file().empty() &&
                           !has_row(subject_.rulebook.rows(), shown.name));
  }
  return list;
}

void Desk::set(const v1::SetSettingRequest& request, Done<v1::SettingList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    if (const absl::Status status =
            not_declared(config::declared_setting(request.name()), "Setting " + request.name());
        !status.ok())
      return status;
    v1::FederationSettings settings = rules().federation;
    if (const absl::Status status =
            config::set_federation(request.name(), request.value(), settings);
        !status.ok())
      return absl::InvalidArgumentError(absl::StrCat(request.name(), " ", status.message(), "."));
    if (settings.partner_connection_limit() > settings.connection_limit())
      return absl::InvalidArgumentError(
          "partner_connection_limit must not exceed connection_limit.");
    return Changes{{store::Setting{request.name(), request.value()}}};
  };
  change<v1::SettingList>(plan, std::move(done), [this] { return settings(); });
}

void Desk::remove(const v1::RemoveSettingRequest& request, Done<v1::SettingList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    if (const absl::Status status =
            not_declared(config::declared_setting(request.name()), "Setting " + request.name());
        !status.ok())
      return status;
    if (!has_row(subject_.rulebook.rows(), request.name()))
      return absl::NotFoundError(absl::StrCat("No setting ", request.name(), " was set."));
    return Changes{{store::Setting{request.name(), ""}, true}};
  };
  change<v1::SettingList>(plan, std::move(done), [this] { return settings(); });
}

}  // namespace causeway::gateway::admin
