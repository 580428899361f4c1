#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace causeway::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs() {
  std::vector<fs::path> files;
  std::istringstream folders(CAUSEWAY_FUZZ_SEEDS);
  for (std::string folder; std::getline(folders, folder, ':');) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What a fuzzer starts from, and what it has found: neither may be found again.
TEST_CASE("seeds and findings of the fuzzer") {
  const std::vector<fs::path> files = inputs();
  REQUIRE(files.size() > 3);
  attempt({});
  for (const fs::path& path : files) {
    CAPTURE(path);
    std::ifstream file(path, std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    CHECK_NOTHROW(attempt(input));
  }
}

}  // namespace
}  // namespace causeway::fuzz
