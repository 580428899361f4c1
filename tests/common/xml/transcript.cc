#include "tests/common/xml/transcript.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "common/xml/writer.h"

namespace causeway::xml {
namespace {

struct Describe {
  std::string operator()(const Opened& opened) const { return "open " + to_string(opened.header); }
  std::string operator()(const Element& element) const { return to_string(element); }
  std::string operator()(const Closed&) const { return "closed"; }
  std::string operator()(const Broken& broken) const {
    return "broken " + std::string(name_of(broken.fault));
  }
};

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::not_well_formed:
      return "not_well_formed";
    case Fault::restricted_xml:
      return "restricted_xml";
    case Fault::unsupported_encoding:
      return "unsupported_encoding";
    case Fault::policy_violation:
      return "policy_violation";
    case Fault::resource_constraint:
      return "resource_constraint";
    case Fault::bad_namespace_prefix:
      return "bad_namespace_prefix";
  }
  return "?";
}

std::string describe(const Event& event) { return "[" + std::visit(Describe{}, event) + "]"; }

std::string transcript(std::string_view bytes, const Limits& limits,
                       const std::function<std::size_t()>& next_size) {
  Parser parser(limits);
  std::string out;
  while (!bytes.empty()) {
    const std::size_t size = std::min(next_size(), bytes.size());
    // A copy of its own, so that a sanitizer sees what is read beyond it.
    parser.feed(std::string(bytes.substr(0, size)));
    bytes.remove_prefix(size);
    while (auto event = parser.next()) out += describe(*event);
  }
  return out;
}

std::string transcript(std::string_view bytes, const Limits& limits) {
  const std::string whole = transcript(bytes, limits, [&] { return bytes.size(); });
  CHECK(transcript(bytes, limits, [] { return std::size_t{1}; }) == whole);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::minstd_rand random(seed);
    std::uniform_int_distribution<std::size_t> sizes(1, seed < 3 ? 8 : 300);
    CHECK(transcript(bytes, limits, [&] { return sizes(random); }) == whole);
  }
  return whole;
}

}  // namespace causeway::xml
