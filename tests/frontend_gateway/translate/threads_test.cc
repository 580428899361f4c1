#include "frontend_gateway/translate/threads.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::translate;

namespace {

constexpr HashKey kKey{1, 2};
constexpr char kAnn[] = "<sip:ann@x.example>";
constexpr char kBob[] = "<sip:bob@y.example>";

}  // namespace

TEST_CASE("only what looks unique in the world is a Call-ID as it is", "[threads]") {
  struct Row {
    std::string thread;
    bool unique;
  };
  const auto row = GENERATE(values<Row>({
      {"0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48", true},
      {"0e5ac1a63bd14f3e9d8b6a1f0c2d7e48", true},
      {"aX3_kQ9-Lm2pZ7wT1vB4cR", true},
      {"0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48@10.0.0.1", true},
      {"1", false},
      {"", false},
      {"hello-my-long-thread-name", false},         // words, not chance
      {"0e5ac1a63bd14f3e", false},                  // eight bytes
      {"00000000000000000000000000000000", false},  // no chance at all
      {"0e5ac1a6 3bd1-4f3e-9d8b-6a1f0c2d7e48", false},
      {"0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48\r\nVia: x", false},
      {"0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48@", false},
      {"0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48@a@b", false},
      {"0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e4ü", false},
      {"0e5ac1a63bd14f3e9d8b6a1f0c2d7e48" + std::string(97, 'x'), false},
  }));
  INFO(row.thread);
  CHECK(is_unique_call_id(row.thread) == row.unique);
}

TEST_CASE("a unique thread crosses as it is, both ways", "[threads]") {
  Threads threads(kKey);
  const std::string thread = "0e5ac1a6-3bd1-4f3e-9d8b-6a1f0c2d7e48";
  CHECK(threads.call_id(kAnn, kBob, thread) == thread);
  CHECK(threads.thread(thread) == thread);
  CHECK(threads.thread("1-77@10.0.0.9") == "1-77@10.0.0.9");
}

TEST_CASE("another thread is hashed with the pair, and found again", "[threads]") {
  Threads threads(kKey);
  const std::string id = threads.call_id(kAnn, kBob, "1");
  CHECK(id.size() == 32);
  CHECK(is_unique_call_id(id));
  CHECK(threads.thread(id) == "1");
  CHECK(threads.call_id(kAnn, kBob, "1") == id);  // the conversation stays one
  CHECK(threads.call_id(kBob, kAnn, "1") != id);
  CHECK(threads.call_id(kAnn, kBob, "2") != id);
  CHECK(Threads({3, 4}).call_id(kAnn, kBob, "1") != id);
  CHECK(threads.call_id(kAnn, kBob, "").empty());
}

TEST_CASE("a thread can hold anything and its Call-ID is a word", "[threads]") {
  Threads threads(kKey);
  for (const std::string& odd : {std::string("a\r\nb"), std::string("a\0b", 3), std::string("ü")}) {
    const std::string id = threads.call_id(kAnn, kBob, odd);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(threads.thread(id) == odd);
  }
}

TEST_CASE("only so many threads are remembered, the youngest", "[threads]") {
  Threads threads(kKey, 2);
  const std::string first = threads.call_id(kAnn, kBob, "1");
  const std::string second = threads.call_id(kAnn, kBob, "2");
  const std::string third = threads.call_id(kAnn, kBob, "3");
  CHECK(threads.thread(first) == first);
  CHECK(threads.thread(second) == "2");
  CHECK(threads.thread(third) == "3");
  const std::string huge = threads.call_id(kAnn, kBob, std::string(2000, 'a'));
  CHECK(threads.thread(huge) == huge);
}
