#include "edge_proxy/stream/targets.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace causeway::edge;
using namespace causeway::edge::stream;
using causeway::address::Domain;
using dns::Answer;
using dns::Failure;
using Lines = std::vector<std::string>;

namespace {

const Domain kDomain = *Domain::parse("bücher.example");
constexpr std::size_t kMost = 16;

Answer records(std::vector<dns::SrvRecord> services) {
  Answer answer;
  answer.services = std::move(services);
  return answer;
}

Answer none() {
  Answer answer;
  answer.failure = Failure::not_found;
  answer.words = "no such record";
  return answer;
}

Answer unknown() {
  Answer answer;
  answer.failure = Failure::failed;
  answer.words = "SERVFAIL";
  return answer;
}

const Answer kDot = records({{0, 0, 0, ""}});

std::uint32_t zero(std::uint32_t) { return 0; }

// "10 a:5269" and "10 a:443 tls" in their order; then what the search says.
Lines lines(const Search& search) {
  Lines lines;
  for (const Target& each : search.targets) {
    lines.push_back(std::to_string(each.priority) + " " + each.host + ":" +
                    std::to_string(each.port) + (each.direct_tls ? " tls" : ""));
  }
  if (search.failure) {
    lines.push_back(*search.failure == Failure::failed ? "may pass" : "not found");
  }
  lines.push_back(search.words);
  return lines;
}

}  // namespace

TEST_CASE("what the two look-ups come to", "[stream][targets]") {
  const Answer one = records({{10, 0, 5269, "a.example"}});
  const Answer direct = records({{10, 0, 443, "d.example"}});
  const Lines itself{"0 xn--bcher-kva.example:5269",
                     "SRV: no target; the domain itself on port 5269"};
  const Lines itself_failed{"0 xn--bcher-kva.example:5269",
                            "SRV: no target; the domain itself on port 5269; SERVFAIL"};
  const std::string not_offered = "SRV: the domain says that it offers no XMPP server";
  struct Row {
    std::string what;
    const Answer* direct;
    Answer starttls;
    Lines lines;
  };
  const Answer no = none();
  const Answer lost = unknown();
  const std::vector<Row> rows{
      {"STARTTLS alone", &no, one, {"10 a.example:5269", "SRV: 1 target"}},
      {"direct TLS alone",
       &direct,
       no,
       {"10 d.example:443 tls", "SRV: 1 target, 1 with direct TLS"}},
      {"both",
       &direct,
       one,
       {"10 d.example:443 tls", "10 a.example:5269", "SRV: 2 targets, 1 with direct TLS"}},
      {"direct TLS is of no use", nullptr, one, {"10 a.example:5269", "SRV: 1 target"}},
      {"no direct TLS, says a dot", &kDot, one, {"10 a.example:5269", "SRV: 1 target"}},
      {"no STARTTLS, says a dot",
       &direct,
       kDot,
       {"10 d.example:443 tls", "SRV: 1 target, 1 with direct TLS"}},
      {"nothing at all, say two dots", &kDot, kDot, {"not found", not_offered}},
      {"a dot for STARTTLS, and nothing for direct TLS", &no, kDot, {"not found", not_offered}},
      {"a dot for direct TLS, and nothing for STARTTLS: no address either (XEP-0368 section 5)",
       &kDot,
       no,
       {"not found", not_offered}},
      {"a dot for STARTTLS, and direct TLS is of no use",
       nullptr,
       kDot,
       {"not found", not_offered}},
      {"no records", &no, no, itself},
      {"no records, direct TLS of no use", nullptr, no, itself},
      {"one failed, the other knows", &lost, one, {"10 a.example:5269", "SRV: 1 target; SERVFAIL"}},
      {"the other failed, the one knows",
       &direct,
       lost,
       {"10 d.example:443 tls", "SRV: 1 target, 1 with direct TLS; SERVFAIL"}},
      {"no response: RFC 6120 section 3.2.1 wants the domain itself", &no, lost, itself_failed},
      {"no response to the question for direct TLS", &lost, no, itself_failed},
      {"a dot, and no response to the other: it may pass",
       &lost,
       kDot,
       {"may pass", not_offered + "; SERVFAIL"}},
      {"a dot for direct TLS, and no response: it may pass",
       &kDot,
       lost,
       {"may pass", not_offered + "; SERVFAIL"}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(lines(find_targets(kDomain, row.direct, row.starttls, kMost, zero)) == row.lines);
  }
}

TEST_CASE("both kinds are one list, by priority", "[stream][targets]") {
  const Answer direct = records({{5, 0, 443, "d5.example"}, {20, 0, 443, "d20.example"}});
  const Answer starttls = records(
      {{30, 0, 5269, "s30.example"}, {10, 0, 5269, "s10.example"}, {1, 0, 5269, "s1.example"}});
  CHECK(lines(find_targets(kDomain, &direct, starttls, kMost, zero)) ==
        Lines{"1 s1.example:5269", "5 d5.example:443 tls", "10 s10.example:5269",
              "20 d20.example:443 tls", "30 s30.example:5269",
              "SRV: 5 targets, 2 with direct TLS"});
}

TEST_CASE("both kinds share the weights of a priority", "[stream][targets]") {
  std::mt19937 generator(3);
  const auto random = [&](std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>(0, most)(generator);
  };
  const Answer direct = records({{10, 60, 443, "d60"}});
  const Answer starttls = records({{10, 30, 5269, "s30"}, {10, 10, 5269, "s10"}});
  std::map<std::string, int> firsts;
  const int draws = 20'000;
  for (int i = 0; i < draws; ++i) {
    ++firsts[find_targets(kDomain, &direct, starttls, kMost, random).targets.front().host];
  }
  CHECK(firsts["d60"] == Approx(draws * 0.6).epsilon(0.05));
  CHECK(firsts["s30"] == Approx(draws * 0.3).epsilon(0.05));
  CHECK(firsts["s10"] == Approx(draws * 0.1).epsilon(0.10));
}

TEST_CASE("only so many targets count", "[stream][targets]") {
  std::vector<dns::SrvRecord> many;
  for (std::uint16_t i = 0; i < 64; ++i) many.push_back({i, 0, 5269, "t" + std::to_string(i)});
  const Search search = find_targets(kDomain, nullptr, records(many), 3, zero);
  CHECK(lines(search) ==
        Lines{"0 t0:5269", "1 t1:5269", "2 t2:5269", "SRV: 64 targets; the first 3 count"});
}

TEST_CASE("a proxy is a host or an address, and perhaps a port", "[stream][targets]") {
  struct Row {
    std::string text;
    std::string target;
  };
  const std::vector<Row> rows{
      {"proxy.example", "proxy.example 5269"},
      {"Proxy.Example", "proxy.example 5269"},
      {"proxy.example:5270", "proxy.example 5270"},
      {"bücher.example:5270", "xn--bcher-kva.example 5270"},
      {"192.0.2.1", "192.0.2.1 5269"},
      {"192.0.2.1:5270", "192.0.2.1 5270"},
      {"2001:db8::1", "[2001:db8::1] 5269"},
      {"[2001:db8::1]", "[2001:db8::1] 5269"},
      {"[2001:db8::1]:5270", "[2001:db8::1] 5270"},
      {"::1", "[::1] 5269"},
      {"proxy.example:", ""},
      {"proxy.example:0", ""},
      {"proxy.example:65536", ""},
      {"proxy.example:x", ""},
      {":5269", ""},
      {"[2001:db8::1", ""},
      {"[2001:db8::1]x", ""},
      {"a b", ""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto target = parse_proxy(row.text);
    CHECK((target.ok() ? target->host + " " + std::to_string(target->port) : "") == row.target);
    if (target.ok()) CHECK_FALSE(target->direct_tls);
  }
}
