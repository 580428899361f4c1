#include "tests/edge_proxy/s2s/player.h"

#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "common/stanza/conditions.h"
#include "edge_proxy/async/within.h"
#include "tests/support/asio/run.h"

namespace causeway::test {
namespace {

using asio::awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kPatience = 10s;

const char kAuthorityHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' "
    "from='fabrikam.example' to='contoso.example' id='a1' version='1.0'>";

std::string attribute(const std::string& text, const std::string& name) {
  const std::size_t begin = text.find(name + "='");
  if (begin == std::string::npos) return {};
  const std::size_t value = begin + name.size() + 2;
  return text.substr(value, text.find('\'', value) - value);
}

awaitable<std::string> hear(edge::tls::Transport& transport, const std::string& until) {
  std::string heard;
  std::string piece(8192, '\0');
  while (heard.find(until) == std::string::npos) {
    const std::size_t count = co_await transport.read(piece);
    if (count == 0) throw std::runtime_error("the edge has gone");
    heard.append(piece, 0, count);
  }
  co_return heard;
}

template <typename Condition>
awaitable<void> wait_until(Condition condition) {
  for (auto left = kPatience / 2ms; !condition(); --left) {
    if (left == 0) throw std::runtime_error("waited in vain");
    co_await sleep(2ms);
  }
}

}  // namespace

World::World() : ca_(directory_.path(), "Test CA") {
  edge_ = ca_.issue({.common_name = "edge", .dns = {"contoso.example"}});
  const auto add = [&](const std::string& name, const CertificateFiles& files) {
    auto context = edge::tls::Context::load(files.certificate_file, files.private_key_file,
                                            ca_.certificate_file());
    if (!context.ok()) throw std::runtime_error(std::string(context.status().message()));
    contexts_[name] = *std::move(context);
  };
  add("good", ca_.issue({.common_name = "good", .dns = {"fabrikam.example"}}));
  add("other", ca_.issue({.common_name = "other", .dns = {"other.example"}}));
  add("untrusted",
      self_signed(directory_.path(), {.common_name = "untrusted", .dns = {"fabrikam.example"}}));
}

edge::config::Config World::config() const {
  edge::config::Config config;
  config.xmpp.listen = {"127.0.0.1:0"};
  config.xmpp.io_threads = 1;
  config.xmpp.certificate = edge_.certificate_file;
  config.xmpp.private_key = edge_.private_key_file;
  config.xmpp.trust_anchors = ca_.certificate_file();
  config.dns.servers = {"127.0.0.1:1"};
  config.limits.closing = std::chrono::seconds(1);
  config.limits.dialback = std::chrono::seconds(1);
  config.limits.stanza_bytes = 20000;
  return config;
}

edge::s2s::Federation::Uplink Gathered::uplink() {
  return {.submit =
              [this](std::vector<v1::Stanza> stanzas) {
                const absl::MutexLock lock(&mutex_);
                for (const v1::Stanza& stanza : stanzas) submitted_ += " " + stanza.id();
              },
          .congested = [] { return false; },
          .report =
              [this](v1::StreamEvent event) {
                const absl::MutexLock lock(&mutex_);
                events_.push_back(std::move(event));
              }};
}

void Gathered::settle(std::uint64_t, std::optional<v1::StanzaError> refusal) {
  const absl::MutexLock lock(&mutex_);
  settled_ += refusal ? std::string(stanza::wire_name(refusal->condition())) : "taken";
}

std::string Gathered::submitted() const {
  const absl::MutexLock lock(&mutex_);
  return submitted_;
}

std::string Gathered::settled() const {
  const absl::MutexLock lock(&mutex_);
  return settled_;
}

bool Gathered::reported(v1::StreamEvent::Kind kind) const {
  const absl::MutexLock lock(&mutex_);
  for (const v1::StreamEvent& event : events_) {
    if (event.kind() == kind) return true;
  }
  return false;
}

Player::Player(const World& world, const Dialogue& dialogue)
    : world_(world),
      dialogue_(dialogue),
      server_(io_, {asio::ip::address_v4::loopback(), 0}),
      federation_(world.config(), gathered_->uplink()),
      tasks_(io_.get_executor(), [](std::exception_ptr) {}) {}

void Player::play(std::size_t lines) {
  const absl::Status started = federation_.start();
  if (!started.ok()) throw std::runtime_error(std::string(started.message()));
  v1::Snapshot snapshot = snapshot_of(dialogue_.settings);
  snapshot.mutable_settings()->set_stream_establishment_timeout(2);
  snapshot.mutable_partners(0)->set_proxy_fqdn("127.0.0.1:" +
                                               std::to_string(server_.local_endpoint().port()));
  federation_.configure(std::make_shared<v1::Snapshot>(snapshot));

  test::run(io_, perform(lines));
  const auto before = std::chrono::steady_clock::now();
  federation_.stop();
  if (std::chrono::steady_clock::now() - before > 5s) throw std::runtime_error("stop() hung");
  if (dialogue_.outbound && gathered_->settled().empty()) {
    throw std::runtime_error("the stanza has vanished");
  }
}

awaitable<void> Player::perform(std::size_t lines) {
  std::exception_ptr fault;
  try {
    co_await open();
    for (std::size_t i = 0; i != lines; ++i) {
      try {
        co_await edge::async::within(kPatience, act(dialogue_.lines[i]));
      } catch (const std::exception& error) {
        throw std::runtime_error("line " + std::to_string(i + 1) + ": " + dialogue_.lines[i].text +
                                 "\n  " + error.what() + "\n  heard: " + heard_);
      }
    }
  } catch (...) {
    fault = std::current_exception();
  }
  if (peer_) peer_->close();
  server_.close();
  co_await tasks_.stop();
  if (fault) std::rethrow_exception(fault);
}

awaitable<void> Player::open() {
  if (dialogue_.outbound) {
    std::vector<causeway::link::Delivery> deliveries(1);
    v1::Stanza& stanza = deliveries.front().stanza;
    stanza.mutable_from()->set_local("ann");
    stanza.mutable_from()->set_domain("contoso.example");
    stanza.mutable_to()->set_local("bob");
    stanza.mutable_to()->set_domain("fabrikam.example");
    stanza.set_id("out1");
    stanza.mutable_message()->add_bodies()->set_text("Hello");
    deliveries.front().receipt = causeway::link::Receipt(gathered_, 1);
    federation_.send(std::move(deliveries));
    tcp::socket socket = co_await server_.async_accept(asio::use_awaitable);
    peer_.emplace(std::move(socket));
    co_return;
  }
  if (dialogue_.authority == "gone") {
    server_.close();
  } else {
    tasks_.spawn(answer_questions());
  }
  const std::string address = federation_.addresses().front();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  // It listens once the snapshot has reached its thread.
  for (;;) {
    tcp::socket socket(io_);
    std::error_code refused;
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port},
                                  asio::redirect_error(asio::use_awaitable, refused));
    if (refused) continue;
    peer_.emplace(std::move(socket));
    co_return;
  }
}

awaitable<void> Player::act(const Line& line) {
  switch (line.kind) {
    case Line::peer: {
      const std::string text = filled_in(line.text);
      co_await peer_->write(text);
      break;
    }
    case Line::edge:
      co_await expect(line.text);
      break;
    case Line::tls:
      co_await handshake();
      break;
    case Line::end:
      co_await expect_end();
      if (!heard_.empty()) throw std::runtime_error("the edge has said more");
      break;
    case Line::hung_up:
      co_await expect_end();
      break;
    case Line::submitted:
      co_await wait_until([&] { return gathered_->submitted() == line.text; });
      break;
    case Line::settled:
      co_await wait_until([&] { return gathered_->settled() == line.text; });
      break;
  }
}

awaitable<void> Player::expect(const std::string& pattern) {
  std::string piece(8192, '\0');
  for (;;) {
    const std::size_t taken = match(pattern, heard_);
    if (taken != std::string::npos) {
      const std::string id = attribute(heard_.substr(0, taken), " id");
      if (heard_.rfind("<?xml", 0) == 0 && !id.empty()) id_ = id;
      heard_.erase(0, taken);
      co_return;
    }
    const std::size_t count = co_await peer_->read(piece);
    if (count == 0) throw std::runtime_error("the edge has ended the connection");
    heard_.append(piece, 0, count);
  }
}

awaitable<void> Player::expect_end() {
  std::string piece(8192, '\0');
  for (;;) {
    std::size_t count = 0;
    try {
      count = co_await peer_->read(piece);
    } catch (const asio::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
    }
    heard_.append(piece, 0, count);
    if (count == 0) break;
  }
}

awaitable<void> Player::handshake() {
  const auto context = world_.peer(dialogue_.certificate);
  if (dialogue_.outbound) {
    co_await peer_->accept_tls(context);
  } else {
    co_await peer_->connect_tls(context, "contoso.example");
  }
}

// The authoritative server of the peer's domain: what it says of a key stands in the dialogue.
awaitable<void> Player::answer_questions() {
  for (;;) {
    tcp::socket socket = co_await server_.async_accept(asio::use_awaitable);
    tasks_.spawn(answer_question(std::move(socket)));
  }
}

awaitable<void> Player::answer_question(tcp::socket socket) {
  edge::tls::Transport transport(std::move(socket));
  co_await hear(transport, "<stream:stream");
  const std::string header = kAuthorityHeader;
  const std::string offer = header +
                            "<stream:features><starttls "
                            "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
  co_await transport.write(offer);
  co_await hear(transport, "<starttls");
  co_await transport.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  co_await transport.accept_tls(world_.peer("other"));
  co_await hear(transport, "<stream:stream");
  const std::string nothing = header + "<stream:features/>";
  co_await transport.write(nothing);
  const std::string question = co_await hear(transport, "</db:verify>");
  const std::string from = attribute(question, " from");
  const std::string to = attribute(question, " to");
  const std::string id = attribute(question, " id");
  // First what was not asked; it must not count.
  std::string answer = "<db:verify from='" + to + "' to='" + from + "' id='x' type='valid'/>" +
                       "<db:verify from='evil.example' to='" + from + "' id='" + id +
                       "' type='valid'/>";
  if (dialogue_.authority != "silent") {
    answer += "<db:verify from='" + to + "' to='" + from + "' id='" + id + "' type='" +
              dialogue_.authority + "'/>";
  }
  co_await transport.write(answer);
  co_await hear(transport, "(nothing more is ever said)");
}

// {id} is the stream's, {9000x} nine thousand times the letter.
std::string Player::filled_in(std::string text) const {
  for (std::size_t begin = text.find('{'); begin != std::string::npos; begin = text.find('{')) {
    const std::size_t end = text.find('}', begin);
    const std::string name = text.substr(begin + 1, end - begin - 1);
    const std::string value = name == "id" ? id_ : std::string(std::stoul(name), name.back());
    text.replace(begin, end - begin + 1, value);
  }
  return text;
}

}  // namespace causeway::test
