#include "edge_proxy/metrics/families.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_join.h"
#include "causeway/v1/link.pb.h"
#include "common/link/hello.h"
#include "common/metrics/family.h"
#include "common/stanza/conditions.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/stream/stream_error.h"

namespace causeway::edge::metrics {
namespace {

using ledger::Ledger;
using ledger::Tally;
using prometheus::MetricFamily;
using v1::StreamEvent;

// --- One family ---

using causeway::metrics::Family;

Family counter(std::string_view name, std::string_view help) {
  return Family::counter("causeway_edge_" + std::string(name), help);
}
Family gauge(std::string_view name, std::string_view help) {
  return Family::gauge("causeway_edge_" + std::string(name), help);
}

// --- The labels' values ---

struct Direction {
  StreamEvent::Direction value;
  std::string_view word;
  const Tally::Traffic Tally::*traffic;
};
// Of a stream: who opened it. Of what crosses: from the internet, or to it.
constexpr Direction kDirections[] = {{StreamEvent::INBOUND, "inbound", &Tally::incoming},
                                     {StreamEvent::OUTBOUND, "outbound", &Tally::outgoing}};

template <typename Value>
struct Word {
  Value value;
  std::string_view word;
};
constexpr Word<StreamEvent::Proof> kMethods[] = {{StreamEvent::SASL_EXTERNAL, "external"},
                                                 {StreamEvent::TLS_DIALBACK, "tls-dialback"},
                                                 {StreamEvent::TCP_DIALBACK, "tcp-dialback"}};
constexpr Word<v1::Stanza::KindCase> kKinds[] = {{v1::Stanza::kMessage, "message"},
                                                 {v1::Stanza::kPresence, "presence"},
                                                 {v1::Stanza::kIq, "iq"}};
constexpr Word<ledger::Verdict> kVerdicts[] = {{ledger::Verdict::valid, "valid"},
                                               {ledger::Verdict::invalid, "invalid"},
                                               {ledger::Verdict::error, "error"}};
constexpr Word<ledger::Lookup> kLookups[] = {{ledger::Lookup::found, "found"},
                                             {ledger::Lookup::not_found, "not-found"},
                                             {ledger::Lookup::failed, "failed"},
                                             {ledger::Lookup::cached, "cached"}};
constexpr std::string_view kTlsVersions[] = {"", "TLSv1.2", "TLSv1.3"};
static_assert(static_cast<std::size_t>(stream::Condition::unsupported_version) <
              ledger::kStreamConditions);
static_assert(v1::StanzaCondition_MAX < ledger::kStanzaConditions);

std::string_view word_of(StreamEvent::Proof proof) {
  for (const auto& method : kMethods)
    if (method.value == proof) return method.word;
  return "none";
}

std::string_view tls_word(std::string_view version) { return version.empty() ? "none" : version; }

// Over all threads.
template <typename Read>
double sum(const Ledger& ledger, Read read) {
  double total = 0;
  for (const Tally& tally : ledger.tallies()) total += static_cast<double>(read(tally).get());
  return total;
}

template <typename Counts, typename Match>
double sum_if(const Counts& counts, Match match) {
  double total = 0;
  for (const auto& [key, count] : counts)
    if (match(key)) total += static_cast<double>(count);
  return total;
}

// --- The process ---

MetricFamily build_info() {
  return gauge("build_info", "Which software this is; always 1.")
      .add(1, {{"version", causeway::link::software("edge_proxy")}})
      .take();
}

// --- Streams ---

MetricFamily streams(const Ledger& ledger) {
  Family family = gauge("streams",
                        "Authenticated streams that are up, by who opened them, how the "
                        "domain was proved, and TLS version.");
  for (const auto& [key, count] : ledger.up())
    family.add(static_cast<double>(count), {{"direction", kDirections[key.direction].word},
                                            {"proof", word_of(key.proof)},
                                            {"tls", tls_word(key.tls_version)}});
  return family.take();
}

MetricFamily establishments(const Ledger& ledger) {
  Family family = counter("stream_establishments_total",
                          "Attempts to establish a stream; of those that succeeded, by method.");
  const auto established = ledger.established();
  const auto failed = ledger.failed();
  for (const Direction& direction : kDirections) {
    for (const auto& method : kMethods) {
      family.add(
          sum_if(established,
                 [&](const Ledger::Key& key) {
                   return key.direction == direction.value && key.proof == method.value;
                 }),
          {{"direction", direction.word}, {"outcome", "established"}, {"method", method.word}});
    }
    family.add(sum_if(failed, [&](const auto& key) { return key.direction == direction.value; }),
               {{"direction", direction.word}, {"outcome", "failed"}, {"method", "none"}});
  }
  return family.take();
}

MetricFamily failures(const Ledger& ledger) {
  Family family = counter("stream_establishment_failures_total",
                          "Streams that could not be established, by what ended the attempt.");
  for (const auto& [key, count] : ledger.failed())
    family.add(static_cast<double>(count),
               {{"direction", kDirections[key.direction].word}, {"condition", key.condition}});
  return family.take();
}

MetricFamily failed(const Ledger& ledger, StreamEvent::Direction direction, std::string_view name,
                    std::string_view help) {
  const auto counts = ledger.failed();
  return counter(name, help)
      .add(sum_if(counts, [&](const auto& key) { return key.direction == direction; }))
      .take();
}

MetricFamily failed_inbound(const Ledger& ledger) {
  return failed(ledger, StreamEvent::INBOUND, "failed_inbound_stream_establishments_total",
                "Inbound streams that could not be established. In Lync: XmppFederationProxy - "
                "Failed inbound stream establishes/sec.");
}

MetricFamily failed_outbound(const Ledger& ledger) {
  return failed(ledger, StreamEvent::OUTBOUND, "failed_outbound_stream_establishments_total",
                "Outbound streams that could not be established. In Lync: XmppFederationProxy - "
                "Failed outbound stream establishes/sec.");
}

MetricFamily tls_versions(const Ledger& ledger) {
  Family family =
      counter("stream_tls_total", "Streams that were established, by TLS version; none is plain.");
  const auto established = ledger.established();
  for (const Direction& direction : kDirections)
    for (const std::string_view version : kTlsVersions)
      family.add(sum_if(established,
                        [&](const Ledger::Key& key) {
                          return key.direction == direction.value && key.tls_version == version;
                        }),
                 {{"direction", direction.word}, {"version", tls_word(version)}});
  return family.take();
}

MetricFamily strangers(const Ledger& ledger) {
  return counter("strangers_total",
                 "Connections that ended before they said whom they are: scanners, mostly.")
      .add(static_cast<double>(ledger.strangers()))
      .take();
}

MetricFamily turned_away(const Ledger& ledger) {
  return counter("turned_away_total",
                 "Connections closed at once: too many from there, or in all, had not "
                 "authenticated.")
      .add(sum(
          ledger, [](const Tally& tally) -> auto& { return tally.turned_away; }))
      .take();
}

MetricFamily stream_errors(const Ledger& ledger) {
  Family family = counter("stream_errors_total",
                          "Stream errors (RFC 6120 section 4.9): inbound are what peers sent us, "
                          "outbound what we sent them.");
  for (const Direction& direction : kDirections) {
    for (int i = 0; i <= static_cast<int>(stream::Condition::unsupported_version); ++i) {
      const auto index = static_cast<std::size_t>(i);
      family.add(sum(
                     ledger,
                     [&](const Tally& tally) -> auto& {
                       return (tally.*direction.traffic).stream_errors[index];
                     }),
                 {{"direction", direction.word},
                  {"condition", stream::wire_name(static_cast<stream::Condition>(i))}});
    }
  }
  return family.take();
}

// --- What they carry ---

MetricFamily stanzas(const Ledger& ledger) {
  Family family = counter("stanzas_total",
                          "Stanzas that partners sent us (inbound) and that we "
                          "wrote to them (outbound).");
  for (const Direction& direction : kDirections)
    for (const auto& kind : kKinds)
      family.add(sum(
                     ledger,
                     [&](const Tally& tally) -> auto& {
                       return (tally.*direction.traffic).stanzas[kind.value];
                     }),
                 {{"direction", direction.word}, {"kind", kind.word}});
  return family.take();
}

MetricFamily bytes(const Ledger& ledger) {
  Family family = counter("xml_bytes_total",
                          "XML read from partners and written to them, "
                          "negotiation included, TLS not.");
  for (const Direction& direction : kDirections)
    family.add(
        sum(
            ledger, [&](const Tally& tally) -> auto& { return (tally.*direction.traffic).bytes; }),
        {{"direction", direction.word}});
  return family.take();
}

MetricFamily bounces(const Ledger& ledger) {
  Family family = counter("bounces_total",
                          "Stanzas that went back as errors: outbound ones that could not be "
                          "delivered to a partner, inbound ones that no gateway took.");
  for (const Direction& direction : kDirections) {
    for (int i = 0; i <= v1::StanzaCondition_MAX; ++i) {
      const auto condition = static_cast<v1::StanzaCondition>(i);
      family.add(sum(
                     ledger,
                     [&](const Tally& tally) -> auto& {
                       return (tally.*direction.traffic).refused[condition];
                     }),
                 {{"direction", direction.word}, {"condition", stanza::wire_name(condition)}});
    }
  }
  return family.take();
}

MetricFamily queued(const Ledger& ledger) {
  return gauge("queued_stanzas",
               "Stanzas that wait for a stream to a partner, or for it to take "
               "them; a quarter of a second old at most.")
      .add(sum(
          ledger, [](const Tally& tally) -> auto& { return tally.queued; }))
      .take();
}

// --- Whom we ask ---

MetricFamily dialback(const Ledger& ledger) {
  Family family = counter("dialback_verdicts_total",
                          "What authoritative servers said of keys that we asked them about.");
  for (const auto& verdict : kVerdicts)
    family.add(
        sum(
            ledger, [&](const Tally& tally) -> auto& { return tally.dialback[verdict.value]; }),
        {{"verdict", verdict.word}});
  return family.take();
}

MetricFamily lookups(const Ledger& ledger) {
  Family family = counter("dns_lookups_total",
                          "Look-ups of the DNS by outcome, answers from the "
                          "cache included.");
  for (const auto& outcome : kLookups)
    family.add(
        sum(
            ledger, [&](const Tally& tally) -> auto& { return tally.lookups[outcome.value]; }),
        {{"outcome", outcome.word}});
  return family.take();
}

using OfLedger = MetricFamily (*)(const Ledger& ledger);
constexpr OfLedger kOfLedger[] = {streams,         establishments, failures,  failed_inbound,
                                  failed_outbound, tls_versions,   strangers, turned_away,
                                  stream_errors,   stanzas,        bytes,     bounces,
                                  queued,          dialback,       lookups};

// --- Limits and the link ---

std::vector<s2s::Federation::Use> use(const Sources& sources) {
  std::vector<s2s::Federation::Use> use = sources.federation.use();
  use.push_back(
      {"link.queue_bytes", sources.gateways.queued_bytes(), sources.gateways.queue_bytes()});
  return use;
}

MetricFamily used(const Sources& sources) {
  Family family = gauge("used", "How much of a limit is taken; the label is its setting.");
  for (const auto& one : use(sources))
    family.add(static_cast<double>(one.used), {{"limit", one.limit}});
  return family.take();
}

MetricFamily limits(const Sources& sources) {
  Family family = gauge("limit", "The limits of causeway_edge_used.");
  for (const auto& one : use(sources))
    family.add(static_cast<double>(one.most), {{"limit", one.limit}});
  return family.take();
}

MetricFamily certificates(const Sources& sources) {
  Family family = gauge("certificate_expiry_timestamp_seconds",
                        "When the XMPP certificates that new streams get expire, in seconds since "
                        "1970, by the first name in each: the earliest of those that share it.");
  std::map<std::string, std::int64_t> earliest;
  for (const auto& certificate : sources.federation.certificates()) {
    const auto [kept, first] = earliest.try_emplace(certificate.name, certificate.not_after);
    if (!first) kept->second = std::min(kept->second, certificate.not_after);
  }
  for (const auto& [name, end] : earliest)
    family.add(static_cast<double>(end), {{"identity", name}});
  return family.take();
}

MetricFamily attached(const Sources& sources) {
  return gauge("gateways_attached", "Gateways that are attached.")
      .add(static_cast<double>(sources.gateways.attached().size()))
      .take();
}

MetricFamily snapshot(const Sources& sources) {
  return gauge("snapshot_version", "Version of the configuration in force; 0 is none.")
      .add(static_cast<double>(sources.gateways.snapshot()))
      .take();
}

MetricFamily congested(const Sources& sources) {
  return gauge("link_congested",
               "1 while nothing is read from partners, because too much waits "
               "for gateways.")
      .add(sources.gateways.congested() ? 1 : 0)
      .take();
}

using OfSources = MetricFamily (*)(const Sources& sources);
constexpr OfSources kOfSources[] = {used, limits, certificates, attached, snapshot, congested};

}  // namespace

std::vector<MetricFamily> families(const Sources& sources) {
  std::vector<MetricFamily> out = {build_info()};
  const Ledger& ledger = sources.federation.ledger();
  for (const OfLedger family : kOfLedger) out.push_back(family(ledger));
  for (const OfSources family : kOfSources) out.push_back(family(sources));
  return out;
}

std::optional<std::string> missing(const Sources& sources) {
  const bool attached = !sources.gateways.attached().empty();
  if (!sources.federation.listening()) {
    if (sources.gateways.snapshot() != 0)
      return "Not listening on " + absl::StrJoin(sources.federation.addresses(), " ") +
             ": the line s2s.listen_failed of the log says why, or the edge is stopping.";
    return attached ? "A gateway is attached but has brought no configuration yet."
                    : "No gateway has attached yet, so that the edge does not know its domains.";
  }
  if (!attached) return "No gateway is attached: what partners send waits for one.";
  return std::nullopt;
}

causeway::metrics::Pages pages(const Sources& sources) {
  return {.families = [sources] { return families(sources); },
          .missing = [sources] { return missing(sources); }};
}

}  // namespace causeway::edge::metrics
