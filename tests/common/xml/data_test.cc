#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/common/xml/transcript.h"

namespace causeway::xml {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(CAUSEWAY_TEST_DATA) / "xml";

constexpr Limits kLimits{.stanza_bytes = 16 << 10,
                         .stanza_elements = 1000,
                         .depth = 20,
                         .attributes = 20,
                         .parser_memory = 1 << 20};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("good streams") {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(kData / "good")) {
    INFO(entry.path());
    const std::string events = transcript(contents(entry.path()), kLimits);
    CHECK(events.substr(0, 6) == "[open ");
    CHECK(events.find("[broken") == std::string::npos);
    ++files;
  }
  CHECK(files > 30);
}

TEST_CASE("bad streams") {
  for (const Fault fault :
       {Fault::not_well_formed, Fault::restricted_xml, Fault::unsupported_encoding,
        Fault::policy_violation, Fault::bad_namespace_prefix}) {
    const std::string expected = "[broken " + std::string(name_of(fault)) + "]";
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(kData / "bad" / name_of(fault))) {
      INFO(entry.path());
      const std::string events = transcript(contents(entry.path()), kLimits);
      CHECK(events.substr(events.rfind("[broken") == std::string::npos
                              ? 0
                              : events.rfind("[broken")) == expected);
      ++files;
    }
    CHECK(files >= 8);
  }
}

}  // namespace
}  // namespace causeway::xml
