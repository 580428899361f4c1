// Revocation lists, and anchors that belong to one partner.

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using asio::awaitable;
using namespace causeway::edge::tls;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

const std::chrono::sys_seconds kRevoked = std::chrono::sys_days(std::chrono::year(2025) / 1 / 2);
const std::chrono::sys_seconds kLater = std::chrono::sys_days(std::chrono::year(2049) / 1 / 1);
const std::chrono::sys_seconds kPast = std::chrono::sys_days(std::chrono::year(2021) / 3 / 4);

std::string contents(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct World {
  TemporaryDirectory directory;
  Authority ca{directory.path(), "Test CA"};
  Authority between{directory.path(), "Between", &ca};
  Authority namesake{directory.path(), "Test CA"};  // another key
  CertificateFiles own = ca.issue({.dns = {"contoso.example"}});
  CertificateFiles leaf = between.issue({.dns = {"fabrikam.example"}});

  std::shared_ptr<const Context> us(const std::string& lists) {
    return Context::load({.certificate = own.certificate_file,
                          .private_key = own.private_key_file,
                          .trust_anchors = ca.certificate_file(),
                          .revocation_lists = lists})
        .value();
  }
  std::shared_ptr<const Context> peer(const CertificateFiles& files) {
    return Context::load({.certificate = files.certificate_file,
                          .private_key = files.private_key_file,
                          .trust_anchors = ca.certificate_file()})
        .value();
  }
  // One file of several lists.
  std::string together(const std::vector<std::string>& files) {
    std::string text;
    for (const std::string& file : files) text += contents(file);
    return directory.write("lists.pem", text);
  }
  // What is wrong with the leaf, both ways; "" for nothing.
  std::string problem(const std::string& lists) {
    const Seen seen = see(us(lists), peer(leaf));
    CHECK(seen.inbound.problem == seen.outbound.problem);
    CHECK(seen.inbound.trusted == seen.inbound.problem.empty());
    return seen.inbound.problem;
  }
};

}  // namespace

TEST_CASE("what a list of its issuer names is refused, wherever it is in the path",
          "[tls][revocation]") {
  const auto signer = GENERATE(Authority::Signer::name, Authority::Signer::key_identifier);
  World w;
  const auto list = [signer](Authority& of) { return of.revocation_list(kLater, signer); };
  const std::string ca_empty = list(w.ca);
  const std::string between_empty = list(w.between);
  CHECK(w.problem("") == "");
  CHECK(w.problem(w.together({ca_empty, between_empty})) == "");
  w.between.revoke(w.leaf, kRevoked);
  const std::string leaf_revoked = list(w.between);
  CHECK(w.problem(w.together({ca_empty, leaf_revoked})) == "certificate was revoked on 2025-01-02");
  w.ca.revoke({w.between.certificate_file(), ""}, kRevoked);
  CHECK(w.problem(w.together({list(w.ca), between_empty})) ==
        "certificate was revoked on 2025-01-02 (authority CN=Between)");
}

TEST_CASE("an authority without a list has revoked nothing that we know of", "[tls][revocation]") {
  World w;
  w.between.revoke(w.leaf, kRevoked);
  CHECK(w.problem(w.ca.revocation_list()) == "");
  CHECK(w.problem(w.between.revocation_list()) == "certificate was revoked on 2025-01-02");
}

TEST_CASE("a list past its term still counts, and is warned about", "[tls][revocation]") {
  World w;
  w.between.revoke(w.leaf, kRevoked);
  const std::string old = w.between.revocation_list(kPast);
  CHECK(w.problem(old) == "certificate was revoked on 2025-01-02");
  CHECK(w.us(old)->warnings() ==
        std::vector<std::string>{
            old + ": revocation list of CN=Between was to be renewed on 2021-03-04"});
  const std::string fresh = w.ca.revocation_list();
  const auto context = w.us(fresh);
  CHECK(context->warnings().empty());
  const auto in_40_days = context->warnings(std::time(nullptr) + 40 * 86'400);
  REQUIRE(in_40_days.size() == 2);  // our certificate has ended by then as well
  CHECK_THAT(in_40_days[0], Catch::Contains("was to be renewed on"));
}

TEST_CASE("an old list that names nobody makes nobody suspect", "[tls][revocation]") {
  World w;
  CHECK(w.problem(w.together({w.ca.revocation_list(kPast), w.between.revocation_list(kPast)})) ==
        "");
}

TEST_CASE("a list that its issuer did not sign makes what it is about untrusted",
          "[tls][revocation]") {
  World w;
  const CertificateFiles direct = w.ca.issue({.dns = {"fabrikam.example"}});
  const std::string forged = w.namesake.revocation_list();
  const Seen seen = see(w.us(forged), w.peer(direct));
  CHECK_FALSE(seen.inbound.trusted);
  CHECK(seen.inbound.problem == "certificate: CRL signature failure");
}

TEST_CASE("a list of another key of the issuer's is about those that it names",
          "[tls][revocation]") {
  World w;
  const CertificateFiles direct = w.ca.issue({.dns = {"fabrikam.example"}});
  const auto problem = [&] {
    const std::string list = w.namesake.revocation_list(kLater, Authority::Signer::key_identifier);
    return see(w.us(list), w.peer(direct)).inbound.problem;
  };
  CHECK(problem() == "");
  w.namesake.revoke(direct, kRevoked);
  CHECK(problem() == "certificate was revoked on 2025-01-02");
}

TEST_CASE("lists that cannot be read are mistakes", "[tls][revocation]") {
  World w;
  const std::string prose = w.directory.write("prose.pem", "This is no PEM.\n");
  const std::string torn =
      w.directory.write("torn.pem", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
  const std::string empty = w.directory.write("empty.pem", "");
  for (const auto& [file, reason] : std::vector<std::pair<std::string, std::string>>{
           {prose, ": holds no revocation list in PEM"},
           {torn, ": revocation list 1 cannot be read"},
           {empty, ": holds no revocation list in PEM"},
           {w.own.certificate_file, ": holds no revocation list in PEM"}}) {
    const auto loaded = Context::load({.certificate = w.own.certificate_file,
                                       .private_key = w.own.private_key_file,
                                       .trust_anchors = w.ca.certificate_file(),
                                       .revocation_lists = file});
    REQUIRE_FALSE(loaded.ok());
    CHECK(std::string(loaded.status().message()) == file + reason);
  }
}

// --- A partner's own ---

namespace {

std::shared_ptr<const Anchors> parse(const std::string& file, const std::string& lists = {}) {
  const std::string text = contents(file);
  const std::string list = lists.empty() ? "" : contents(lists);
  return Anchors::parse({.certificates = text, .revocation_lists = list}).value();
}

}  // namespace

TEST_CASE("a partner's own anchors replace the others", "[tls][anchors]") {
  World w;
  Authority own(w.directory.path(), "Fabrikam CA");
  const CertificateFiles of_own = own.issue({.dns = {"fabrikam.example"}});
  const CertificateFiles pinned = self_signed(w.directory.path(), {.dns = {"fabrikam.example"}});
  struct Row {
    std::string what;
    CertificateFiles shown;
    std::shared_ptr<const Anchors> anchors;
    std::string before, after;
  };
  own.revoke(of_own, kRevoked);
  const std::string unknown = "certificate comes from an unknown authority (CN=Fabrikam CA)";
  const std::vector<Row> rows{
      {"its own authority", of_own, parse(own.certificate_file()), unknown, ""},
      {"one certificate, pinned", pinned, parse(pinned.certificate_file),
       "certificate is self-signed", ""},
      {"a public authority does not count any longer", w.leaf, parse(own.certificate_file()), "",
       "certificate comes from an unknown authority (CN=Test CA)"},
      {"another pin", pinned, parse(own.certificate_file()), "certificate is self-signed",
       "certificate is self-signed"},
      {"nobody", w.leaf, Anchors::none(), "",
       "certificate comes from an unknown authority (CN=Test CA)"},
      {"its own authority's list", of_own, parse(own.certificate_file(), own.revocation_list()),
       unknown, "certificate was revoked on 2025-01-02"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const bool inbound = GENERATE(true, false);
    asio::io_context io;
    Pair pair = connected_pair(io.get_executor());
    const auto us = w.us("");
    const auto peer = w.peer(row.shown);
    run(io, inbound ? secure(pair, peer, us) : secure(pair, us, peer));
    Transport& ours = inbound ? pair.server : pair.client;
    CHECK(ours.peer_certificate().problem == row.before);
    ours.verify_against(row.anchors.get());
    CHECK(ours.peer_certificate().problem == row.after);
    CHECK(ours.peer_certificate().trusted == row.after.empty());
    CHECK(ours.peer_certificate().dns_ids == std::vector<std::string>{"fabrikam.example"});
    ours.forget_chain();
    CHECK(ours.peer_certificate().trusted == row.after.empty());
  }
}

TEST_CASE("a certificate that is known by itself can be revoked by who issued it",
          "[tls][anchors]") {
  const auto signer = GENERATE(Authority::Signer::name, Authority::Signer::key_identifier);
  World w;
  const CertificateFiles pinned = w.ca.issue({.dns = {"fabrikam.example"}});
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, secure(pair, w.peer(pinned), w.us("")));
  const auto problem = [&] {
    const auto anchors = parse(pinned.certificate_file, w.ca.revocation_list(kLater, signer));
    pair.server.verify_against(anchors.get());
    return pair.server.peer_certificate().problem;
  };
  CHECK(problem() == "");  // though the list's signature cannot be checked
  w.ca.revoke(w.leaf, kRevoked);
  CHECK(problem() == "");
  w.ca.revoke(pinned, kRevoked);
  CHECK(problem() == "certificate was revoked on 2025-01-02");
  pair.server.verify_against(nullptr);
  CHECK(pair.server.peer_certificate().trusted);
}

TEST_CASE("anchors matter to nobody who shows nothing", "[tls][anchors]") {
  World w;
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  pair.server.verify_against(Anchors::none().get());
  pair.server.forget_chain();
  const auto bare =
      Context::load(
          {.certificate = "", .private_key = "", .trust_anchors = w.ca.certificate_file()})
          .value();
  run(io, secure(pair, bare, w.us("")));
  pair.server.verify_against(Anchors::none().get());
  CHECK_FALSE(pair.server.peer_certificate().present);
}

TEST_CASE("anchors that cannot be read are a mistake with a reason", "[tls][anchors]") {
  const auto message = [](std::string_view certificates, std::string_view lists) {
    return std::string(Anchors::parse({.certificates = certificates, .revocation_lists = lists})
                           .status()
                           .message());
  };
  CHECK(message("", "") == "trust_anchors: holds no certificate in PEM");
  World w;
  const std::string good = contents(w.ca.certificate_file());
  CHECK(message(good, "nothing") == "revocation_lists: holds no revocation list in PEM");
}
