#include "tests/bench/sip_wire.h"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/die.h"

namespace causeway::bench {

using asio::ip::tcp;

SipWire::SipWire(asio::io_context& io, tcp::endpoint gateway, tcp::endpoint listen, Taker taker)
    : io_(io),
      gateway_(std::move(gateway)),
      listen_(std::move(listen)),
      taker_(std::move(taker)),
      source_(io) {}

asio::awaitable<void> SipWire::serve() {
  tcp::acceptor acceptor(io_, listen_);
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(io_, serve_connection(std::move(socket)), die);
  }
}

asio::awaitable<void> SipWire::serve_connection(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  co_await read(socket);
}

asio::awaitable<void> SipWire::connect() {
  co_await source_.async_connect(gateway_, asio::use_awaitable);
  source_.set_option(tcp::no_delay(true));
  const tcp::endpoint ours = source_.local_endpoint();
  source_name_ = absl::StrCat(ours.address().to_string(), ":", ours.port());
  asio::co_spawn(io_, read(source_), die);
}

asio::awaitable<void> SipWire::read(tcp::socket& socket) {
  std::string bytes, answers;
  std::array<char, 65536> buffer;
  while (true) {
    std::error_code ended;
    const std::size_t size = co_await socket.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ended));
    if (ended) co_return;
    bytes.append(buffer.data(), size);
    std::size_t done = 0;
    while (const auto message = framed(std::string_view(bytes).substr(done))) {
      taker_(*message, answers);
      done += message->size;
    }
    bytes.erase(0, done);
    if (&socket == &source_) {  // where send() writes, too
      send(std::exchange(answers, {}));
    } else if (!answers.empty()) {
      co_await asio::async_write(socket, asio::buffer(answers), asio::use_awaitable);
      answers.clear();
    }
  }
}

void SipWire::send(std::string_view requests) {
  waiting_.append(requests);
  if (flushing_ || waiting_.empty()) return;
  flushing_ = true;
  asio::co_spawn(io_, flush(), die);
}

asio::awaitable<void> SipWire::flush() {
  while (!waiting_.empty()) {
    under_way_.clear();
    under_way_.swap(waiting_);
    co_await asio::async_write(source_, asio::buffer(under_way_), asio::use_awaitable);
  }
  flushing_ = false;
}

std::string SipWire::listens_at() const {
  return absl::StrCat(listen_.address().to_string(), ":", listen_.port());
}

}  // namespace causeway::bench
