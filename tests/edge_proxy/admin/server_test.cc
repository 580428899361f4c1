#include "edge_proxy/admin/server.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>

#include "causeway/v1/admin.grpc.pb.h"
#include "tests/edge_proxy/admin/watched_edge.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway;
using edge::admin::Server;
using edge::admin::Subject;
using test::wait_until;
using Stub = v1::EdgeAdmin::Stub;

namespace {

Subject subject_of(test::WatchedEdge& edge, absl::Status reloaded = absl::OkStatus()) {
  return {.federation = edge.federation, .gateways = edge.gateways, .reload = [reloaded] {
            return reloaded;
          }};
}

// The command line's end.
class Operator {
 public:
  explicit Operator(const std::string& socket)
      : stub_(v1::EdgeAdmin::NewStub(
            grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials()))) {}

  template <typename Request, typename Response>
  Response ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
               const Request& request = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    Response response;
    status = (stub_.get()->*method)(&context, request, &response);
    return response;
  }
  v1::GetStatusResponse get_status() { return ask(&Stub::GetStatus); }
  std::vector<v1::LiveStream> streams(const std::string& domain = {}) {
    v1::ListLiveStreamsRequest request;
    request.set_domain(domain);
    const auto response = ask(&Stub::ListStreams, request);
    return {response.streams().begin(), response.streams().end()};
  }
  std::vector<v1::StreamFailure> failures(const std::string& domain = {}) {
    v1::ListFailuresRequest request;
    request.set_domain(domain);
    const auto response = ask(&Stub::ListFailures, request);
    return {response.failures().begin(), response.failures().end()};
  }
  std::uint32_t close(const std::string& domain) {
    v1::CloseStreamsRequest request;
    request.set_domain(domain);
    return ask(&Stub::CloseStreams, request).closed();
  }
  void retry(const std::string& domain) {
    v1::RetryRequest request;
    request.set_domain(domain);
    ask(&Stub::Retry, request);
  }

  grpc::Status status;  // of the last question

 private:
  std::unique_ptr<Stub> stub_;
};

// A socket file that nobody answers, as a killed process leaves it behind.
void leave_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  close(file);
}

// A peer that says so much and leaves.
void connect_and_say(const test::WatchedEdge& edge, const std::string& words) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  const std::string address = edge.address();
  const auto port = static_cast<unsigned short>(std::stoi(address.substr(address.find(':') + 1)));
  socket.connect({asio::ip::address_v4::loopback(), port});
  socket.send(asio::buffer(words));
  socket.shutdown(asio::ip::tcp::socket::shutdown_send);
  std::string heard;
  std::error_code ended;
  asio::read(socket, asio::dynamic_buffer(heard), ended);  // or the edge could not answer
}

std::string header_from(const std::string& domain) {
  return "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
         "version='1.0' to='contoso.example' from='" +
         domain + "'>";
}

bool has(const v1::LiveStream& stream, const std::string& feature) {
  const auto& all = stream.features();
  return std::find(all.begin(), all.end(), feature) != all.end();
}

struct Watch {
  test::TemporaryDirectory directory;
  std::string socket = (directory.path() / "edge.sock").string();
  test::WatchedPair edges;
  Server server{socket, subject_of(edges.contoso)};
  Operator admin{socket};

  Watch() { REQUIRE(server.start().ok()); }
};

}  // namespace

TEST_CASE("the socket is its owner's, and nobody's after the end", "[admin]") {
  const test::TemporaryDirectory directory;
  const std::string socket = (directory.path() / "edge.sock").string();
  test::WatchedPair edges;
  {
    Server server(socket, subject_of(edges.contoso));
    REQUIRE(server.start().ok());
    struct stat found {};
    REQUIRE(lstat(socket.c_str(), &found) == 0);
    CHECK(S_ISSOCK(found.st_mode));
    CHECK((found.st_mode & 0777) == 0600);
    Operator admin(socket);
    CHECK_THAT(admin.get_status().software(), Catch::StartsWith("edge_proxy "));
  }
  Operator admin(socket);
  admin.get_status();
  CHECK(admin.status.error_code() == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("a live socket is not taken, a stale one is replaced", "[admin]") {
  const test::TemporaryDirectory directory;
  const std::string socket = (directory.path() / "edge.sock").string();
  test::WatchedPair edges;
  leave_socket(socket);
  Server first(socket, subject_of(edges.contoso));
  REQUIRE(first.start().ok());
  {
    Server second(socket, subject_of(edges.fabrikam));
    CHECK(std::string(second.start().message()) ==
          "admin.socket: " + socket + ": another edge_proxy serves it");
  }
  edges.contoso.configure(edges.fabrikam.address());
  Operator admin(socket);
  CHECK(admin.get_status().listening());  // the first one answers
  first.stop();
  Server third(socket, subject_of(edges.fabrikam));
  CHECK(third.start().ok());
}

TEST_CASE("what is no socket stays, and a directory that is not there is named", "[admin]") {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("precious", "data");
  test::WatchedPair edges;
  Server over_file(file, subject_of(edges.contoso));
  CHECK_THAT(std::string(over_file.start().message()), Catch::Contains("than a socket"));
  CHECK(std::filesystem::file_size(file) == 4);
  Server nowhere("/nonexistent/edge.sock", subject_of(edges.contoso));
  CHECK_THAT(std::string(nowhere.start().message()), Catch::Contains("/nonexistent/edge.sock"));
  Server off("", subject_of(edges.contoso));
  CHECK(off.start().ok());
}

TEST_CASE("the status tells what is missing, and what is there", "[admin]") {
  Watch watch;
  v1::GetStatusResponse status = watch.admin.get_status();
  CHECK_FALSE(status.listening());
  CHECK(status.gateways().empty());
  CHECK(status.snapshot() == 0);
  REQUIRE(status.addresses_size() == 1);
  CHECK(status.addresses(0) == watch.edges.contoso.address());
  watch.edges.configure();
  status = watch.admin.get_status();
  CHECK(status.listening());
  CHECK(status.use_size() >= 4);
  for (const v1::Use& use : status.use()) {
    INFO(use.name());
    CHECK(use.used() == 0);
    CHECK(use.limit() > 0);
  }
}

TEST_CASE("streams are listed with what they are and carry", "[admin]") {
  Watch watch;
  watch.edges.configure();
  CHECK(watch.admin.streams().empty());
  CHECK(watch.edges.contoso.send(1) == "taken");
  CHECK(watch.edges.contoso.send(2) == "taken");
  wait_until([&] {
    const auto streams = watch.admin.streams("fabrikam.example");
    return streams.size() == 1 && streams.front().bytes_out() > 0 && has(streams.front(), "sm");
  });
  const v1::LiveStream stream = watch.admin.streams("FABRIKAM.example.").front();
  CHECK(stream.direction() == v1::StreamEvent::OUTBOUND);
  CHECK(stream.local_domains(0) == "contoso.example");
  CHECK(stream.remote_domains(0) == "fabrikam.example");
  CHECK(stream.peer_address() == watch.edges.fabrikam.address());
  CHECK(stream.proof() == v1::StreamEvent::SASL_EXTERNAL);
  CHECK(stream.tls_version() == "TLSv1.3");
  CHECK_FALSE(stream.tls_cipher().empty());
  CHECK(stream.since().seconds() > 0);
  CHECK(has(stream, "bidi"));
  CHECK_FALSE(has(stream, "direct-tls"));
  CHECK(stream.stanzas_out() == 2);
  CHECK(stream.stanzas_in() == 0);
  CHECK(watch.admin.streams("elsewhere.example").empty());

  const auto inbound = watch.edges.fabrikam.federation.ledger().streams();
  REQUIRE(inbound.size() == 1);
  CHECK(inbound.front().direction() == v1::StreamEvent::INBOUND);
  CHECK(inbound.front().stanzas_in() == 2);
}

TEST_CASE("streams of a partner are closed without an error, and made again", "[admin]") {
  Watch watch;
  watch.edges.configure();
  CHECK(watch.edges.contoso.send(1) == "taken");
  CHECK(watch.admin.close("fabrikam.example") == 1);
  wait_until([&] { return watch.admin.streams().empty(); });
  const auto closed = watch.edges.contoso.gathered->events(v1::StreamEvent::CLOSED);
  REQUIRE(closed.size() == 1);
  CHECK(closed.front().reason() == "closed by the operator");
  CHECK(watch.admin.close("fabrikam.example") == 0);
  CHECK(watch.edges.contoso.send(2) == "taken");
}

TEST_CASE("a failure is remembered with its steps and its server", "[admin]") {
  Watch watch;
  watch.edges.contoso.configure(watch.edges.fabrikam.address());  // who does not listen yet
  CHECK(watch.edges.contoso.send(1) == "remote-server-timeout");
  const auto failures = watch.admin.failures("fabrikam.example");
  REQUIRE(failures.size() == 1);
  const v1::StreamFailure& failure = failures.front();
  CHECK(failure.direction() == v1::StreamEvent::OUTBOUND);
  CHECK(failure.local_domain() == "contoso.example");
  CHECK(failure.condition() == "refused");
  CHECK_FALSE(failure.reason().empty());
  REQUIRE(failure.steps_size() >= 1);
  bool named = false;
  for (const auto& step : failure.steps()) {
    named = named || step.words().find(watch.edges.fabrikam.address()) != std::string::npos;
    CHECK(step.time().seconds() > 0);
  }
  CHECK(named);
  CHECK(watch.admin.failures("elsewhere.example").empty());
}

TEST_CASE("a failure after the connection says which server it was", "[admin]") {
  test::World world;
  test::WatchedEdge contoso(world, "contoso.example", "fabrikam.example", "contoso.example");
  test::WatchedEdge other(world, "fabrikam.example", "contoso.example", "other");
  contoso.configure(other.address());
  other.configure(contoso.address());
  CHECK(contoso.send(1) == "remote-server-timeout");
  const auto failures = contoso.federation.ledger().failures();
  REQUIRE(failures.size() == 1);
  CHECK(failures.front().peer_address() == other.address());
  const auto events = contoso.gathered->events(v1::StreamEvent::FAILED);
  REQUIRE(events.size() == 1);
  CHECK(events.front().peer_address() == other.address());
}

TEST_CASE("what is told of a failure can be read, whatever the peer has said", "[admin]") {
  Watch watch;
  watch.edges.configure();
  std::string words = "a";
  for (int i = 0; i < 200; ++i) words += "é";
  connect_and_say(watch.edges.contoso,
                  header_from("fabrikam.example") +
                      "<stream:error><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" + words +
                      "</text></stream:error>");
  wait_until([&] { return !watch.edges.contoso.federation.ledger().failures().empty(); });
  const auto failures = watch.admin.failures();
  INFO(watch.admin.status.error_message());
  REQUIRE(failures.size() == 1);
  CHECK_THAT(failures.front().reason(), Catch::Contains("the peer says: aéé"));
  const auto events = watch.edges.contoso.gathered->events(v1::StreamEvent::FAILED);
  REQUIRE(events.size() == 1);
  v1::StreamEvent read;
  CHECK(read.ParseFromString(events.front().SerializeAsString()));
}

TEST_CASE("after a retry the next stanza need not wait", "[admin]") {
  Watch watch;
  watch.edges.contoso.configure(watch.edges.fabrikam.address());
  CHECK(watch.edges.contoso.send(1) == "remote-server-timeout");
  watch.edges.fabrikam.configure(watch.edges.contoso.address());
  CHECK(watch.edges.contoso.send(2) == "remote-server-timeout");  // the pause
  watch.admin.retry("fabrikam.example");
  CHECK(watch.admin.status.ok());
  CHECK(watch.edges.contoso.send(3) == "taken");
}

TEST_CASE("an operator's mistakes are told in sentences", "[admin]") {
  Watch watch;
  watch.admin.retry("fabrikam.example");
  CHECK(watch.admin.status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(watch.admin.status.error_message() ==
        "No gateway has told this edge yet who its partners are.");
  watch.edges.configure();
  watch.admin.close("nobody.example");
  CHECK(watch.admin.status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(watch.admin.status.error_message() == "nobody.example is no allowed partner.");
  watch.admin.streams("no domain");
  CHECK(watch.admin.status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK_THAT(watch.admin.status.error_message(), Catch::StartsWith("\"no domain\" is no domain"));
}

TEST_CASE("a reload that fails says why", "[admin]") {
  const test::TemporaryDirectory directory;
  const std::string socket = (directory.path() / "edge.sock").string();
  test::WatchedPair edges;
  Server server(socket, subject_of(edges.contoso, absl::NotFoundError("edge.crt: is not there")));
  REQUIRE(server.start().ok());
  Operator admin(socket);
  admin.ask(&Stub::Reload);
  CHECK(admin.status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(admin.status.error_message() == "edge.crt: is not there");
}

TEST_CASE("failed inbound attempts that name a partner are remembered, strangers counted",
          "[admin]") {
  Watch watch;
  watch.edges.configure();
  connect_and_say(watch.edges.contoso, "");
  connect_and_say(watch.edges.contoso, header_from("nobody.example"));
  connect_and_say(watch.edges.contoso, header_from("fabrikam.example"));
  wait_until([&] { return watch.admin.get_status().strangers() == 1; });
  wait_until([&] { return !watch.admin.failures().empty(); });
  wait_until([&] {
    double failed = 0;
    for (const auto& [key, count] : watch.edges.contoso.federation.ledger().failed()) {
      CHECK(key.direction == v1::StreamEvent::INBOUND);
      failed += static_cast<double>(count);
    }
    return failed == 2;
  });
  const auto failures = watch.admin.failures();
  REQUIRE(failures.size() == 1);
  CHECK(failures.front().remote_domain() == "fabrikam.example");
  CHECK(failures.front().direction() == v1::StreamEvent::INBOUND);
}
