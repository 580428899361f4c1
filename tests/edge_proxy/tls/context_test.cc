#include "edge_proxy/tls/context.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/certificates/certificates.h"
#include "tests/support/process/process.h"
#include "tests/support/process/temporary_directory.h"

using causeway::edge::tls::Context;
using namespace causeway::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string contents(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string message(const absl::StatusOr<std::shared_ptr<const Context>>& loaded) {
  return loaded.ok() ? "ok" : std::string(loaded.status().message());
}

}  // namespace

TEST_CASE("a certificate of each kind of key is loaded", "[tls][context]") {
  const TemporaryDirectory directory;
  Authority ca(directory.path(), "Test CA");
  for (const std::string key :
       {"ec:prime256v1", "ec:secp384r1", "ec:secp521r1", "rsa:2048", "ed25519"}) {
    INFO(key);
    const CertificateFiles files = ca.issue({.dns = {"contoso.example"}, .key = key});
    const auto loaded = Context::load({.certificate = files.certificate_file,
                                       .private_key = files.private_key_file,
                                       .trust_anchors = ca.certificate_file()});
    CHECK(message(loaded) == "ok");
    if (loaded.ok()) CHECK((*loaded)->warnings().empty());
  }
}

TEST_CASE("the system's trust anchors are loaded", "[tls][context]") {
  const std::string bundle = "/etc/ssl/certs/ca-certificates.crt";
  if (!std::ifstream(bundle)) return;
  const TemporaryDirectory directory;
  const CertificateFiles files = self_signed(directory.path(), {});
  CHECK(message(Context::load({.certificate = files.certificate_file,
                               .private_key = files.private_key_file,
                               .trust_anchors = bundle})) == "ok");
}

TEST_CASE("what cannot be loaded is named, with the reason", "[tls][context]") {
  const TemporaryDirectory directory;
  Authority ca(directory.path(), "Test CA");
  const CertificateFiles good = ca.issue({});
  const CertificateFiles other = ca.issue({});
  const std::string& anchors = ca.certificate_file();
  const std::string missing = directory.path() / "missing.pem";
  const std::string empty = directory.write("empty.pem", "");
  const std::string prose = directory.write("prose.pem", "This is no PEM.\n");
  const std::string torn = directory.write(
      "torn.pem", contents(good.certificate_file) +
                      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const std::string locked = directory.path() / "locked.key";
  run_program({"openssl", "pkey", "-in", good.private_key_file, "-aes256", "-passout",
               "pass:secret", "-out", locked});

  struct Row {
    std::string certificate, key, anchors, file, reason;
  };
  const std::vector<Row> rows{
      {missing, good.private_key_file, anchors, missing, "No such file"},
      {directory.path(), good.private_key_file, anchors, directory.path(), "cannot be read"},
      {empty, good.private_key_file, anchors, empty, "no certificate"},
      {prose, good.private_key_file, anchors, prose, "no certificate"},
      {torn, good.private_key_file, anchors, torn, "certificate 2 cannot be read"},
      {good.certificate_file, missing, anchors, missing, "No such file"},
      {good.certificate_file, prose, anchors, prose, "no private key"},
      {good.certificate_file, locked, anchors, locked, "encrypted"},
      {good.certificate_file, other.private_key_file, anchors, other.private_key_file,
       "is not the key of"},
      {good.certificate_file, good.private_key_file, missing, missing, "No such file"},
      {good.certificate_file, good.private_key_file, empty, empty, "no certificate"},
  };
  for (const Row& row : rows) {
    const std::string said = message(Context::load(
        {.certificate = row.certificate, .private_key = row.key, .trust_anchors = row.anchors}));
    CHECK_THAT(said, StartsWith(row.file + ": ") && Contains(row.reason));
  }
}

TEST_CASE("what works but should not last is a warning", "[tls][context]") {
  const TemporaryDirectory directory;
  Authority ca(directory.path(), "Test CA");
  const std::chrono::sys_seconds past = std::chrono::sys_days(std::chrono::year(2021) / 3 / 4);
  const std::chrono::sys_seconds future = std::chrono::sys_days(std::chrono::year(2049) / 5 / 6);
  struct Row {
    CertificateRequest request;
    std::string warning;
  };
  const std::vector<Row> rows{
      {{.not_before = past - 24h, .not_after = past}, "certificate expired on 2021-03-04"},
      {{.not_before = future, .not_after = future + 24h},
       "certificate is not valid before 2049-05-06"},
      {{.eku = {"clientAuth"}}, "certificate may not authenticate a server"},
  };
  for (const Row& row : rows) {
    const CertificateFiles files = ca.issue(row.request);
    const auto loaded = Context::load({.certificate = files.certificate_file,
                                       .private_key = files.private_key_file,
                                       .trust_anchors = ca.certificate_file()});
    REQUIRE(message(loaded) == "ok");
    CHECK((*loaded)->warnings() ==
          std::vector<std::string>{files.certificate_file + ": " + row.warning});
  }
}
