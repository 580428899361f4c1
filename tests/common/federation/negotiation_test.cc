#include "common/federation/negotiation.h"

#include <catch2/catch.hpp>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

using namespace causeway;
using federation::Method;

namespace {

constexpr auto kSasl = Method::sasl_over_tls;
constexpr auto kTls = Method::tls_dialback;
constexpr auto kTcp = Method::tcp_dialback;

// Lync Server 2013's "Negotiation settings for XMPP federated partners", the second table.
constexpr std::string_view kInert = "dialback does not operate when both TLS and SASL are required";
constexpr std::string_view kNeedsTls =
    "SASL needs TLS: while TLS is not required, the negotiation of a session may fail";
constexpr std::string_view kTlsIsOff =
    "SASL needs TLS, and TLS is not supported; TCP dialback is off too, so no method is left";
constexpr std::string_view kOneOfBoth = "SASL or dialback must be enabled";

using Sentences = std::vector<std::string_view>;

struct Row {
  int number;
  v1::Negotiation tls, sasl;
  bool dialback;
  char status;  // valid, accepted with a Warning, or X
  std::vector<Method> methods;
  Sentences warnings;
  Sentences errors;
};

const std::vector<Row> kRows = {
    {1, v1::REQUIRED, v1::REQUIRED, true, 'W', {kSasl}, {kInert}, {}},
    {2, v1::REQUIRED, v1::REQUIRED, false, 'V', {kSasl}, {}, {}},
    {3, v1::OPTIONAL, v1::REQUIRED, true, 'W', {kSasl, kTls, kTcp}, {kNeedsTls}, {}},
    {4, v1::OPTIONAL, v1::REQUIRED, false, 'W', {kSasl}, {kNeedsTls}, {}},
    {5, v1::NOT_SUPPORTED, v1::REQUIRED, true, 'W', {kTcp}, {kNeedsTls}, {}},
    {6, v1::NOT_SUPPORTED, v1::REQUIRED, false, 'X', {}, {}, {kTlsIsOff}},
    {7, v1::REQUIRED, v1::OPTIONAL, true, 'V', {kSasl, kTls}, {}, {}},
    {8, v1::REQUIRED, v1::OPTIONAL, false, 'V', {kSasl}, {}, {}},
    {9, v1::OPTIONAL, v1::OPTIONAL, true, 'W', {kSasl, kTls, kTcp}, {kNeedsTls}, {}},
    {10, v1::OPTIONAL, v1::OPTIONAL, false, 'W', {kSasl}, {kNeedsTls}, {}},
    {11, v1::NOT_SUPPORTED, v1::OPTIONAL, true, 'W', {kTcp}, {kNeedsTls}, {}},
    {12, v1::NOT_SUPPORTED, v1::OPTIONAL, false, 'X', {}, {kNeedsTls}, {kTlsIsOff}},
    {13, v1::REQUIRED, v1::NOT_SUPPORTED, true, 'V', {kTls}, {}, {}},
    {14, v1::REQUIRED, v1::NOT_SUPPORTED, false, 'X', {}, {}, {kOneOfBoth}},
    {15, v1::OPTIONAL, v1::NOT_SUPPORTED, true, 'V', {kTls, kTcp}, {}, {}},
    {16, v1::OPTIONAL, v1::NOT_SUPPORTED, false, 'X', {}, {}, {kOneOfBoth}},
    {17, v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, true, 'V', {kTcp}, {}, {}},
    {18, v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, false, 'X', {}, {}, {kOneOfBoth}},
};

}  // namespace

TEST_CASE("the 18 rows of the negotiation matrix", "[federation][negotiation]") {
  const Row row = GENERATE(from_range(kRows));
  INFO("row " << row.number);
  const federation::Verdict verdict = federation::judge(row.tls, row.sasl, row.dialback);
  CHECK(verdict.methods == row.methods);
  CHECK(verdict.warnings == row.warnings);
  CHECK(verdict.errors == row.errors);
  const char status = !verdict.errors.empty() ? 'X' : !verdict.warnings.empty() ? 'W' : 'V';
  CHECK(status == row.status);
  CHECK(verdict.methods.empty() == (row.status == 'X'));
}

TEST_CASE("the rows are all there are", "[federation][negotiation]") {
  std::set<std::tuple<int, int, bool>> combinations;
  for (const Row& row : kRows) combinations.insert({row.tls, row.sasl, row.dialback});
  CHECK(combinations.size() == 18);
}

TEST_CASE("a partner is judged by its three settings", "[federation][negotiation]") {
  v1::Partner partner;
  partner.set_tls(v1::REQUIRED);
  partner.set_sasl(v1::OPTIONAL);
  partner.set_dialback(true);
  const federation::Verdict verdict = federation::judge(partner);
  CHECK(verdict.allows(kSasl));
  CHECK(verdict.allows(kTls));
  CHECK_FALSE(verdict.allows(kTcp));
}
