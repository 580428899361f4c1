#include "tests/bench/table.h"

#include <cstdio>
#include <string>

namespace causeway::bench {
namespace {

using Json = nlohmann::ordered_json;

void print_both_ways(const Json& report) {
  const auto row = [&](const char* label, const char* key, const char* format) {
    std::printf("%-38s", label);
    for (const char* direction : {"xmpp_to_sip", "sip_to_xmpp"}) {
      std::printf(format, report[direction][key].get<double>());
    }
    std::printf("\n");
  };
  std::printf("%-38s%16s%16s\n", "", "XMPP -> SIP", "SIP -> XMPP");
  row("messages/s", "messages_per_second", "%16.0f");
  row("sent", "messages", "%16.0f");
  row("delivered", "delivered", "%16.0f");
  row("out of order or doubled", "out_of_order", "%16.0f");
  row("edge CPU, us a message", "edge_cpu_us_per_message", "%16.1f");
  row("gateway CPU, us a message", "gateway_cpu_us_per_message", "%16.1f");
  row("both daemons' CPU, us a message", "daemons_cpu_us_per_message", "%16.1f");
  row("this driver's CPU, us a message", "driver_cpu_us_per_message", "%16.1f");
  row("latency at half load, p50, ms", "half_load_p50_ms", "%16.2f");
  row("latency at half load, p99, ms", "half_load_p99_ms", "%16.2f");
  row("edge memory, MiB", "edge_resident_mib", "%16.1f");
  row("gateway memory, MiB", "gateway_resident_mib", "%16.1f");
  for (const char* direction : {"xmpp_to_sip", "sip_to_xmpp"}) {
    if (!report[direction]["complete"].get<bool>()) std::printf("NOT COMPLETE: %s\n", direction);
  }
  if (const auto refusal = report["sip_to_xmpp"]["first_refusal"].get<std::string>();
      !refusal.empty()) {
    std::printf("first refusal: %s\n", refusal.c_str());
  }
}

void print_streams(const Json& report) {
  const Json& idle = report["idle_streams"];
  std::printf("\n%.0f idle authenticated TLS streams: %.1f KiB of the edge each\n",
              idle["streams"].get<double>(), idle["edge_kib_per_stream"].get<double>());
  for (const char* direction : {"xmpp_to_sip", "sip_to_xmpp"}) {
    std::printf("  among them, %s at %.0f messages/s: p50 %.2f ms, p99 %.2f ms\n", direction,
                idle[direction]["messages_per_second"].get<double>(),
                idle[direction]["p50_ms"].get<double>(), idle[direction]["p99_ms"].get<double>());
  }
  const Json& setup = report["stream_setup"];
  std::printf(
      "stream set-up (TCP, STARTTLS, TLS 1.3 both ways, EXTERNAL, restart), CPU: edge %.0f us",
      setup["edge_cpu_us"].get<double>());
  if (setup.contains("other_cpu_us")) {
    std::printf(", the other server %.0f us, ratio %.2f", setup["other_cpu_us"].get<double>(),
                setup["other_to_edge"].get<double>());
  }
  std::printf("\n");
}

void print_watching(const char* name, const Json& figures) {
  std::printf(
      "%-40s%10.0f subscriptions, %5.2f KiB of the gateway each, %6.0f/s, %5.1f us CPU each%s\n",
      name, figures["subscriptions"].get<double>(), figures["gateway_kib_each"].get<double>(),
      figures["per_second"].get<double>(), figures["gateway_cpu_us_each"].get<double>(),
      figures["complete"].get<bool>() ? "" : "  NOT COMPLETE");
}

void print_fan_out(const char* name, const Json& figures) {
  std::printf("%-40s%10.0f watchers, the last after", name, figures["watchers"].get<double>());
  for (const Json& time : figures["last_ms"]) std::printf(" %.0f", time.get<double>());
  std::printf(" ms%s\n", figures["complete"].get<bool>() ? "" : "  NOT COMPLETE");
}

void print_presence(const Json& report) {
  print_watching("XMPP users watch SIP users", report["xmpp_watches_sip"]);
  print_watching("SIP users watch XMPP users", report["sip_watches_xmpp"]);
  const Json& rate = report["notify_rate"];
  std::printf("%-40s%10.0f/s; of each round:", "NOTIFYs, XMPP -> SIP",
              rate["per_second"].get<double>());
  for (const Json& round : rate["rounds"]) {
    std::printf(" %.0f/s (%.1f us CPU)", round["per_second"].get<double>(),
                round["gateway_cpu_us_each"].get<double>());
  }
  std::printf("%s\n", rate["complete"].get<bool>() ? "" : "  NOT COMPLETE");
  print_fan_out("one XMPP user's change, to SIP", report["fan_out_to_sip"]);
  print_fan_out("one SIP user's change, to XMPP", report["fan_out_to_xmpp"]);
  if (const auto refusal = report["first_refusal"].get<std::string>(); !refusal.empty()) {
    std::printf("%.0f refused, the first: %s\n", report["refused"].get<double>(), refusal.c_str());
  }
}

}  // namespace

void print_table(const std::string& phase, const Json& report) {
  if (phase == "presence") return print_presence(report);
  if (phase == "sessions") {
    std::printf("within %.0f sessions:\n", report["sessions"].get<double>());
  }
  print_both_ways(report);
  if (phase == "messages") print_streams(report);
}

}  // namespace causeway::bench
