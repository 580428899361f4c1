#include "frontend_gateway/session/verdicts.h"

#include <algorithm>
#include <iterator>

namespace causeway::gateway::session {
namespace {

bool is_success(int status) { return status >= 200 && status < 300; }

struct InviteRow {
  int status;
  OnInvite verdict;
};
constexpr InviteRow kInvite[] = {
    {405, OnInvite::no_sessions},      // no INVITE at all
    {415, OnInvite::no_sessions},      // no SDP
    {420, OnInvite::no_sessions},      // not with what we asked for
    {422, OnInvite::larger_interval},  // RFC 4028 section 6
    {488, OnInvite::no_sessions},      // no such medium
    {501, OnInvite::no_sessions},
    {606, OnInvite::no_sessions},  // RFC 3261 section 21.6.4: the medium, anywhere
};

// Of a text: the other end, or a proxy before it, says that the dialog leads nowhere.
constexpr int kDead[] = {408, 480, 481};

}  // namespace

OnInvite on_invite(const sip::Response& response) {
  if (is_success(response.status)) return OnInvite::opened;
  if (response.local) return OnInvite::refused;
  const auto* row = std::ranges::find(kInvite, response.status, &InviteRow::status);
  return row == std::end(kInvite) ? OnInvite::refused : row->verdict;
}

// A 408 that was made here says that no answer came: the text may have arrived, and sending it
// again could show it twice. The 503 in place of an answer says as much of the text, and nothing of
// the dialog: the connection was lost.
OnText on_text(const sip::Response& response) {
  if (is_success(response.status)) return OnText::delivered;
  if (response.local) return response.status == 408 ? OnText::unknown : OnText::refused;
  return std::ranges::find(kDead, response.status) != std::end(kDead) ? OnText::dead
                                                                      : OnText::refused;
}

bool is_unliked(const sip::Response& response) {
  return response.status == 406 || response.status == 415 || response.status == 488;
}

bool ends_dialog(const sip::Response& response) {
  return response.status == 481 || response.status == 408;
}

bool is_unknown_there(const sip::Response& response) { return response.status == 481; }

}  // namespace causeway::gateway::session
