#include "edge_proxy/metrics/families.h"

#include <prometheus/text_serializer.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/edge_proxy/admin/watched_edge.h"
#include "tests/support/exposition/exposition.h"

using namespace causeway;
using edge::metrics::Sources;
using test::Exposition;
using test::wait_until;

namespace {

Exposition look(const test::WatchedEdge& edge) {
  const auto families =
      edge::metrics::families({.federation = edge.federation, .gateways = edge.gateways});
  return test::parse_exposition(prometheus::TextSerializer().Serialize(families));
}

}  // namespace

TEST_CASE("every metric follows the conventions, before and after something happened",
          "[metrics]") {
  test::WatchedPair edges;
  CHECK(test::lint(look(edges.contoso)) == std::vector<std::string>{});
  edges.configure();
  CHECK(edges.contoso.send(1) == "taken");
  CHECK(test::lint(look(edges.contoso)) == std::vector<std::string>{});
  CHECK(test::lint(look(edges.fabrikam)) == std::vector<std::string>{});
  CHECK(look(edges.contoso).families.size() > 20);
}

TEST_CASE("the lint finds what is wrong", "[metrics]") {
  const auto wrongs_of = [](const std::string& text) {
    return test::lint(test::parse_exposition(text));
  };
  const std::string help = "# HELP causeway_edge_x";
  CHECK(wrongs_of(help + " Help.\n# TYPE causeway_edge_x gauge\ncauseway_edge_x 1\n").empty());
  CHECK(wrongs_of("# TYPE causeway_edge_x gauge\ncauseway_edge_x 1\n").size() == 1);
  CHECK(wrongs_of(help + " Help.\n# TYPE causeway_edge_x counter\ncauseway_edge_x 1\n").size() ==
        1);
  CHECK(wrongs_of(help + "_total H.\n# TYPE causeway_edge_x_total gauge\n").size() == 1);
  CHECK(wrongs_of(help + "_ms H.\n# TYPE causeway_edge_x_ms gauge\n").size() == 1);
  CHECK(wrongs_of(help + " H.\n# TYPE causeway_edge_x gauge\n"
                         "causeway_edge_x{domain=\"fabrikam.example\"} 1\n")
            .size() == 1);
  CHECK(wrongs_of("# HELP other H.\n# TYPE other gauge\n").size() == 1);
  CHECK_THROWS(wrongs_of("what is this\n"));
  CHECK_THROWS(wrongs_of("causeway_edge_x 1\ncauseway_edge_x 2\n"));
}

TEST_CASE("what crosses is counted on both sides", "[metrics]") {
  test::WatchedPair edges;
  edges.configure();
  CHECK(edges.contoso.send(1) == "taken");
  CHECK(edges.contoso.send(2) == "taken");
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == 2; });
  const Exposition out = look(edges.contoso);
  const Exposition in = look(edges.fabrikam);
  CHECK(out.value("stanzas_total", R"({direction="outbound",kind="message"})") == 2);
  CHECK(in.value("stanzas_total", R"({direction="inbound",kind="message"})") == 2);
  CHECK(out.sum("stanzas_total") == 2);
  CHECK(out.value("xml_bytes_total", R"({direction="outbound"})") > 200);
  CHECK(in.value("xml_bytes_total", R"({direction="inbound"})") > 200);
  CHECK(out.value("streams", R"({direction="outbound",proof="external",tls="TLSv1.3"})") == 1);
  CHECK(in.value("streams", R"({direction="inbound",proof="external",tls="TLSv1.3"})") == 1);
  CHECK(out.value("stream_establishments_total",
                  R"({direction="outbound",outcome="established",method="external"})") == 1);
  CHECK(in.value("stream_tls_total", R"({direction="inbound",version="TLSv1.3"})") == 1);
  CHECK(out.sum("failed_outbound_stream_establishments_total") == 0);
  CHECK(out.value("used", R"({limit="limits.queued_bytes"})") == 0);
  CHECK(out.value("limit", R"({limit="limits.queued_bytes"})") > 0);
  CHECK(out.value("certificate_expiry_timestamp_seconds", R"({identity="contoso.example"})") >
        1'700'000'000);
}

TEST_CASE("the gauge of streams falls when they end, the counters stay", "[metrics]") {
  test::WatchedPair edges;
  edges.configure();
  CHECK(edges.contoso.send(1) == "taken");
  edges.contoso.federation.close(*address::Domain::parse("fabrikam.example"));
  wait_until([&] { return look(edges.contoso).sum("streams") == 0; });
  CHECK(look(edges.contoso).sum("stream_establishments_total") == 1);
  wait_until([&] { return look(edges.fabrikam).sum("streams") == 0; });
}

TEST_CASE("failures are counted as the original did, and by what they were", "[metrics]") {
  test::World world;
  test::WatchedEdge contoso(world, "contoso.example", "fabrikam.example", "contoso.example");
  test::WatchedEdge other(world, "fabrikam.example", "contoso.example", "other");
  contoso.configure(other.address());
  other.configure(contoso.address());
  CHECK(contoso.send(1) == "remote-server-timeout");
  const Exposition out = look(contoso);
  CHECK(out.value("failed_outbound_stream_establishments_total") == 1);
  CHECK(out.value("failed_inbound_stream_establishments_total") == 0);
  CHECK(out.value("stream_establishments_total",
                  R"({direction="outbound",outcome="failed",method="none"})") == 1);
  CHECK(out.sum("stream_establishment_failures_total") == 1);
  CHECK(out.value("bounces_total", R"({direction="outbound",condition="remote-server-timeout"})") ==
        1);
  wait_until([&] { return look(other).value("failed_inbound_stream_establishments_total") >= 1; });
}

TEST_CASE("stream errors are counted where they are sent and where they are heard", "[metrics]") {
  test::WatchedPair edges;
  edges.configure();
  CHECK(edges.contoso.send(1) == "taken");
  edges.fabrikam.federation.stop();
  const std::string shutdown = R"(,condition="system-shutdown"})";
  wait_until([&] {
    return look(edges.contoso).value("stream_errors_total", R"({direction="inbound")" + shutdown) ==
           1;
  });
  CHECK(look(edges.fabrikam).value("stream_errors_total", R"({direction="outbound")" + shutdown) ==
        1);
}

TEST_CASE("an edge that is not ready says what is missing", "[metrics]") {
  test::WatchedPair edges;
  const Sources sources{.federation = edges.contoso.federation, .gateways = edges.contoso.gateways};
  CHECK(edge::metrics::missing(sources) ==
        "No gateway has attached yet, so that the edge does not know its domains.");
  edges.configure();
  CHECK(edge::metrics::missing(sources) ==
        "No gateway is attached: what partners send waits for one.");
}

TEST_CASE("certificates that share a name are one series", "[metrics]") {
  const test::World world;
  edge::config::Config config = world.config();
  config.xmpp.additional_certificates = {{config.xmpp.certificate, config.xmpp.private_key, ""}};
  const auto gathered = std::make_shared<test::Gathered>();
  edge::s2s::Federation federation(config, gathered->uplink());
  const edge::link::Gateways gateways(config.link, {});
  REQUIRE(federation.start().ok());
  const auto families = edge::metrics::families({.federation = federation, .gateways = gateways});
  const Exposition shown = test::parse_exposition(
      prometheus::TextSerializer().Serialize(families));  // throws on doubles
  CHECK(shown.sum("certificate_expiry_timestamp_seconds") > 1'700'000'000);
}
