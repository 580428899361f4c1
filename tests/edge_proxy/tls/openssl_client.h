#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "edge_proxy/tls/transport.h"
#include "tests/support/asio/run.h"
#include "tests/support/process/process.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::test {

// One connection of `openssl s_client` to a server of ours, which says "hello" and ends it.
struct OpensslClient {
  std::string log;      // what openssl printed
  std::string failure;  // of our side: empty when all went well
  std::string heard;    // by our side, after the handshake
};

namespace openssl_client {

inline asio::awaitable<void> serve(asio::ip::tcp::acceptor& acceptor,
                                   std::shared_ptr<const edge::tls::Context> context,
                                   edge::tls::Direct direct, bool listening,
                                   OpensslClient& outcome) {
  asio::ip::tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  edge::tls::Transport server(std::move(socket));
  try {
    co_await server.accept_tls(context, direct);
    std::string buffer(4096, '\0');
    if (!listening) {
      co_await server.write("hello\n");
      co_await server.shutdown();
    }
    while (const std::size_t count = co_await server.read(buffer)) {
      outcome.heard.append(buffer, 0, count);
    }
  } catch (const asio::system_error& error) {
    outcome.failure = error.what();
  }
}

}  // namespace openssl_client

// A pipe in which words stand, and no end comes.
struct Typist {
  Typist(const std::string& name, const std::string& words) : file(name) {
    ::mkfifo(name.c_str(), 0600);
    descriptor = ::open(name.c_str(), O_RDWR | O_CLOEXEC);
    (void)!::write(descriptor, words.data(), words.size());
  }
  ~Typist() { ::close(descriptor); }
  Typist(const Typist&) = delete;
  Typist& operator=(const Typist&) = delete;

  std::string file;
  int descriptor;
};

// With `input`, the words typed into it, our server only listens until it is gone.
inline OpensslClient connect_openssl(std::shared_ptr<const edge::tls::Context> context,
                                     const std::vector<std::string>& options,
                                     edge::tls::Direct direct = edge::tls::Direct::no,
                                     const std::string& input = {}) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "log";
  std::string command = "exec openssl s_client -connect 127.0.0.1:" +
                        std::to_string(acceptor.local_endpoint().port());
  for (const std::string& option : options) command += " '" + option + "'";
  const Typist typist(directory.path() / "typed", input);
  command += input.empty() ? " -ign_eof" : " < " + typist.file;
  OpensslClient outcome;
  Process client({"sh", "-c", command}, log);
  run(io, openssl_client::serve(acceptor, std::move(context), direct, !input.empty(), outcome));
  client.wait();
  std::ifstream in(log, std::ios::binary);
  outcome.log.assign(std::istreambuf_iterator<char>(in), {});
  return outcome;
}

}  // namespace causeway::test
