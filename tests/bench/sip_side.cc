#include "tests/bench/sip_side.h"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "tests/bench/text.h"

namespace causeway::bench {
namespace {

using asio::ip::tcp;

// A message at the front of what a connection has brought, without taking it off.
struct Framed {
  std::string_view head;  // start line and headers
  std::string_view body;
  std::size_t size;
};

std::string_view header(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(join({"\r\n", name, ": "}));
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + name.size() + 4);
  return rest.substr(0, rest.find("\r\n"));
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) throw std::runtime_error(join({"not a number: ", text}));
  return value;
}

std::optional<Framed> framed(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, end + 2);
  const std::size_t length = number(header(head, "Content-Length"));
  if (bytes.size() < end + 4 + length) return std::nullopt;
  return Framed{head, bytes.substr(end + 4, length), end + 4 + length};
}

void append_ok(std::string& out, std::string_view head) {
  out.append("SIP/2.0 200 OK\r\n");
  for (const std::string_view name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    append(out, {name, ": ", header(head, name), name == "To" ? ";tag=sink" : "", "\r\n"});
  }
  out.append("Content-Length: 0\r\n\r\n");
}

void die(std::exception_ptr fault) {
  if (!fault) return;
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "causeway_bench: SIP side: %s\n", e.what());
    std::exit(1);
  }
}

}  // namespace

SipSide::SipSide(asio::io_context& io, Settings settings)
    : io_(io), settings_(std::move(settings)), source_(io) {
  for (std::size_t pair = 0; pair < settings_.pairs; ++pair) free_pairs_.push_back(pair);
}

asio::awaitable<void> SipSide::serve(std::function<void(std::string_view)> on_body) {
  on_body_ = std::move(on_body);
  tcp::acceptor acceptor(io_, settings_.listen);
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(io_, serve_connection(std::move(socket)), die);
  }
}

asio::awaitable<void> SipSide::serve_connection(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
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
      on_body_(message->body);
      append_ok(answers, message->head);
      done += message->size;
    }
    bytes.erase(0, done);
    co_await asio::async_write(socket, asio::buffer(answers), asio::use_awaitable);
    answers.clear();
  }
}

asio::awaitable<void> SipSide::connect() {
  co_await source_.async_connect(settings_.gateway, asio::use_awaitable);
  source_.set_option(tcp::no_delay(true));
  const tcp::endpoint ours = source_.local_endpoint();
  source_name_ = absl::StrCat(ours.address().to_string(), ":", ours.port());
  asio::co_spawn(io_, read_responses(), die);
}

std::size_t SipSide::take_free_pair() {
  const std::size_t pair = free_pairs_.front();
  free_pairs_.pop_front();
  return pair;
}

void SipSide::append_message(std::string& out, std::size_t pair, std::string_view body) {
  const std::string user = absl::StrCat(pair);
  const std::string number = absl::StrCat(pair, ".", ++numbers_);
  const std::string length = absl::StrCat(body.size());
  const std::string& theirs = settings_.remote_domain;
  append(out, {"MESSAGE sip:x",
               user,
               "@",
               theirs,
               " SIP/2.0\r\nVia: SIP/2.0/TCP ",
               source_name_,
               ";branch=z9hG4bK",
               number,
               "\r\nMax-Forwards: 70\r\nFrom: <sip:s",
               user,
               "@",
               settings_.local_domain,
               ">;tag=",
               number,
               "\r\nTo: <sip:x",
               user,
               "@",
               theirs,
               ">\r\nCall-ID: ",
               number,
               "@bench\r\nCSeq: 1 MESSAGE\r\n",
               "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: ",
               length,
               "\r\n\r\n",
               body});
}

asio::awaitable<void> SipSide::write(const std::string& requests) {
  co_await asio::async_write(source_, asio::buffer(requests), asio::use_awaitable);
}

asio::awaitable<void> SipSide::read_responses() {
  std::string bytes;
  std::array<char, 65536> buffer;
  while (true) {
    const std::size_t size =
        co_await source_.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    bytes.append(buffer.data(), size);
    std::size_t done = 0;
    while (const auto message = framed(std::string_view(bytes).substr(done))) {
      answered(message->head);
      done += message->size;
    }
    bytes.erase(0, done);
  }
}

void SipSide::answered(std::string_view response) {
  const std::size_t status = number(response.substr(std::string_view("SIP/2.0 ").size()));
  const std::size_t pair = number(header(response, "Call-ID"));
  if (status < 200) return;
  if (status >= 300 && refused_++ == 0) first_refusal_ = response.substr(0, response.find("\r\n"));
  free_pairs_.push_back(pair);
}

}  // namespace causeway::bench
