#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "edge_proxy/stream/xml_stream.h"

namespace causeway::edge::stream {

// TLS at once, with a server that an _xmpps-server record names (XEP-0368). `server_name` is the
// domain it should serve, `ours` the one whose certificate we show, both in A-labels. Such records
// often point at a port for STARTTLS, where somebody answers in clear, or waits for a stream to
// begin: then Ended says so, after `limit` at most, and the next target may do better. Otherwise it
// throws what connect_tls() does.
asio::awaitable<void> begin_direct_tls(XmlStream& stream, std::string server_name, std::string ours,
                                       std::chrono::steady_clock::duration limit);

}  // namespace causeway::edge::stream
