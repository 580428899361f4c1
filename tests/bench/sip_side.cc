#include "tests/bench/sip_side.h"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <stdexcept>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/die.h"
#include "tests/bench/sip_text.h"
#include "tests/bench/text.h"

namespace causeway::bench {
namespace {

using asio::ip::tcp;

// What a Lync endpoint answers to an INVITE.
std::string session_answer(std::string_view contact) {
  return join(
      {"Contact: ", contact, "\r\nSupported: ms-text-format\r\nContent-Type: application/sdp\r\n"});
}
constexpr std::string_view kSession =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=message 5060 sip null\r\na=accept-types:text/plain text/html multipart/alternative "
    "application/im-iscomposing+xml application/ms-imdn+xml\r\n";

// The text that an INVITE carries, or nothing.
std::string first_text(std::string_view head) {
  const std::string_view value = header(head, "ms-text-format");
  const std::size_t at = value.find("ms-body=");
  if (at == std::string_view::npos) return {};
  const std::string_view encoded = value.substr(at + 8, value.find(';', at) - at - 8);
  std::string text;
  absl::Base64Unescape(std::string(encoded), &text);
  return text;
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
      take_request(*message, answers);
      done += message->size;
    }
    bytes.erase(0, done);
    co_await asio::async_write(socket, asio::buffer(answers), asio::use_awaitable);
    answers.clear();
  }
}

void SipSide::take_request(const SipText& request, std::string& answers) {
  const std::string_view method = request.method();
  if (request.is_response() || method == "ACK") return;
  if (method == "INVITE") return open_session(request, answers);
  if (method == "MESSAGE") on_body_(request.body);
  append_response(answers, request.head, "200 OK", "sink");
}

void SipSide::open_session(const SipText& invite, std::string& answers) {
  const std::string user(invite.request_uri().substr(std::string_view("sip:").size()));
  const std::string contact = absl::StrCat("<sip:", user.substr(0, user.find('@')), "@",
                                           settings_.listen.address().to_string(), ":",
                                           settings_.listen.port(), ";transport=tcp>");
  append_response(answers, invite.head, "200 OK", "sink", session_answer(contact), kSession);
  const std::size_t pair = number(std::string_view(user).substr(1));  // "s17@contoso.example"
  sessions_[pair] = {.target = std::string(uri_in(header(invite.head, "Contact"))),
                     .ours = join({header(invite.head, "To"), ";tag=sink"}),
                     .theirs = std::string(header(invite.head, "From")),
                     .call_id = std::string(header(invite.head, "Call-ID"))};
  if (const std::string text = first_text(invite.head); !text.empty()) on_body_(text);
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
  if (const auto session = sessions_.find(pair); session != sessions_.end()) {
    return append_in_session(out, pair, session->second, body);
  }
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

void SipSide::append_in_session(std::string& out, std::size_t pair, Session& session,
                                std::string_view body) {
  const std::string cseq = absl::StrCat(++session.cseq);
  append(out, {"MESSAGE ", session.target, " SIP/2.0\r\nVia: SIP/2.0/TCP ", source_name_,
               ";branch=z9hG4bK", absl::StrCat(pair, ".", ++numbers_),
               "\r\nMax-Forwards: 70\r\nFrom: ", session.ours, "\r\nTo: ", session.theirs,
               "\r\nCall-ID: ", session.call_id, "\r\nCSeq: ", cseq,
               " MESSAGE\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: ",
               absl::StrCat(body.size()), "\r\n\r\n", body});
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
      answered(*message);
      done += message->size;
    }
    bytes.erase(0, done);
  }
}

void SipSide::answered(const SipText& response) {
  if (!response.is_response() || response.status() < 200) return;
  if (response.status() >= 300 && refused_++ == 0) {
    first_refusal_ = response.head.substr(0, response.head.find("\r\n"));
  }
  // the branch begins with the pair: "SIP/2.0/TCP 127.0.0.1:5;branch=z9hG4bK17.3"
  const std::string_view via = header(response.head, "Via");
  const std::size_t branch = via.find("z9hG4bK");
  free_pairs_.push_back(number(via.substr(branch + std::string_view("z9hG4bK").size())));
}

}  // namespace causeway::bench
