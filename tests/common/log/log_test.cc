#include "common/log/log.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace causeway;

namespace {

// Takes what is logged while it lives.
class Captured {
 public:
  Captured(log::Level least, log::Format format) : out_(open_memstream(&text_, &size_)) {
    log::configure(least, format, out_);
  }
  ~Captured() {
    log::configure(log::Level::info, log::Format::text);
    std::fclose(out_);
    std::free(text_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::string text() {
    std::fflush(out_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* out_;
};

}  // namespace

TEST_CASE("the log has a least level and a format", "[log]") {
  Captured captured(log::Level::warning, log::Format::json);
  CHECK_FALSE(log::enabled(log::Level::info));
  CHECK(log::enabled(log::Level::error));
  log::debug("a.b", "Not written.");
  log::info("a.b", "Not written.");
  log::warning("a.b", "Written.", {{"peer", "x"}});
  CHECK_THAT(captured.text(), Catch::StartsWith("{\"time\":\"2") &&
                                  Catch::EndsWith("\"message\":\"Written.\",\"peer\":\"x\"}\n"));
  CHECK_THAT(captured.text(), !Catch::Contains("Not written"));
}

TEST_CASE("lines of many threads do not mix", "[log]") {
  constexpr int kThreads = 8;
  constexpr int kLines = 200;
  Captured captured(log::Level::info, log::Format::text);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([] {
      for (int n = 0; n < kLines; ++n) log::info("a.b", "A line.", {{"end", "true"}});
    });
  for (std::thread& thread : threads) thread.join();

  const std::string text = captured.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == kThreads * kLines);
  int whole = 0;
  for (std::size_t at = 0; (at = text.find("  A line. end=true\n", at)) != std::string::npos; ++at)
    ++whole;
  CHECK(whole == kThreads * kLines);
}
