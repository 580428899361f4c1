#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/v1/admin.pb.h"
#include "frontend_gateway/policy/contacts.h"
#include "frontend_gateway/policy/rulebook.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::admin {

// What the answers are about. Outlives the Desk; all of it in the loop's thread.
struct Subject {
  policy::Rulebook& rulebook;
  policy::Contacts& contacts;
  Surroundings& surroundings;
  // Contacts have changed: who may watch is judged again.
  std::function<void()> judge_again;
  // Lets what was read again hold; what waits for a restart.
  std::function<std::vector<std::string>(config::Config)> take_file;
  // What the daemon knows beside rules and contacts.
  std::function<void(v1::GatewayStatus&)> describe;
  std::function<std::vector<v1::PresenceSubscription>()> subscriptions;
  // Ends what a SIP user has asked of an XMPP user, or was granted. False: there was nothing.
  std::function<bool(const std::string& user, const std::string& contact)> withdraw;
};

// Answers what an operator asks, and does what he says: every check is here, and every sentence
// that he is refused with. What he sets is written before he is answered, one thing after the
// other, so that each is judged by all that went before. In the loop's thread.
class Desk {
 public:
  template <typename Response>
  using Done = std::function<void(absl::StatusOr<Response>)>;

  explicit Desk(Subject subject) : subject_(std::move(subject)) {}
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  v1::GatewayStatus status() const;
  // The configuration file as it is now, or what is wrong with it. It is the caller who reads it:
  // the loop does not wait for files.
  absl::StatusOr<v1::ReloadGatewayResponse> reload(absl::StatusOr<config::Config> file);
  v1::SubscriptionList subscriptions(const std::string& user) const;

  // desk_partners.cc
  absl::StatusOr<v1::PartnerList> partners(const std::string& domain) const;
  void set(const v1::SetPartnerRequest& request, Done<v1::PartnerChanged> done);
  void remove(const v1::RemovePartnerRequest& request, Done<v1::PartnerChanged> done);

  // desk_users.cc
  v1::PolicyList policies() const;
  void set(const v1::SetPolicyRequest& request, Done<v1::PolicyList> done);
  void remove(const v1::RemovePolicyRequest& request, Done<v1::PolicyList> done);
  absl::StatusOr<v1::UserList> users(const std::string& address) const;
  void set(const v1::SetUserRequest& request, Done<v1::UserList> done);
  void remove(const v1::RemoveUserRequest& request, Done<v1::UserList> done);

  // desk_settings.cc
  v1::SettingList settings() const;
  void set(const v1::SetSettingRequest& request, Done<v1::SettingList> done);
  void remove(const v1::RemoveSettingRequest& request, Done<v1::SettingList> done);

  // desk_contacts.cc
  absl::StatusOr<v1::SubscriptionList> remove(const v1::RemoveSubscriptionRequest& request);
  absl::StatusOr<v1::ContactList> contacts(const std::string& user) const;
  void add(const v1::AddContactRequest& request, Done<v1::ContactList> done);
  void remove(const v1::RemoveContactRequest& request, Done<v1::ContactList> done);

 private:
  using Changes = std::vector<store::Change>;
  using Plan = std::function<absl::StatusOr<Changes>()>;
  struct Errand {
    Plan plan;
    std::function<void(absl::Status)> done;
  };

  const policy::Rules& rules() const { return subject_.rulebook.rules(); }
  const config::Config& file() const { return subject_.rulebook.file(); }
  // Refuses what the file declares under `key`, which `what` calls in a sentence.
  absl::Status not_declared(const std::string& key, const std::string& what) const;
  v1::Origin origin(const std::string& key) const;
  v1::DescribedPartner describe(const v1::Partner& partner) const;
  v1::GatewayUser describe(const store::User& user) const;
  absl::Status is_free(const std::string& domain, const std::string& of_partner) const;
  absl::StatusOr<v1::Partner> planned(const v1::SetPartnerRequest& request) const;
  absl::StatusOr<store::User> planned(const v1::SetUserRequest& request) const;

  // Plans when all before it is done, and is done when what it planned is durable.
  void change(Plan plan, std::function<void(absl::Status)> done);
  // The same, with the answer made of what there is then.
  template <typename Response>
  void change(Plan plan, Done<Response> done, std::function<absl::StatusOr<Response>()> answer) {
    change(std::move(plan),
           [done = std::move(done), answer = std::move(answer)](const absl::Status& status) {
             done(status.ok() ? answer() : absl::StatusOr<Response>(status));
           });
  }
  void next();

  const Subject subject_;
  std::deque<Errand> errands_;  // the first one's write is under way, when one is
  bool writing_ = false;
};

// The bare, prepared address of a user; an error says what is wrong with the text.
absl::StatusOr<std::string> user_address(const std::string& text);

}  // namespace causeway::gateway::admin
