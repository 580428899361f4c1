#pragma once

#include <functional>
#include <string>
#include <utility>

#include "causeway/v1/admin.grpc.pb.h"
#include "frontend_gateway/admin/desk.h"

namespace causeway::gateway::admin {

// GatewayAdmin: takes each question from gRPC's threads to the Desk in the loop's, and the answer
// back.
class Service final : public v1::GatewayAdmin::CallbackService {
 public:
  // `executor` runs what it is given in the loop's thread, as long as anybody may ask.
  using Executor = std::function<void(std::function<void()>)>;

  // `file`: the configuration's, which a reload reads in gRPC's thread.
  Service(std::string file, Executor executor, Desk& desk)
      : file_(std::move(file)), executor_(std::move(executor)), desk_(desk) {}

 private:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* GetStatus(Context*, const v1::GetGatewayStatusRequest*, v1::GatewayStatus*) override;
  Reactor* Reload(Context*, const v1::ReloadGatewayRequest*, v1::ReloadGatewayResponse*) override;
  Reactor* ListPartners(Context*, const v1::ListPartnersRequest*, v1::PartnerList*) override;
  Reactor* SetPartner(Context*, const v1::SetPartnerRequest*, v1::PartnerChanged*) override;
  Reactor* RemovePartner(Context*, const v1::RemovePartnerRequest*, v1::PartnerChanged*) override;
  Reactor* ListPolicies(Context*, const v1::ListPoliciesRequest*, v1::PolicyList*) override;
  Reactor* SetPolicy(Context*, const v1::SetPolicyRequest*, v1::PolicyList*) override;
  Reactor* RemovePolicy(Context*, const v1::RemovePolicyRequest*, v1::PolicyList*) override;
  Reactor* ListUsers(Context*, const v1::ListUsersRequest*, v1::UserList*) override;
  Reactor* SetUser(Context*, const v1::SetUserRequest*, v1::UserList*) override;
  Reactor* RemoveUser(Context*, const v1::RemoveUserRequest*, v1::UserList*) override;
  Reactor* ListSettings(Context*, const v1::ListSettingsRequest*, v1::SettingList*) override;
  Reactor* SetSetting(Context*, const v1::SetSettingRequest*, v1::SettingList*) override;
  Reactor* RemoveSetting(Context*, const v1::RemoveSettingRequest*, v1::SettingList*) override;
  Reactor* ListContacts(Context*, const v1::ListContactsRequest*, v1::ContactList*) override;
  Reactor* AddContact(Context*, const v1::AddContactRequest*, v1::ContactList*) override;
  Reactor* RemoveContact(Context*, const v1::RemoveContactRequest*, v1::ContactList*) override;
  Reactor* ListSubscriptions(Context*, const v1::ListSubscriptionsRequest*,
                             v1::SubscriptionList*) override;
  Reactor* RemoveSubscription(Context*, const v1::RemoveSubscriptionRequest*,
                              v1::SubscriptionList*) override;

  const std::string file_;
  const Executor executor_;
  Desk& desk_;
};

}  // namespace causeway::gateway::admin
