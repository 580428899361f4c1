// How many stanzas a second both ends of the link carry, one way and both ways, in one process on
// loopback. Not a test: `link_bench [stanzas]` prints a table.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "edge_proxy/link/gateways.h"
#include "frontend_gateway/link/edges.h"
#include "tests/link/organisation.h"

namespace causeway::test {
namespace {

using Seconds = std::chrono::duration<double>;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval time) { return time.tv_sec + time.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

v1::Stanza message(int number) {
  v1::Stanza stanza;
  stanza.set_id(std::to_string(number));
  stanza.mutable_from()->set_local("juliet");
  stanza.mutable_from()->set_domain("fabrikam.example");
  stanza.mutable_from()->set_resource("balcony");
  stanza.mutable_to()->set_local(absl::StrCat("romeo", number % 100));
  stanza.mutable_to()->set_domain("contoso.example");
  stanza.mutable_message()->set_type(v1::Message::CHAT);
  stanza.mutable_message()->add_bodies()->set_text(std::string(100, 'x'));
  return stanza;
}

class Bench {
 public:
  Bench()
      : edge_(organisation_.edge(), {.deliver = take(to_edge_), .returned = {}, .configure = {}}) {
    if (!edge_.start().ok()) std::abort();
    gateway_ = std::make_unique<gateway::link::Edges>(
        organisation_.gateway(edge_.port()), [](std::function<void()> work) { work(); },
        gateway::link::Edges::Handlers{.deliver = take(to_gateway_), .stream_event = {}});
    gateway_->start();
    run("warm-up", 1000, 1000, 1);
  }

  // `in_flight` bounds what each direction has under way, as a sender that waits for answers does.
  void run(const char* name, int out, int in, int in_flight) {
    to_gateway_ = to_edge_ = 0;
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    for (int sent_out = 0, sent_in = 0; sent_out < out || sent_in < in;) {
      const bool more_out = sent_out < out && sent_out - to_gateway_ < in_flight;
      const bool more_in = sent_in < in && sent_in - to_edge_ < in_flight;
      if (more_out) edge_.submit(message(sent_out++));
      if (more_in) gateway_->submit(message(sent_in++), {});
      if (!more_out && !more_in) std::this_thread::yield();
    }
    while (to_gateway_ < out || to_edge_ < in) std::this_thread::yield();
    const double passed = Seconds(std::chrono::steady_clock::now() - start).count();
    std::printf("%-36s %9.0f stanzas/s  %6.2f us CPU each\n", name, (out + in) / passed,
                (cpu_seconds() - cpu) * 1e6 / (out + in));
  }

 private:
  static std::function<void(std::vector<causeway::link::Delivery>)> take(std::atomic<int>& count) {
    return [&count](std::vector<causeway::link::Delivery> deliveries) {
      for (auto& delivery : deliveries) delivery.receipt.taken();
      count += static_cast<int>(deliveries.size());
    };
  }

  Organisation organisation_;
  std::atomic<int> to_edge_{0}, to_gateway_{0};
  edge::link::Gateways edge_;
  std::unique_ptr<gateway::link::Edges> gateway_;
};

}  // namespace
}  // namespace causeway::test

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 200000;
  causeway::log::configure(causeway::log::Level::error, causeway::log::Format::text);
  causeway::test::Bench bench;
  bench.run("edge to gateway, 1 under way", count / 20, 0, 1);
  bench.run("edge to gateway, 64 under way", count, 0, 64);
  bench.run("edge to gateway, 4000 under way", count, 0, 4000);
  bench.run("gateway to edge, 4000 under way", 0, count, 4000);
  bench.run("both ways, 4000 under way", count, count, 4000);
}
