#include "edge_proxy/admin/tables.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/admin/table.h"

namespace causeway::edge::admin {
namespace {

using causeway::admin::kTime;
using causeway::admin::or_dash;
using causeway::admin::printable;
using causeway::admin::Row;
using causeway::admin::table;
using causeway::admin::time_of;

constexpr char kStepTime[] = "%H:%M:%E3S";

std::string words(v1::StreamEvent::Direction direction) {
  return direction == v1::StreamEvent::INBOUND ? "inbound" : "outbound";
}

std::string words(v1::StreamEvent::Proof proof) {
  switch (proof) {
    case v1::StreamEvent::SASL_EXTERNAL:
      return "external";
    case v1::StreamEvent::TLS_DIALBACK:
      return "dialback";
    case v1::StreamEvent::TCP_DIALBACK:
      return "dialback, plain";
    default:
      return "-";
  }
}

Row row_of(const v1::LiveStream& stream) {
  return {absl::StrCat(stream.id()),
          words(stream.direction()),
          printable(absl::StrJoin(stream.remote_domains(), ",")),
          printable(absl::StrJoin(stream.local_domains(), ",")),
          stream.peer_address(),
          words(stream.proof()),
          or_dash(absl::StrCat(stream.tls_version(), stream.tls_cipher().empty() ? "" : " ",
                               stream.tls_cipher())),
          time_of(stream.since(), kTime),
          absl::StrCat(stream.stanzas_in(), "/", stream.stanzas_out()),
          absl::StrCat(stream.bytes_in(), "/", stream.bytes_out()),
          absl::StrCat(stream.unacknowledged()),
          or_dash(absl::StrJoin(stream.features(), ","))};
}

}  // namespace

std::string to_text(const v1::GetStatusResponse& status) {
  std::vector<std::string> gateways;
  for (const v1::AttachedGateway& gateway : status.gateways())
    gateways.push_back(printable(absl::StrCat(gateway.name(), " (", gateway.software(), ")")));
  std::vector<Row> rows = {
      {"software", status.software()},
      {"running since", time_of(status.since(), kTime)},
      {"gateways", gateways.empty() ? "none is attached" : absl::StrJoin(gateways, ", ")},
      {"configuration", status.snapshot() == 0 ? "none yet: a gateway brings it"
                                               : absl::StrCat("version ", status.snapshot())},
      {"streams on",
       absl::StrCat(absl::StrJoin(status.addresses(), " "), status.listening() ? "" : " (shut)")},
      {"strangers", absl::StrCat(status.strangers(), " left without a name")}};
  for (const v1::Use& use : status.use())
    rows.push_back({use.name(), absl::StrCat(use.used(), " of ", use.limit())});
  return table(rows);
}

std::string to_text(const v1::ListLiveStreamsResponse& streams) {
  if (streams.streams().empty()) return "No stream is up.\n";
  std::vector<Row> rows = {{"ID", "DIRECTION", "PARTNER", "OURS", "ADDRESS", "PROOF", "TLS",
                            "SINCE", "STANZAS IN/OUT", "BYTES IN/OUT", "UNACKED", "FEATURES"}};
  for (const v1::LiveStream& stream : streams.streams()) rows.push_back(row_of(stream));
  return table(rows);
}

std::string to_text(const v1::ListFailuresResponse& failures) {
  if (failures.failures().empty()) return "No failure is remembered.\n";
  std::string out;
  for (const v1::StreamFailure& failure : failures.failures()) {
    const bool inbound = failure.direction() == v1::StreamEvent::INBOUND;
    absl::StrAppend(&out, time_of(failure.time(), kTime), "  ", words(failure.direction()), "  ",
                    printable(inbound ? failure.remote_domain() : or_dash(failure.local_domain())),
                    " -> ",
                    printable(inbound ? or_dash(failure.local_domain()) : failure.remote_domain()),
                    "  ", failure.peer_address(), failure.peer_address().empty() ? "" : "  ",
                    failure.condition(), "\n");
    for (const v1::StreamFailure::Step& step : failure.steps())
      absl::StrAppend(&out, "    ", step.has_time() ? time_of(step.time(), kStepTime) + "  " : "",
                      printable(step.words()), "\n");
    absl::StrAppend(&out, "    ", time_of(failure.time(), kStepTime), "  ",
                    printable(failure.reason()), "\n");
  }
  return out;
}

std::string to_text(const v1::CloseStreamsResponse& closed) {
  if (closed.closed() == 0) return "No stream was up.\n";
  return absl::StrCat(closed.closed(), closed.closed() == 1 ? " stream" : " streams",
                      " told to close.\n");
}

std::string to_text(const v1::RetryResponse&) {
  return "The next stanza for it tries again at once.\n";
}

std::string to_text(const v1::ReloadResponse&) {
  return "Loaded: streams to come use the certificates as they are now.\n";
}

}  // namespace causeway::edge::admin
