#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/common/xml/transcript.h"

namespace causeway::xml {
namespace {

namespace fs = std::filesystem;

// Never reached here: which of two faults comes first may depend on the pieces when one of them is
// that there is too much.
constexpr Limits kUnlimited{.stanza_bytes = 1 << 20,
                            .stanza_elements = 1 << 20,
                            .depth = 1 << 20,
                            .attributes = 1 << 20,
                            .parser_memory = 64 << 20};

std::vector<std::string> streams() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(CAUSEWAY_TEST_DATA) / "xml")) {
    if (entry.path().extension() == ".xml" && entry.file_size() < 2000)
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());  // so that the seed decides
  std::vector<std::string> out;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return out;
}

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

  std::string operator()(std::string text, const std::string& other) {
    static constexpr std::string_view kTokens[] = {
        "<",    ">",     "/>",       "</",           "'",   "\"",   "=",    "&",
        ";",    "&amp;", "&#x41;",   "<![CDATA[",    "]]>", "]",    "<!",   "<?",
        "?>",   "<!--",  "xmlns=''", "xmlns:a='u'",  "a:",  " ",    "\n",   "\r",
        "\x01", "\xC3",  "\xE2\x82", "\xEF\xBB\xBF", "<a>", "</a>", "<b/>", "</stream:stream>"};
    for (std::size_t i = 1 + below(4); i > 0; --i) {
      const std::size_t at = below(text.size() + 1);
      switch (below(5)) {
        case 0:
          text.insert(at, kTokens[below(std::size(kTokens))]);
          break;
        case 1:
          text.erase(at, 1 + below(8));
          break;
        case 2:
          if (at < text.size()) text[at] = static_cast<char>(below(256));
          break;
        case 3:
          text.insert(at, text.substr(below(text.size() + 1), below(60)));
          break;
        default:
          text.replace(at, below(40), other, below(other.size()), below(60));
          break;
      }
    }
    return text;
  }

 private:
  std::minstd_rand random_;
};

TEST_CASE("attack 21: mutated streams end the same way however they are cut") {
  const std::vector<std::string> seeds = streams();
  REQUIRE(seeds.size() > 80);
  Mutator mutate(2026);
  for (int i = 0; i < 3'000; ++i) {
    const std::string text =
        mutate(seeds[mutate.below(seeds.size())], seeds[mutate.below(seeds.size())]);
    INFO(text);
    transcript(text, kUnlimited);
  }
}

}  // namespace
}  // namespace causeway::xml
