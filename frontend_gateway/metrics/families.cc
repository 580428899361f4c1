#include "frontend_gateway/metrics/families.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/link/hello.h"
#include "common/metrics/family.h"
#include "common/stanza/conditions.h"

namespace causeway::gateway::metrics {
namespace {

using causeway::metrics::Family;
using prometheus::MetricFamily;
using Counters = store::Store::Counters;

Family counter(std::string_view name, std::string_view help) {
  return Family::counter("causeway_gateway_" + std::string(name), help);
}
Family gauge(std::string_view name, std::string_view help) {
  return Family::gauge("causeway_gateway_" + std::string(name), help);
}

// --- What crosses

constexpr std::string_view kKinds[] = {"message", "presence", "iq"};
static_assert(std::size(kKinds) == Tally::kKinds);

std::string_view outcome_word(std::size_t outcome) {
  if (outcome == 0) return "taken";
  return stanza::wire_name(static_cast<v1::StanzaCondition>(outcome - 1));
}

MetricFamily stanzas(const Tally& tally) {
  Family family = counter("stanzas_total",
                          "Stanzas from XMPP (inbound) and for it (outbound) by what became of "
                          "them: taken, or the condition of the error that their sender got.");
  for (const auto& [direction, word] :
       {std::pair{Tally::kFromXmpp, "inbound"}, {Tally::kToXmpp, "outbound"}})
    for (std::size_t kind = 0; kind < Tally::kKinds; ++kind)
      for (std::size_t outcome = 0; outcome < Tally::kStanzaOutcomes; ++outcome)
        family.add(
            static_cast<double>(tally.stanzas(direction)[kind][outcome]),
            {{"direction", word}, {"kind", kKinds[kind]}, {"outcome", outcome_word(outcome)}});
  return family.take();
}

MetricFamily requests(const Tally& tally) {
  Family family = counter("sip_requests_total",
                          "SIP requests that the gateway answered (incoming) and sent (outgoing) "
                          "by the class of the final response; local: none came.");
  for (const auto& [side, word] :
       {std::pair{Tally::kIncoming, "incoming"}, {Tally::kOutgoing, "outgoing"}})
    for (std::size_t method = 0; method < Tally::kMethods.size(); ++method)
      for (std::size_t outcome = 0; outcome < Tally::kSipOutcomes.size(); ++outcome)
        family.add(static_cast<double>(tally.requests(side)[method][outcome]),
                   {{"direction", word},
                    {"method", Tally::kMethods[method]},
                    {"outcome", Tally::kSipOutcomes[outcome]}});
  return family.take();
}

// --- Whom it speaks with

void add_edges(const Sources& sources, std::vector<MetricFamily>& out) {
  out.push_back(gauge("edges", "Edges that the configuration names.")
                    .add(static_cast<double>(sources.edges))
                    .take());
  out.push_back(gauge("edges_attached", "Those of them that are attached.")
                    .add(static_cast<double>(sources.edges_attached()))
                    .take());
}

void add_levels(const Levels& levels, std::vector<MetricFamily>& out) {
  Family open = gauge("open", "What is open now, by what it is.");
  for (const auto& [what, count] : levels.open)
    open.add(static_cast<double>(count), {{"what", what}});
  if (!levels.open.empty()) out.push_back(open.take());
  const auto up = std::count_if(levels.next_hops.begin(), levels.next_hops.end(),
                                [](const auto& hop) { return hop.up; });
  out.push_back(gauge("sip_next_hops", "Next hops of SIP, as far as their names are looked up.")
                    .add(static_cast<double>(levels.next_hops.size()))
                    .take());
  out.push_back(
      gauge("sip_next_hops_up", "Those of them that answer.").add(static_cast<double>(up)).take());
  out.push_back(counter("sip_stranger_requests_total",
                        "SIP requests refused because their sender is not a trusted peer.")
                    .add(static_cast<double>(levels.strangers))
                    .take());
}

// --- The database

struct OfDatabase {
  std::string_view name, help;
  double (*value)(const Counters& counters);
};
constexpr OfDatabase kDatabaseCounters[] = {
    {"database_transactions_total", "Transactions that were committed.",
     [](const Counters& counters) { return static_cast<double>(counters.transactions); }},
    {"database_transaction_seconds_total", "Time that they took.",
     [](const Counters& counters) { return counters.seconds; }},
    {"database_rows_total", "Rows that were written or removed in them.",
     [](const Counters& counters) { return static_cast<double>(counters.rows); }},
    {"database_refusals_total", "Writes of which the asker was told that they were not made.",
     [](const Counters& counters) { return static_cast<double>(counters.refused); }},
    {"database_dropped_rows_total", "Rows that nobody asked about and that are lost.",
     [](const Counters& counters) { return static_cast<double>(counters.dropped); }},
    {"database_failures_total", "Times that the database went away.",
     [](const Counters& counters) { return static_cast<double>(counters.failures); }},
};
constexpr OfDatabase kDatabaseGauges[] = {
    {"database_waiting_rows", "Rows that wait for the database.",
     [](const Counters& counters) { return static_cast<double>(counters.waiting_rows); }},
    {"database_waiting_bytes", "Memory that they take.",
     [](const Counters& counters) { return static_cast<double>(counters.waiting_bytes); }},
};

void add_database(const Sources& sources, std::vector<MetricFamily>& out) {
  const Counters counters = sources.database_counters();
  for (const OfDatabase& row : kDatabaseCounters)
    out.push_back(counter(row.name, row.help).add(row.value(counters)).take());
  for (const OfDatabase& row : kDatabaseGauges)
    out.push_back(gauge(row.name, row.help).add(row.value(counters)).take());
  out.push_back(gauge("database_up", "1 while the database answers.")
                    .add(sources.database().ok() ? 1 : 0)
                    .take());
}

// --- What is missing

std::string about_edges(const Sources& sources) {
  if (sources.edges_attached() > 0) return "";
  std::vector<std::string> reasons;
  for (const auto& [name, reason] : sources.edge_failures())
    reasons.push_back(absl::StrCat(name, ": ", reason));
  if (reasons.empty()) return "No edge is attached yet.";
  return absl::StrCat("No edge is attached: ", absl::StrJoin(reasons, "; "), ".");
}

std::string about_database(const Sources& sources) {
  const absl::Status status = sources.database();
  if (status.ok()) return "";
  return absl::StrCat("The database is away: ", std::string(status.message()), ".");
}

// Of a domain with several next hops one is enough.
std::string about_next_hops(const std::optional<Levels>& levels) {
  if (!levels) return "The SIP loop does not answer: the gateway is overloaded, or it hangs.";
  std::vector<std::string> down;
  for (const auto& hop : levels->next_hops) {
    const bool another =
        std::any_of(levels->next_hops.begin(), levels->next_hops.end(),
                    [&](const auto& other) { return other.domain == hop.domain && other.up; });
    if (!another) down.push_back(hop.target);
  }
  if (down.empty()) return "";
  return absl::StrCat("The next hop of SIP does not answer: ", absl::StrJoin(down, ", "), ".");
}

}  // namespace

std::vector<MetricFamily> families(const Sources& sources) {
  std::vector<MetricFamily> out;
  out.push_back(gauge("build_info", "Which software this is; always 1.")
                    .add(1, {{"version", causeway::link::software("frontend_gateway")}})
                    .take());
  out.push_back(stanzas(sources.tally));
  out.push_back(requests(sources.tally));
  add_edges(sources, out);
  add_database(sources, out);
  if (const auto levels = sources.levels()) add_levels(*levels, out);
  return out;
}

std::optional<std::string> missing(const Sources& sources) {
  std::vector<std::string> sentences = {about_edges(sources), about_database(sources),
                                        about_next_hops(sources.levels())};
  std::erase(sentences, "");
  if (sentences.empty()) return std::nullopt;
  return absl::StrJoin(sentences, "\n");
}

causeway::metrics::Pages pages(const Sources& sources) {
  return {.families = [sources] { return families(sources); },
          .missing = [sources] { return missing(sources); }};
}

}  // namespace causeway::gateway::metrics
