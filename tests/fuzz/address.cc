// Addresses as strangers write them: what is taken is prepared, and preparing it again changes
// nothing.

#include <string>
#include <string_view>

#include "common/address/jid.h"
#include "tests/fuzz/target.h"

namespace causeway {
namespace {

void check_domain(std::string_view text) {
  const auto domain = address::Domain::parse(text);
  if (!domain.ok()) return;
  CAUSEWAY_HOLDS(!domain->empty() && domain->unicode().size() <= 1023);
  for (const std::string& form : {domain->unicode(), domain->ascii()}) {
    const auto again = address::Domain::parse(form);
    CAUSEWAY_HOLDS(again.ok() && *again == *domain && again->ascii() == domain->ascii());
  }
  for (const char c : domain->ascii()) CAUSEWAY_HOLDS(c > ' ' && c < '\x7f');
}

void check_jid(std::string_view text) {
  const auto jid = address::Jid::parse(text);
  if (!jid.ok()) return;
  const auto again = address::Jid::parse(jid->to_string());
  CAUSEWAY_HOLDS(again.ok() && *again == *jid);
  const auto parts =
      address::Jid::from_parts(jid->local(), jid->domain().unicode(), jid->resource());
  CAUSEWAY_HOLDS(parts.ok() && *parts == *jid);
  const auto bare = address::Jid::parse(jid->bare());
  CAUSEWAY_HOLDS(bare.ok() && bare->is_bare() && bare->local() == jid->local());
  CAUSEWAY_HOLDS(jid->local().find_first_of("@/\"&'<>: ") == std::string::npos);
}

}  // namespace
}  // namespace causeway

void causeway::fuzz::attempt(std::string_view input) {
  check_domain(input);
  check_jid(input);
}
