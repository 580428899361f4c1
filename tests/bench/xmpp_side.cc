#include "tests/bench/xmpp_side.h"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "absl/strings/escaping.h"
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

void die(std::exception_ptr fault) {
  if (!fault) return;
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "causeway_bench: XMPP side: %s\n", e.what());
    std::exit(1);
  }
}

// Takes the bodies of all complete messages off the front.
void take_bodies(std::string& text, const std::function<void(std::string_view)>& on_body) {
  constexpr std::string_view kBegin = "<body>", kEnd = "</body>", kMessageEnd = "</message>";
  std::size_t done = 0;
  while (true) {
    const std::size_t end = text.find(kMessageEnd, done);
    if (end == std::string::npos) break;
    const std::string_view message(text.data() + done, end - done);
    const std::size_t begin = message.find(kBegin);
    if (begin != std::string_view::npos) {
      const std::size_t stop = message.find(kEnd, begin);
      on_body(message.substr(begin + kBegin.size(), stop - begin - kBegin.size()));
    }
    done = end + kMessageEnd.size();
  }
  text.erase(0, done);
}

}  // namespace

XmppSide::XmppSide(asio::io_context& io, Settings settings)
    : io_(io), settings_(std::move(settings)) {}

asio::awaitable<void> XmppSide::serve(std::function<void(std::string_view)> on_body) {
  on_body_ = std::move(on_body);
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
    take_bodies(text, on_body_);
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
