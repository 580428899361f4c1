#include "tests/bench/xmpp_side.h"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <stdexcept>

#include "absl/strings/escaping.h"
#include "tests/bench/die.h"
#include "tests/bench/text.h"

namespace causeway::bench {
namespace {

using asio::ip::tcp;
using edge::tls::Transport;

constexpr std::string_view kStartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view kProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view kOfferTls =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
    "</stream:features>";
constexpr std::string_view kOfferExternal =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>EXTERNAL</mechanism></mechanisms></stream:features>";
constexpr std::string_view kOfferNothing = "<stream:features/>";
constexpr std::string_view kSuccess = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

// Reads until `end` has been seen; returns everything up to and with it, and nothing may follow it.
asio::awaitable<std::string> read_through(Transport& stream, std::string_view end) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.find(end) == std::string::npos) {
    const std::size_t size = co_await stream.read(buffer);
    text.append(buffer.data(), size);
    if (size == 0 || text.find("<stream:error") != std::string::npos) {
      throw std::runtime_error(join({"the edge said, instead of ", end, ": ", text}));
    }
  }
  co_return text;
}

// Where the element at the front ends; npos when it is not there as a whole. None of those that
// come holds another of its own name.
std::size_t end_of_element(std::string_view text) {
  const std::size_t tag = text.find('>');
  if (tag == std::string_view::npos || text[tag - 1] == '/')
    return tag == text.npos ? tag : tag + 1;
  const std::string_view name = text.substr(1, text.find_first_of(" >") - 1);
  const std::string end = join({"</", name, ">"});
  const std::size_t at = text.find(end, tag);
  return at == std::string_view::npos ? at : at + end.size();
}

// Takes all complete elements off the front.
void take_elements(std::string& text, const std::function<void(std::string_view)>& on_element) {
  std::size_t done = 0;
  while (true) {
    const std::size_t begin = text.find('<', done);  // what stands before it is white space
    if (begin == std::string::npos || text.compare(begin, 2, "</") == 0) break;
    const std::size_t size = end_of_element(std::string_view(text).substr(begin));
    if (size == std::string_view::npos) break;
    on_element(std::string_view(text).substr(begin, size));
    done = begin + size;
  }
  text.erase(0, done);
}

}  // namespace

XmppSide::XmppSide(asio::io_context& io, Settings settings)
    : io_(io), settings_(std::move(settings)) {}

asio::awaitable<void> XmppSide::serve(Taker on_body, Taker on_presence) {
  on_body_ = std::move(on_body);
  on_presence_ = std::move(on_presence);
  tcp::acceptor acceptor(io_, settings_.listen);
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(io_, serve_stream(std::move(socket)), die);
  }
}

asio::awaitable<void> XmppSide::serve_stream(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  Transport stream(std::move(socket));
  const std::string plain = join({header("1"), kOfferTls});
  co_await read_through(stream, ">");
  co_await stream.write(plain);
  co_await read_through(stream, "<starttls");
  co_await stream.write(kProceed);
  co_await stream.accept_tls(settings_.tls);

  const std::string secured = join({header("2"), kOfferExternal});
  co_await read_through(stream, ">");
  co_await stream.write(secured);
  co_await read_through(stream, "</auth>");
  co_await stream.write(kSuccess);

  const std::string authenticated = join({header("3"), kOfferNothing});
  co_await read_through(stream, ">");
  co_await stream.write(authenticated);

  std::string text;
  std::array<char, 65536> buffer;
  while (const std::size_t size = co_await stream.read(buffer)) {
    text.append(buffer.data(), size);
    take_elements(text, [this](std::string_view element) { take(element); });
  }
}

void XmppSide::take(std::string_view element) {
  constexpr std::string_view kBegin = "<body>", kEnd = "</body>";
  if (element.substr(0, 9) == "<presence") {
    if (on_presence_) on_presence_(element);
  } else if (const std::size_t begin = element.find(kBegin); begin != std::string_view::npos) {
    const std::size_t stop = element.find(kEnd, begin);
    on_body_(element.substr(begin + kBegin.size(), stop - begin - kBegin.size()));
  }
}

asio::awaitable<Transport> XmppSide::connect() {
  tcp::socket socket(io_);
  co_await socket.async_connect(settings_.edge, asio::use_awaitable);
  socket.set_option(tcp::no_delay(true));
  Transport stream(std::move(socket));
  const std::string ours = header("");
  const std::string auth =
      join({"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>",
            absl::Base64Escape(settings_.local_domain), "</auth>"});

  co_await stream.write(ours);
  co_await read_through(stream, "</stream:features>");
  co_await stream.write(kStartTls);
  co_await read_through(stream, "<proceed");
  co_await stream.connect_tls(settings_.tls, settings_.remote_domain);
  co_await stream.write(ours);
  co_await read_through(stream, "</stream:features>");
  co_await stream.write(auth);
  co_await read_through(stream, "<success");
  co_await stream.write(ours);
  co_await read_through(stream, "<stream:features");
  co_return stream;
}

std::string XmppSide::header(std::string_view id) const {
  std::string text =
      join({"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
            "xmlns:stream='http://etherx.jabber.org/streams' "
            "xmlns:db='jabber:server:dialback' version='1.0' from='",
            settings_.local_domain, "' to='", settings_.remote_domain});
  if (!id.empty()) append(text, {"' id='", id});
  return text.append("'>");
}

std::string XmppSide::message(std::string_view from_user, std::string_view to_user,
                              std::string_view id, std::string_view body) const {
  return join({"<message type='chat' from='", from_user, "@", settings_.local_domain,
               "/bench' to='", to_user, "@", settings_.remote_domain, "' id='", id, "'><body>",
               body, "</body></message>"});
}

}  // namespace causeway::bench
