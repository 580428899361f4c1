#include "frontend_gateway/session/sessions.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/log/log.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/session/invitation.h"

namespace causeway::gateway::session {
namespace {

using mapping::SipUri;

std::string pair_of(const SipUri& xmpp, const SipUri& sip) {
  return xmpp.bare() + " " + sip.bare();
}

std::string partner_of(const Parties& parties) { return "@" + parties.xmpp.host; }

// Between two warnings of the same: who reaches a limit will do so many times.
constexpr std::chrono::minutes kQuiet{1};

}  // namespace

Sessions::Sessions(const policy::Current& policy, Surroundings& surroundings,
                   const config::Session& limits, Callbacks callbacks)
    : policy_(policy),
      shared_(surroundings, limits, std::move(callbacks), [this](const Alarm& alarm) {
        if (const auto session = shared_.find(alarm.session)) session->due(alarm);
      }) {
  shared_.over = [this](Session& session) { over(session); };
}

std::shared_ptr<Session> Sessions::find(const std::string& pair) const {
  const auto found = by_pair_.find(pair);
  return found == by_pair_.end() ? nullptr : shared_.find(found->second);
}

bool Sessions::has(const SipUri& from, const SipUri& to) const {
  return !by_pair_.empty() && by_pair_.contains(pair_of(from, to));  // asked for every text
}

bool Sessions::carries(const SipUri& from, const SipUri& to, const v1::Stanza& message) const {
  if (has(from, to)) return true;
  const Mode mode = shared_.callbacks.mode(to.host);
  if (mode == Mode::page || message.message().type() == v1::Message::HEADLINE) return false;
  if (mode == Mode::session) return true;
  return !shared_.refusers.contains(to.bare(), shared_.surroundings.clock()) &&
         has_room({from, to});
}

bool Sessions::send(const SipUri& from, const SipUri& to, Errand& errand) {
  const auto session = find_or_open(from, to);
  return session != nullptr && session->push(errand, from.gr);
}

bool Sessions::typing(const SipUri& from, const SipUri& to, v1::Message::ChatState state) {
  if (const auto session = find(pair_of(from, to))) {
    if (state == v1::Message::GONE) {
      session->finish();
    } else {
      session->type(state, from.gr);
    }
    return true;
  }
  const Mode mode = shared_.callbacks.mode(to.host);
  return mode == Mode::session ||
         (mode == Mode::automatic &&
          !shared_.refusers.contains(to.bare(), shared_.surroundings.clock()));
}

void Sessions::unavailable(const v1::Stanza& presence) {
  const auto* remote = policy_->partner(presence.from().domain());
  const auto* local = policy_->hosted(presence.to().domain());
  if (remote == nullptr || local == nullptr || size() == 0) return;
  const auto xmpp = mapping::to_sip(presence.from().local(), *remote, presence.from().resource());
  const auto sip = mapping::to_sip(presence.to().local(), *local, {});
  if (!xmpp.ok() || !sip.ok()) return;
  if (const auto session = find(pair_of(*xmpp, *sip))) session->unlock(xmpp->gr);
}

void Sessions::from_sip(const sip::IncomingRequest& request, Reply reply) {
  if (request.to_tag.empty()) return invited(request, std::move(reply));
  const auto place = shared_.dialogs.find(sip::Dialog::id_of(request));
  if (place == shared_.dialogs.end()) return reply({481, "Call/Transaction Does Not Exist", {}});
  const auto session = shared_.find(place->second.session);
  session->asked(place->second.leg, request, std::move(reply));
}

void Sessions::invited(const sip::IncomingRequest& request, Reply reply) {
  auto invitation = Invitation::parse(request, *policy_);
  if (!invitation.ok()) return reply(invitation.refusal());
  const auto session = find_or_open(invitation->xmpp, invitation->sip);
  if (session == nullptr) return reply({480, "Too Many Sessions", {{"Retry-After", "60"}}});
  session->invited(request, invitation->offer, std::move(reply));
}

std::shared_ptr<Session> Sessions::find_or_open(const SipUri& xmpp, const SipUri& sip) {
  std::string pair = pair_of(xmpp, sip);
  if (auto session = find(pair)) return session;
  Parties parties{xmpp, sip};
  parties.xmpp.gr.clear();
  parties.sip.gr.clear();
  if (!has_room(parties)) return refuse(parties), nullptr;
  count(parties, 1);
  const std::uint64_t number = ++shared_.numbers;
  by_pair_.emplace(std::move(pair), number);
  return shared_.sessions[number] = std::make_shared<Session>(shared_, number, std::move(parties));
}

void Sessions::refuse(const Parties& parties) {
  const auto now = shared_.surroundings.clock();
  if (now < quiet_until_) return;
  quiet_until_ = now + kQuiet;
  log::warning("session.limit", "A session was refused: there are too many.",
               {{"sessions", std::to_string(size())},
                {"peer", parties.xmpp.host},
                {"user", parties.sip.bare()}});
}

bool Sessions::has_room(const Parties& parties) const {
  const auto less = [&](const std::string& who, std::size_t most) {
    const auto found = of_.find(who);
    return found == of_.end() || found->second < most;
  };
  return size() < shared_.limits.sessions &&
         less(partner_of(parties), shared_.limits.per_partner) &&
         less(parties.xmpp.bare(), shared_.limits.per_user) &&
         less(parties.sip.bare(), shared_.limits.per_user);
}

void Sessions::count(const Parties& parties, int change) {
  for (const std::string& who :
       std::array{partner_of(parties), parties.xmpp.bare(), parties.sip.bare()}) {
    std::size_t& sessions = of_[who];
    sessions += static_cast<std::size_t>(change);
    if (sessions == 0) of_.erase(who);
  }
}

void Sessions::over(Session& session) {
  const std::uint64_t number = session.number();
  const auto found = shared_.sessions.find(number);
  if (found == shared_.sessions.end()) return;  // within what has ended it
  for (const Due what : {Due::idle, Due::text, Due::silence, Due::repeat})
    shared_.alarms.cancel({number, 0, what});
  count(session.parties(), -1);
  by_pair_.erase(pair_of(session.parties().xmpp, session.parties().sip));
  shared_.sessions.erase(found);
}

void Sessions::policy_changed() {
  std::vector<std::shared_ptr<Session>> strangers;
  for (const auto& [number, session] : shared_.sessions) {
    const Parties& parties = session->parties();
    if (!policy_->admit_from_sip(policy::Act::message, parties.sip, parties.xmpp).ok())
      strangers.push_back(session);
  }
  for (const auto& session : strangers) session->finish();
}

void Sessions::drain() {
  shared_.draining = true;
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [number, session] : shared_.sessions) all.push_back(session);
  for (const auto& session : all) session->finish();
}

}  // namespace causeway::gateway::session
