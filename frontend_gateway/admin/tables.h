#pragma once

#include <string>

#include "causeway/v1/admin.pb.h"

namespace causeway::gateway::admin {

// The daemon's answers for people; pure. Each ends with a line feed.

std::string to_text(const v1::GatewayStatus& status);
std::string to_text(const v1::ReloadGatewayResponse& done);
std::string to_text(const v1::PartnerList& partners);  // a line each
std::string details(const v1::PartnerList& partners);  // all there is of each
std::string to_text(const v1::PartnerChanged& changed);
std::string to_text(const v1::PolicyList& policies);
std::string to_text(const v1::UserList& users);
std::string to_text(const v1::SettingList& settings);
std::string to_text(const v1::ContactList& contacts);
std::string to_text(const v1::SubscriptionList& subscriptions);

}  // namespace causeway::gateway::admin
