#include "frontend_gateway/admin/service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <utility>

#include "frontend_gateway/config/config.h"

namespace causeway::gateway::admin {
namespace {

void finish(grpc::ServerUnaryReactor* reactor, const absl::Status& status) {
  reactor->Finish({static_cast<grpc::StatusCode>(status.code()), std::string(status.message())});
}

template <typename Response>
void finish(grpc::ServerUnaryReactor* reactor, Response& response,
            absl::StatusOr<Response> answer) {
  if (answer.ok()) response = *std::move(answer);
  finish(reactor, answer.status());
}

// Request and response live until the reactor has finished.
template <typename Response, typename Ask>
grpc::ServerUnaryReactor* ask(const Service::Executor& executor,
                              grpc::CallbackServerContext* context, Response* response, Ask ask) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  executor([=] { finish<Response>(reactor, *response, ask()); });
  return reactor;
}

template <typename Response, typename Tell>
grpc::ServerUnaryReactor* tell(const Service::Executor& executor,
                               grpc::CallbackServerContext* context, Response* response,
                               Tell tell) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  executor([=] {
    tell([=](absl::StatusOr<Response> answer) {
      finish<Response>(reactor, *response, std::move(answer));
    });
  });
  return reactor;
}

}  // namespace

Service::Reactor* Service::GetStatus(Context* context, const v1::GetGatewayStatusRequest*,
                                     v1::GatewayStatus* response) {
  return ask(executor_, context, response, [this] { return desk_.status(); });
}

Service::Reactor* Service::Reload(Context* context, const v1::ReloadGatewayRequest*,
                                  v1::ReloadGatewayResponse* response) {
  const auto file = config::load(file_);
  return ask(executor_, context, response, [this, file] { return desk_.reload(file); });
}

Service::Reactor* Service::ListPartners(Context* context, const v1::ListPartnersRequest* request,
                                        v1::PartnerList* response) {
  return ask(executor_, context, response,
             [this, request] { return desk_.partners(request->domain()); });
}

Service::Reactor* Service::SetPartner(Context* context, const v1::SetPartnerRequest* request,
                                      v1::PartnerChanged* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.set(*request, std::move(done)); });
}

Service::Reactor* Service::RemovePartner(Context* context, const v1::RemovePartnerRequest* request,
                                         v1::PartnerChanged* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.remove(*request, std::move(done)); });
}

Service::Reactor* Service::ListPolicies(Context* context, const v1::ListPoliciesRequest*,
                                        v1::PolicyList* response) {
  return ask(executor_, context, response, [this] { return desk_.policies(); });
}

Service::Reactor* Service::SetPolicy(Context* context, const v1::SetPolicyRequest* request,
                                     v1::PolicyList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.set(*request, std::move(done)); });
}

Service::Reactor* Service::RemovePolicy(Context* context, const v1::RemovePolicyRequest* request,
                                        v1::PolicyList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.remove(*request, std::move(done)); });
}

Service::Reactor* Service::ListUsers(Context* context, const v1::ListUsersRequest* request,
                                     v1::UserList* response) {
  return ask(executor_, context, response,
             [this, request] { return desk_.users(request->address()); });
}

Service::Reactor* Service::SetUser(Context* context, const v1::SetUserRequest* request,
                                   v1::UserList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.set(*request, std::move(done)); });
}

Service::Reactor* Service::RemoveUser(Context* context, const v1::RemoveUserRequest* request,
                                      v1::UserList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.remove(*request, std::move(done)); });
}

Service::Reactor* Service::ListSettings(Context* context, const v1::ListSettingsRequest*,
                                        v1::SettingList* response) {
  return ask(executor_, context, response, [this] { return desk_.settings(); });
}

Service::Reactor* Service::SetSetting(Context* context, const v1::SetSettingRequest* request,
                                      v1::SettingList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.set(*request, std::move(done)); });
}

Service::Reactor* Service::RemoveSetting(Context* context, const v1::RemoveSettingRequest* request,
                                         v1::SettingList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.remove(*request, std::move(done)); });
}

Service::Reactor* Service::ListContacts(Context* context, const v1::ListContactsRequest* request,
                                        v1::ContactList* response) {
  return ask(executor_, context, response,
             [this, request] { return desk_.contacts(request->user()); });
}

Service::Reactor* Service::AddContact(Context* context, const v1::AddContactRequest* request,
                                      v1::ContactList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.add(*request, std::move(done)); });
}

Service::Reactor* Service::RemoveContact(Context* context, const v1::RemoveContactRequest* request,
                                         v1::ContactList* response) {
  return tell(executor_, context, response,
              [this, request](auto done) { desk_.remove(*request, std::move(done)); });
}

Service::Reactor* Service::ListSubscriptions(Context* context,
                                             const v1::ListSubscriptionsRequest* request,
                                             v1::SubscriptionList* response) {
  return ask(executor_, context, response,
             [this, request] { return desk_.subscriptions(request->user()); });
}

Service::Reactor* Service::RemoveSubscription(Context* context,
                                              const v1::RemoveSubscriptionRequest* request,
                                              v1::SubscriptionList* response) {
  return ask(executor_, context, response, [this, request] { return desk_.remove(*request); });
}

}  // namespace causeway::gateway::admin
