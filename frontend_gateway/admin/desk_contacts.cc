#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/admin/desk.h"

namespace causeway::gateway::admin {
namespace {

const char* words(store::Contact::By by) {
  switch (by) {
    case store::Contact::By::subscription:
      return "subscription";
    case store::Contact::By::message:
      return "message";
    case store::Contact::By::operator_:
      break;
  }
  return "operator";
}

// Both addresses, prepared, of a request that has them.
struct Both {
  std::string user, contact;
};

template <typename Request>
absl::StatusOr<Both> both(const Request& request) {
  auto user = user_address(request.user());
  if (!user.ok()) return user.status();
  auto contact = user_address(request.contact());
  if (!contact.ok()) return contact.status();
  return Both{*std::move(user), *std::move(contact)};
}

}  // namespace

absl::StatusOr<v1::SubscriptionList> Desk::remove(const v1::RemoveSubscriptionRequest& request) {
  const auto addresses = both(request);
  if (!addresses.ok()) return addresses.status();
  if (!subject_.withdraw(addresses->user, addresses->contact))
    return absl::NotFoundError(
        absl::StrCat(addresses->user, " has not asked to watch ", addresses->contact, "."));
  return subscriptions(addresses->user);
}

absl::StatusOr<v1::ContactList> Desk::contacts(const std::string& user) const {
  std::string filter;
  if (!user.empty()) {
    auto one = user_address(user);
    if (!one.ok()) return one.status();
    filter = *std::move(one);
  }
  v1::ContactList list;
  for (const store::Contact& contact : subject_.contacts.list(filter)) {
    v1::Contact& shown = *list.add_contacts();
    shown.set_user(contact.local);
    shown.set_contact(contact.remote);
    shown.set_made_by(words(contact.by));
    shown.mutable_since()->set_seconds(absl::ToUnixSeconds(contact.since));
  }
  return list;
}

void Desk::add(const v1::AddContactRequest& request, Done<v1::ContactList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    const auto addresses = both(request);
    if (!addresses.ok()) return addresses.status();
    const auto is_hosted = [&](const std::string& address) {
      const std::string domain = address.substr(address.find('@') + 1);
      return std::any_of(rules().hosted.begin(), rules().hosted.end(),
                         [&](const address::Domain& hosted) { return hosted.unicode() == domain; });
    };
    if (!is_hosted(addresses->user))
      return absl::InvalidArgumentError(absl::StrCat(addresses->user, " is of no hosted domain."));
    if (is_hosted(addresses->contact))
      return absl::InvalidArgumentError(absl::StrCat(addresses->contact, " is no XMPP user."));
    return Changes{{store::Contact{addresses->user, addresses->contact,
                                   store::Contact::By::operator_, subject_.surroundings.now()}}};
  };
  change<v1::ContactList>(
      plan, std::move(done), [this, request]() -> absl::StatusOr<v1::ContactList> {
        const Both addresses = *both(request);
        subject_.contacts.add({addresses.user, addresses.contact, store::Contact::By::operator_,
                               subject_.surroundings.now()});
        return contacts(addresses.user);
      });
}

void Desk::remove(const v1::RemoveContactRequest& request, Done<v1::ContactList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    const auto addresses = both(request);
    if (!addresses.ok()) return addresses.status();
    if (!subject_.contacts.knows(addresses->user, addresses->contact))
      return absl::NotFoundError(
          absl::StrCat(addresses->contact, " is no contact of ", addresses->user, "."));
    return Changes{
        {store::Contact{addresses->user, addresses->contact, store::Contact::By::operator_, {}},
         true}};
  };
  change<v1::ContactList>(plan, std::move(done),
                          [this, request]() -> absl::StatusOr<v1::ContactList> {
                            const Both addresses = *both(request);
                            subject_.contacts.remove(addresses.user, addresses.contact);
                            subject_.judge_again();
                            return contacts(addresses.user);
                          });
}

}  // namespace causeway::gateway::admin
