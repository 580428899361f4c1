#include "edge_proxy/s2s/io_thread.h"

#include <pthread.h>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "common/log/log.h"
#include "edge_proxy/s2s/parser_limits.h"

namespace causeway::edge::s2s {
namespace {

constexpr std::size_t kReadBuffer = 64 << 10;  // several TLS records with one system call
constexpr std::chrono::milliseconds kTick{250};
constexpr std::chrono::milliseconds kEndingTick{5};

}  // namespace

IoThread::IoThread(Shared& shared, std::size_t number)
    : limits_(shared.config.limits),
      tally_(shared.ledger.new_tally()),
      io_(1),
      work_(asio::make_work_guard(io_)),
      read_buffer_(kReadBuffer),
      streams_{shared.tls,
               read_buffer_,
               limits_before_authentication(limits_),
               limits_.send_buffer_bytes,
               &tally_,
               limits_.unauthenticated_stream_bytes,
               [&shared] { return shared.admission.handshake(std::chrono::steady_clock::now()); }},
      resolver_(io_.get_executor(), {.servers = shared.config.dns.servers,
                                     .timeout = shared.config.dns.timeout,
                                     .tries = shared.config.dns.tries,
                                     .cache_entries = limits_.dns_cache_entries,
                                     .longest_ttl = limits_.dns_longest_ttl,
                                     .longest_negative_ttl = limits_.dns_longest_negative_ttl,
                                     .tally = &tally_}),
      verifier_(resolver_, streams_, limits_, shared.verifications),
      environment_{.limits = limits_,
                   .uplink = shared.uplink,
                   .admission = shared.admission,
                   .governor = shared.governor,
                   .ledger = shared.ledger,
                   .tally = tally_,
                   .queued_bytes = shared.queued_bytes,
                   .streams = streams_,
                   .resolver = resolver_,
                   .dialback = verifier_,
                   .directory = nullptr,
                   .heard_from = shared.heard_from,
                   .bidi = shared.config.xmpp.bidi,
                   .management = shared.config.xmpp.stream_management,
                   .thread = number,
                   .owner = shared.owner,
                   .hand_over = shared.hand_over,
                   .peers = &peers_,
                   .answer = shared.answer},
      acceptor_(environment_, io_.get_executor()),
      peers_(environment_, io_.get_executor()),
      ticking_(io_.get_executor()),
      ending_(io_.get_executor()) {}

IoThread::~IoThread() = default;

absl::Status IoThread::open() { return resolver_.open(); }

absl::StatusOr<asio::ip::tcp::endpoint> IoThread::bind(const asio::ip::tcp::endpoint& address,
                                                       Port port) {
  return acceptor_.bind(address, port);
}

absl::Status IoThread::listen() { return acceptor_.listen(); }

void IoThread::start() {
  thread_ = std::thread([this] { run(); });
}

// An exception that nobody expected is our own mistake: it is logged, and costs the one stream
// whose coroutine let it escape.
void IoThread::run() {
  pthread_setname_np(pthread_self(), "s2s");
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      log::error("s2s.internal_error", "A stream has ended by a mistake of this program.",
                 {{"reason", error.what()}});
    }
  }
}

void IoThread::configure(std::shared_ptr<const Directory> directory) {
  asio::post(io_,
             [this, directory = std::move(directory)]() mutable { apply(std::move(directory)); });
}

void IoThread::apply(std::shared_ptr<const Directory> directory) {
  const bool first = environment_.directory == nullptr;
  environment_.directory = std::move(directory);
  if (first) {
    acceptor_.accept();
    ticking_.spawn(tick());
    return;
  }
  acceptor_.configure();
  peers_.configure();
}

void IoThread::send(std::vector<causeway::link::Delivery> deliveries) {
  asio::post(io_, [this, deliveries = std::move(deliveries)]() mutable {
    if (environment_.directory != nullptr) peers_.send(std::move(deliveries));
  });
}

void IoThread::use(std::shared_ptr<const tls::Context> certificates) {
  asio::post(io_, [this, certificates = std::move(certificates)]() mutable {
    streams_.tls = std::move(certificates);
  });
}

void IoThread::adopt(std::unique_ptr<Session> session) {
  asio::post(io_, [this, session = std::move(session)]() mutable {
    if (environment_.directory != nullptr) acceptor_.adopt(std::move(session));
  });
}

void IoThread::heard_from(std::string remote) {
  asio::post(io_, [this, remote = std::move(remote)] { peers_.heard_from(remote); });
}

void IoThread::close(std::string remote) {
  asio::post(io_, [this, remote = std::move(remote)] {
    acceptor_.close(remote);
    peers_.close(remote);
  });
}

asio::awaitable<void> IoThread::tick() {
  asio::steady_timer timer(io_);
  for (;;) {
    timer.expires_after(kTick);
    co_await timer.async_wait(asio::use_awaitable);
    const auto now = std::chrono::steady_clock::now();
    acceptor_.tick(now);
    peers_.tick(now);
  }
}

void IoThread::stop() {
  asio::post(io_, [this] { ending_.spawn(wind_up()); });
}

// Every stream says goodbye; those that take too long are cut.
asio::awaitable<void> IoThread::wind_up() {
  acceptor_.stop();
  peers_.stop();
  asio::steady_timer timer(io_);
  const auto deadline = std::chrono::steady_clock::now() + limits_.closing;
  while ((acceptor_.at_work() || peers_.serving()) && std::chrono::steady_clock::now() < deadline) {
    timer.expires_after(kEndingTick);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await acceptor_.abandon();
  co_await peers_.abandon();
  co_await ticking_.stop();
  work_.reset();
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace causeway::edge::s2s
