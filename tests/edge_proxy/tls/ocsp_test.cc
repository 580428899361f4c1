// OCSP responses, stapled for clients that ask.

#include "edge_proxy/tls/ocsp.h"

#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

#include "edge_proxy/tls/context.h"
#include "edge_proxy/tls/native.h"
#include "tests/edge_proxy/tls/openssl_client.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway::edge::tls;
using namespace causeway::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kDay = 86'400;

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct World {
  TemporaryDirectory directory;
  Authority ca{directory.path(), "Test CA"};
  CertificateFiles files = ca.issue({.dns = {"contoso.example"}});
  CertificateFiles other = ca.issue({.dns = {"northwind.example"}});
  std::string response = ca.ocsp_response(files);

  std::shared_ptr<const Context> load(const std::string& staple) {
    return Context::load({.certificate = files.certificate_file,
                          .private_key = files.private_key_file,
                          .trust_anchors = ca.certificate_file(),
                          .ocsp_response = staple})
        .value();
  }
};

}  // namespace

TEST_CASE("a client that asks is given the OCSP response", "[tls][ocsp][openssl]") {
  World w;
  const auto with = w.load(w.response);
  const auto without = w.load("");
  CHECK(with->warnings().empty());
  for (const std::string version : {"-tls1_3", "-tls1_2"}) {
    INFO(version);
    const OpensslClient asking = connect_openssl(with, {version, "-status"});
    CHECK_THAT(asking.log, Contains("OCSP Response Status: successful (0x0)"));
    CHECK_THAT(asking.log, Contains("Cert Status: good"));
    const OpensslClient silent = connect_openssl(with, {version});
    CHECK_THAT(silent.log, !Contains("OCSP Response Status"));
    const OpensslClient in_vain = connect_openssl(without, {version, "-status"});
    CHECK_THAT(in_vain.log, Contains("OCSP response: no response sent"));
  }
}

TEST_CASE("each certificate has its own OCSP response", "[tls][ocsp][openssl]") {
  World w;
  const auto context =
      Context::load({.certificate = w.other.certificate_file,
                     .private_key = w.other.private_key_file,
                     .trust_anchors = w.ca.certificate_file(),
                     .additional_certificates = {{w.files.certificate_file,
                                                  w.files.private_key_file, w.response}}})
          .value();
  const OpensslClient first = connect_openssl(context, {"-status", "-servername", "x.example"});
  CHECK_THAT(first.log, Contains("OCSP response: no response sent"));
  const OpensslClient second =
      connect_openssl(context, {"-status", "-servername", "contoso.example"});
  CHECK_THAT(second.log, Contains("Cert Status: good"));
}

TEST_CASE("responses that help nobody are warned about and not stapled", "[tls][ocsp][openssl]") {
  World w;
  w.ca.revoke(w.files, std::chrono::sys_days(std::chrono::year(2025) / 1 / 2));
  struct Row {
    std::string file, warning;
  };
  const std::string torn = contents(w.response).substr(0, 200);
  const std::vector<Row> rows{
      {w.directory.write("empty", ""), "is no OCSP response in DER"},
      {w.directory.write("prose", "good"), "is no OCSP response in DER"},
      {w.directory.write("torn", torn), "is no OCSP response in DER"},
      {w.directory.write("trailer", contents(w.response) + "x"), "is no OCSP response in DER"},
      {w.directory.write("trylater", std::string("\x30\x03\x0a\x01\x03", 5)),
       "is no OCSP response in DER"},
      {w.files.certificate_file, "is no OCSP response in DER"},
      {w.ca.ocsp_response(w.other), "is about another certificate"},
      {w.ca.ocsp_response(w.files), "does not say that the certificate is good"},
  };
  for (const Row& row : rows) {
    INFO(row.warning);
    const auto context = w.load(row.file);
    CHECK(context->warnings() == std::vector<std::string>{row.file + ": " + row.warning});
    const OpensslClient client = connect_openssl(context, {"-status"});
    CHECK_THAT(client.log, Contains("OCSP response: no response sent"));
  }
}

TEST_CASE("a response has its time", "[tls][ocsp]") {
  World w;
  const auto context = w.load(w.response);
  const x509_st& leaf = *context->native().own.front().leaf;
  const std::string der = contents(w.response);
  const std::int64_t now = std::time(nullptr);
  CHECK(staple_problem(der, leaf, now) == std::nullopt);
  CHECK_THAT(staple_problem(der, leaf, now + 2 * kDay).value_or(""),
             Contains("was to be renewed on "));
  CHECK_THAT(staple_problem(der, leaf, now - kDay).value_or(""), Contains("is not valid before "));
  CHECK(context->warnings(now + 2 * kDay).size() == 1);
}

TEST_CASE("no mutilation of a response is taken for one or does harm", "[tls][ocsp]") {
  World w;
  const auto context = w.load("");
  const x509_st& leaf = *context->native().own.front().leaf;
  const std::string der = contents(w.response);
  const std::int64_t now = std::time(nullptr);
  for (std::size_t size = 0; size < der.size(); ++size) {
    CHECK(staple_problem(der.substr(0, size), leaf, now));
  }
  for (std::size_t at = 0; at < der.size(); ++at) {
    std::string changed = der;
    changed[at] = static_cast<char>(changed[at] ^ 0x80);
    (void)staple_problem(changed, leaf, now);
  }
}
