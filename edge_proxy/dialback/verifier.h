#pragma once

#include <asio/awaitable.hpp>
#include <string>

#include "edge_proxy/config/config.h"
#include "edge_proxy/dialback/quota.h"
#include "edge_proxy/dialback/request.h"
#include "edge_proxy/dns/resolver.h"
#include "edge_proxy/stream/places.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::dialback {

// What the receiving server asks the authoritative one (XEP-0220 section 2.2).
struct Question {
  Request request;    // as in <db:result/>, with the id of the stream it came over
  std::string proxy;  // where the originating domain's server is, when not where the DNS says
  bool tls_required = true;
  bool tls_supported = true;
  std::string origin = {};  // the address that the key came from
};

// An interface because the dialogue tests answer in its place.
class Dialback {
 public:
  virtual ~Dialback() = default;
  // Never throws for what the other server does: that is a verdict. Bounded in time.
  virtual asio::awaitable<Verdict> verify(Question question) = 0;
};

// Asks the originating domain's own server, over a connection of its own: never over the one that
// is to be proved.
class Verifier final : public Dialback {
 public:
  Verifier(dns::Resolver& resolver, const stream::StreamSettings& streams,
           const config::Limits& limits, Quota& quota)
      : resolver_(resolver), streams_(streams), limits_(limits), quota_(quota) {}

  asio::awaitable<Verdict> verify(Question question) override;

 private:
  asio::awaitable<Verdict> ask_in_time(Question question);
  asio::awaitable<Verdict> ask(Question question);
  asio::awaitable<Verdict> converse(stream::XmlStream& stream, const Question& question,
                                    bool direct_tls);

  dns::Resolver& resolver_;
  const stream::StreamSettings& streams_;
  const config::Limits& limits_;
  Quota& quota_;  // of all threads
};

// The conversation with one such server, from our header to its answer; a StreamError or PeerClosed
// when it is of no use.
asio::awaitable<Verdict> ask_authoritative(stream::XmlStream& stream, const Question& question);

}  // namespace causeway::edge::dialback
