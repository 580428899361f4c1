#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "edge_proxy/tls/transport.h"

namespace causeway::bench {

// The partner's XMPP server, as little of it as an honest edge needs: STARTTLS, SASL EXTERNAL, and
// then stanzas as text. It knows what the edge will say, and fails loudly when that is not what it
// says.
class XmppSide {
 public:
  struct Settings {
    asio::ip::tcp::endpoint edge;
    asio::ip::tcp::endpoint listen;  // where the edge's proxy_fqdn setting leads
    std::string local_domain;        // ours, the partner's: "fabrikam.example"
    std::string remote_domain;       // the edge's: "contoso.example"
    std::shared_ptr<const edge::tls::Context> tls;
  };

  XmppSide(asio::io_context& io, Settings settings);

  using Taker = std::function<void(std::string_view)>;

  // Accepts the edge's streams for ever; `on_body` is called with the text of each message's body,
  // `on_presence` with each presence stanza.
  asio::awaitable<void> serve(Taker on_body, Taker on_presence = {});

  // A new stream to the edge, authenticated and ready for stanzas.
  asio::awaitable<edge::tls::Transport> connect();

  // A chat message from our user to the edge's, as text.
  std::string message(std::string_view from_user, std::string_view to_user, std::string_view id,
                      std::string_view body) const;

 private:
  asio::awaitable<void> serve_stream(asio::ip::tcp::socket socket);
  void take(std::string_view element);
  std::string header(std::string_view id) const;

  asio::io_context& io_;
  Settings settings_;
  Taker on_body_, on_presence_;
};

}  // namespace causeway::bench
