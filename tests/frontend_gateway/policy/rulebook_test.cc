#include "frontend_gateway/policy/rulebook.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/frontend_gateway/policy/rules.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;

namespace {

struct Reader {
  std::vector<std::size_t> partners;  // how many there were at each change
  policy::Rulebook book{
      {}, {}, [this](const policy::Rules& rules) { partners.push_back(rules.partners.size()); }};
};

store::Change partner(const std::string& domain, v1::PartnerType type) {
  return {store::Partner{partner_of(domain, type), ""}, false};
}

}  // namespace

TEST_CASE("each change of the rules is told", "[policy]") {
  Reader reader;
  CHECK(reader.partners.empty());

  reader.book.rows_changed(
      std::vector{partner("a.example", v1::FEDERATED), partner("b.example", v1::FEDERATED)});
  reader.book.rows_changed(std::vector{partner("a.example", v1::PUBLIC_VERIFIED)});
  CHECK(reader.book.rules().partners[0].type() == v1::PUBLIC_VERIFIED);
  store::Change gone = partner("b.example", v1::FEDERATED);
  gone.remove = true;
  reader.book.rows_changed(std::vector{gone, gone});

  config::Config file;
  file.partners = {partner_of("c.example", v1::FEDERATED)};
  reader.book.file_changed(file);
  reader.book.rows_changed(store::Administration{});
  CHECK(reader.partners == std::vector<std::size_t>{2, 2, 1, 2, 1});
  CHECK(reader.book.rows().partners.empty());
  CHECK(reader.book.file().partners.size() == 1);
}

TEST_CASE("what users do is no rule", "[policy]") {
  Reader reader;
  reader.book.rows_changed(std::vector<store::Change>{
      {store::Contact{"a@b", "c@d", store::Contact::By::message, {}}, false}});
  CHECK(reader.partners == std::vector<std::size_t>{0});
}

TEST_CASE("rules as they would be", "[policy]") {
  Reader reader;
  CHECK(reader.book.with({partner("a.example", v1::FEDERATED)}).rules.partners.size() == 1);
  CHECK(reader.book.rules().partners.empty());
  CHECK(reader.partners.empty());
}
