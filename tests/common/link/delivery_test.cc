#include "common/link/delivery.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace causeway::link {
namespace {

struct Record : Settler {
  std::vector<std::string> said;
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) override {
    said.push_back(std::to_string(sequence) +
                   (refusal ? " " + v1::StanzaCondition_Name(refusal->condition()) : ""));
  }
};

TEST_CASE("a receipt says once what became of its stanza") {
  const auto record = std::make_shared<Record>();
  {
    Receipt taken(record, 1);
    taken.taken();
    taken.taken();
    v1::StanzaError error;
    error.set_condition(v1::GONE);
    Receipt refused(record, 2);
    refused.refused(error);
    refused.taken();
  }
  CHECK(record->said == std::vector<std::string>{"1", "2 GONE"});
}

TEST_CASE("a receipt that is dropped or overwritten refuses, and one moved from does not") {
  const auto record = std::make_shared<Record>();
  {
    Receipt first(record, 1);
    Receipt second(record, 2);
    second = std::move(first);
    CHECK(record->said == std::vector<std::string>{"2 INTERNAL_SERVER_ERROR"});
    Receipt third = std::move(second);
    Receipt none;
  }
  CHECK(record->said ==
        std::vector<std::string>{"2 INTERNAL_SERVER_ERROR", "1 INTERNAL_SERVER_ERROR"});
}

}  // namespace
}  // namespace causeway::link
