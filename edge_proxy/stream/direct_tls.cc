#include "edge_proxy/stream/direct_tls.h"

#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <utility>

#include "edge_proxy/async/within.h"
#include "edge_proxy/tls/fault.h"

namespace causeway::edge::stream {

asio::awaitable<void> begin_direct_tls(XmlStream& stream, std::string server_name, std::string ours,
                                       std::chrono::steady_clock::duration limit) {
  try {
    co_await async::within(
        limit, stream.connect_tls(std::move(server_name), tls::Direct::yes, std::move(ours)));
    co_return;
  } catch (const asio::system_error& error) {
    if (tls::is_no_tls(error.code())) {
      throw Ended("answered in clear: the _xmpps-server record points at a STARTTLS port");
    }
    const bool hung_up =
        error.code() == asio::error::eof || error.code() == asio::error::connection_reset;
    if (!hung_up) throw;
  } catch (const async::TimedOut&) {
  }
  throw Ended("no answer to TLS: the _xmpps-server record may point at a STARTTLS port");
}

}  // namespace causeway::edge::stream
