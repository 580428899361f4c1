#include "frontend_gateway/service/service.h"

#include <memory>
#include <optional>
#include <utility>

#include "common/stanza/conditions.h"
#include "frontend_gateway/service/disco.h"

namespace causeway::gateway::service {
namespace {

using causeway::link::Receipt;

enum class Whom { nobody, domain, account };

// What is asked of whom, and the payload of the answer. Answers to what is asked of a node are in
// none of the rows: there are no nodes.
struct Row {
  Whom whom;
  std::string_view ns;
  std::string_view name;
  enum class Answer { domain_info, account_info, no_items, alive, version } answer;
};

constexpr Row kRows[] = {
    {Whom::domain, ns::kDiscoInfo, "query", Row::Answer::domain_info},
    {Whom::domain, ns::kDiscoItems, "query", Row::Answer::no_items},
    {Whom::domain, ns::kPing, "ping", Row::Answer::alive},
    {Whom::domain, ns::kVersion, "query", Row::Answer::version},
    {Whom::account, ns::kDiscoInfo, "query", Row::Answer::account_info},
    {Whom::account, ns::kDiscoItems, "query", Row::Answer::no_items},
    {Whom::account, ns::kPing, "ping", Row::Answer::alive},
};

const Row* find(Whom whom, const v1::Extension& asked) {
  for (const Row& row : kRows)
    if (row.whom == whom && row.ns == asked.namespace_() && row.name == asked.name()) return &row;
  return nullptr;
}

bool is_disco(const v1::Extension& asked) {
  return asked.namespace_() == ns::kDiscoInfo || asked.namespace_() == ns::kDiscoItems;
}

v1::StanzaError nothing_here() {
  return stanza::error(v1::SERVICE_UNAVAILABLE, "Nothing here answers this.");
}

}  // namespace

Service::Service(const policy::Current& policy, Surroundings& surroundings, MaySee may_see,
                 const config::Service& settings)
    : policy_(policy), surroundings_(surroundings), may_see_(std::move(may_see)) {
  configure(settings);
}

void Service::configure(const config::Service& settings) {
  answer_version_ = settings.answer_version;
  domain_info_ = domain_info(settings);
}

void Service::take(causeway::link::Delivery delivery) {
  const v1::Stanza& stanza = delivery.stanza;
  Receipt receipt = std::move(delivery.receipt);
  const v1::Iq::Type type = stanza.iq().type();
  if (type != v1::Iq::GET && type != v1::Iq::SET) return receipt.taken();
  if (policy_->partner(stanza.from().domain()) == nullptr)
    return receipt.refused(stanza::error(v1::FORBIDDEN, "Your domain is not allowed here."));
  if (policy_->hosted(stanza.to().domain()) == nullptr)
    return receipt.refused(stanza::error(v1::ITEM_NOT_FOUND, "The domain is not served here."));

  // Asked of every user, so that none is known by how long it takes.
  const bool sees = may_see_(stanza.to(), stanza.from());
  const bool whole = !stanza.to().resource().empty();
  const Whom whom = whole                         ? Whom::nobody
                    : stanza.to().local().empty() ? Whom::domain
                    : sees                        ? Whom::account
                                                  : Whom::nobody;
  const v1::Extension& asked = stanza.iq().payload();
  const Row* row = type == v1::Iq::GET ? find(whom, asked) : nullptr;
  if (row == nullptr) return receipt.refused(nothing_here());
  if (is_disco(asked) && asked.attributes().contains("node"))
    return receipt.refused(stanza::error(v1::ITEM_NOT_FOUND, "There is no such node."));

  switch (row->answer) {
    case Row::Answer::domain_info:
      return answer(stanza, domain_info_, std::move(receipt));
    case Row::Answer::account_info:
      return answer(stanza, account_info(), std::move(receipt));
    case Row::Answer::no_items:
      return answer(stanza, no_items(), std::move(receipt));
    case Row::Answer::alive:
      return answer(stanza, {}, std::move(receipt));
    case Row::Answer::version:
      if (!answer_version_) return receipt.refused(nothing_here());
      return answer(stanza, version(), std::move(receipt));
  }
}

// The question is taken when the answer has left: until then the edge may ask another gateway.
void Service::answer(const v1::Stanza& asked, v1::Extension payload, Receipt receipt) {
  v1::Stanza answer;
  *answer.mutable_from() = asked.to();
  *answer.mutable_to() = asked.from();
  answer.set_id(asked.id());
  answer.mutable_iq()->set_type(v1::Iq::RESULT);
  if (!payload.name().empty()) *answer.mutable_iq()->mutable_payload() = std::move(payload);
  surroundings_.submit(
      std::move(answer),
      [receipt = std::move(receipt)](std::optional<v1::StanzaError>) mutable { receipt.taken(); });
}

}  // namespace causeway::gateway::service
