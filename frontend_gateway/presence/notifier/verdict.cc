#include "frontend_gateway/presence/notifier/verdict.h"

#include <algorithm>
#include <iterator>

#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::presence {
namespace {

// They say that there is no such dialog, or no such use of it, whatever else stands in them
// (RFC 5057 section 5.1).
constexpr int kEnds[] = {404, 405, 408, 410, 416, 481, 482, 483, 484, 485, 489, 501, 502, 505, 513};

}  // namespace

Verdict verdict_on(const sip::Response& response) {
  const int status = response.status;
  if (status >= 200 && status < 300) return Verdict::told;
  if (std::ranges::find(kEnds, status) != std::end(kEnds)) return Verdict::gone;
  if (status >= 500 && status < 600) return Verdict::later;
  const bool says_when =
      status >= 400 && status < 500 && !translate::header(response.headers, "Retry-After").empty();
  return says_when ? Verdict::later : Verdict::gone;
}

}  // namespace causeway::gateway::presence
