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

struct Row {
  int number;
  v1::Negotiation tls, sasl;
  bool dialback;
  char status;  // valid, accepted with a Warning, or X
  std::vector<Method> methods;
  std::string_view says;  // in its warning or error
};

const std::vector<Row> kRows = {
    {1, v1::REQUIRED, v1::REQUIRED, true, 'W', {kSasl}, "dialback does not operate"},
    {2, v1::REQUIRED, v1::REQUIRED, false, 'V', {kSasl}, ""},
    {3, v1::OPTIONAL, v1::REQUIRED, true, 'W', {kSasl, kTls, kTcp}, "SASL needs TLS"},
    {4, v1::OPTIONAL, v1::REQUIRED, false, 'W', {kSasl}, "SASL needs TLS"},
    {5, v1::NOT_SUPPORTED, v1::REQUIRED, true, 'W', {kTcp}, "SASL needs TLS"},
    {6, v1::NOT_SUPPORTED, v1::REQUIRED, false, 'X', {}, "TLS is not supported"},
    {7, v1::REQUIRED, v1::OPTIONAL, true, 'V', {kSasl, kTls}, ""},
    {8, v1::REQUIRED, v1::OPTIONAL, false, 'V', {kSasl}, ""},
    {9, v1::OPTIONAL, v1::OPTIONAL, true, 'W', {kSasl, kTls, kTcp}, "SASL needs TLS"},
    {10, v1::OPTIONAL, v1::OPTIONAL, false, 'W', {kSasl}, "SASL needs TLS"},
    {11, v1::NOT_SUPPORTED, v1::OPTIONAL, true, 'W', {kTcp}, "SASL needs TLS"},
    {12, v1::NOT_SUPPORTED, v1::OPTIONAL, false, 'X', {}, "SASL needs TLS"},
    {13, v1::REQUIRED, v1::NOT_SUPPORTED, true, 'V', {kTls}, ""},
    {14, v1::REQUIRED, v1::NOT_SUPPORTED, false, 'X', {}, "SASL or dialback must be enabled"},
    {15, v1::OPTIONAL, v1::NOT_SUPPORTED, true, 'V', {kTls, kTcp}, ""},
    {16, v1::OPTIONAL, v1::NOT_SUPPORTED, false, 'X', {}, "SASL or dialback must be enabled"},
    {17, v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, true, 'V', {kTcp}, ""},
    {18, v1::NOT_SUPPORTED, v1::NOT_SUPPORTED, false, 'X', {}, "SASL or dialback must be enabled"},
};

}  // namespace

TEST_CASE("the 18 rows of the negotiation matrix", "[federation][negotiation]") {
  const Row row = GENERATE(from_range(kRows));
  INFO("row " << row.number);
  const federation::Verdict verdict = federation::judge(row.tls, row.sasl, row.dialback);
  CHECK(verdict.methods == row.methods);
  CHECK(verdict.errors.size() == (row.status == 'X' ? 1 : 0));
  CHECK(verdict.warnings.size() == (row.status == 'W' ? 1 : 0));
  for (const auto sentence : verdict.errors)
    CHECK(sentence.find(row.says) != std::string_view::npos);
  for (const auto sentence : verdict.warnings)
    CHECK(sentence.find(row.says) != std::string_view::npos);
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
