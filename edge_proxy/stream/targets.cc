#include "edge_proxy/stream/targets.h"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/dns/srv_order.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

// What one of the two questions came to.
enum class Word { records, none, not_offered, unknown };

Word word_of(const dns::Answer* answer) {
  if (answer == nullptr) return Word::none;
  if (answer->failure == dns::Failure::failed) return Word::unknown;
  if (answer->failure) return Word::none;
  return answer->services.front().target.empty() ? Word::not_offered : Word::records;
}

void add(std::vector<Target>& targets, const dns::Answer* answer, bool direct_tls) {
  if (word_of(answer) != Word::records) return;
  for (const dns::SrvRecord& record : answer->services) {
    targets.push_back({record.target, record.port, direct_tls, record.priority, record.weight});
  }
}

std::string words_of(const std::vector<Target>& targets, std::size_t most) {
  const auto direct = std::count_if(targets.begin(), targets.end(),
                                    [](const Target& target) { return target.direct_tls; });
  std::string words = cat("SRV: ", targets.size(), targets.size() == 1 ? " target" : " targets");
  if (direct != 0) words += cat(", ", direct, " with direct TLS");
  if (targets.size() > most) words += cat("; the first ", most, " count");
  return words;
}

// What the look-ups that failed have to say.
std::string complaints(const dns::Answer* direct, const dns::Answer& starttls) {
  std::string words;
  for (const dns::Answer* answer : {direct, &starttls}) {
    if (word_of(answer) == Word::unknown) words += cat("; ", answer->words);
  }
  return words;
}

Search without_records(const address::Domain& domain, Word direct, Word starttls) {
  if (direct != Word::not_offered && starttls != Word::not_offered) {
    return {.targets = {Target{.host = domain.ascii()}},
            .failure = std::nullopt,
            .words = cat("SRV: no target; the domain itself on port ", kServerPort)};
  }
  const bool may_pass = direct == Word::unknown || starttls == Word::unknown;
  return {.targets = {},
          .failure = may_pass ? dns::Failure::failed : dns::Failure::not_found,
          .words = "SRV: the domain says that it offers no XMPP server"};
}

bool parse_port(const std::string& text, std::uint16_t& port) {
  int number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1 || number > 65535) return false;
  port = static_cast<std::uint16_t>(number);
  return true;
}

}  // namespace

Search find_targets(const address::Domain& domain, const dns::Answer* direct,
                    const dns::Answer& starttls, std::size_t most,
                    const std::function<std::uint32_t(std::uint32_t)>& random) {
  Search search;
  add(search.targets, direct, true);
  add(search.targets, &starttls, false);
  if (search.targets.empty()) {
    search = without_records(domain, word_of(direct), word_of(&starttls));
  } else {
    search.words = words_of(search.targets, most);
    search.targets = causeway::dns::order(std::move(search.targets), random);
    if (search.targets.size() > most) search.targets.resize(most);
  }
  search.words += complaints(direct, starttls);
  search.expires = direct ? std::min(direct->expires, starttls.expires) : starttls.expires;
  return search;
}

absl::StatusOr<Target> parse_proxy(const std::string& text) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(cat("\"", text, "\" is not a host, or a host and a port"));
  };
  std::string host = text;
  Target target;
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool one_colon = colon != std::string::npos && text.find(':') == colon;
  if (one_colon || (bracket != std::string::npos && colon == bracket + 1)) {
    host = text.substr(0, colon);
    if (!parse_port(text.substr(colon + 1), target.port)) return wrong();
  }
  std::error_code not_one;
  asio::ip::make_address_v6(host, not_one);
  if (!not_one) host = cat("[", host, "]");
  const absl::StatusOr<address::Domain> domain = address::Domain::parse(host);
  if (!domain.ok()) return wrong();
  target.host = domain->ascii();
  return target;
}

}  // namespace causeway::edge::stream
