#include "tests/edge_proxy/s2s/player.h"

#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

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

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids) out += " " + id;
  return out;
}

edge::config::Config config_of(const World& world, const Dialogue& dialogue) {
  edge::config::Config config = world.config();
  if (dialogue.silence != 0) {
    config.limits.quiet = config.limits.answer = std::chrono::seconds(dialogue.silence);
  }
  return config;
}

template <typename Condition>
awaitable<void> happens(Condition condition) {
  for (auto left = kPatience / 2ms; !condition(); --left) {
    if (left == 0) throw std::runtime_error("waited in vain");
    co_await sleep(2ms);
  }
}

}  // namespace

Player::Player(const World& world, const Dialogue& dialogue)
    : world_(world),
      dialogue_(dialogue),
      server_(io_, {asio::ip::address_v4::loopback(), 0}),
      federation_(config_of(world, dialogue), gathered_->uplink()),
      tasks_(io_.get_executor(), [](std::exception_ptr) {}) {}

void Player::play(std::size_t lines) {
  const absl::Status started = federation_.start();
  if (!started.ok()) throw std::runtime_error(std::string(started.message()));
  federation_.configure(std::make_shared<v1::Snapshot>(snapshot()));
  test::run(io_, perform(lines));
  const auto before = std::chrono::steady_clock::now();
  federation_.stop();
  if (std::chrono::steady_clock::now() - before > 5s) throw std::runtime_error("stop() hung");
  if (dialogue_.outbound && gathered_->settled(1).empty()) {
    throw std::runtime_error("the stanza has vanished");
  }
}

v1::Snapshot Player::snapshot() const {
  v1::Snapshot snapshot = snapshot_of(dialogue_.settings);
  snapshot.mutable_settings()->set_stream_establishment_timeout(2);
  snapshot.mutable_partners(0)->set_keep_alive(dialogue_.silence != 0);
  snapshot.mutable_partners(0)->set_proxy_fqdn("127.0.0.1:" +
                                               std::to_string(server_.local_endpoint().port()));
  return snapshot;
}

void Player::forbid_more() {
  v1::Snapshot changed = snapshot();
  changed.mutable_partners(0)->clear_additional_domains();
  v1::Partner& more = *changed.add_partners();
  more = changed.partners(0);
  more.set_domain("more.fabrikam.example");
  more.set_dialback(false);
  federation_.configure(std::make_shared<v1::Snapshot>(changed));
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
    std::vector<causeway::link::Delivery> deliveries;
    deliveries.push_back(message(gathered_, 1, "contoso.example", "fabrikam.example"));
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
  tcp::socket socket(io_);
  const tcp::endpoint edge(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(edge, asio::use_awaitable);
  peer_.emplace(std::move(socket));
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
      co_await happens([&] { return joined(gathered_->submitted()) == filled_in(line.text); });
      break;
    case Line::deliver: {
      std::vector<causeway::link::Delivery> another;
      another.push_back(message(gathered_, 2, line.text, "fabrikam.example"));
      federation_.send(std::move(another));
      break;
    }
    case Line::settled:
      co_await happens([&] { return gathered_->settled(1) == line.text; });
      break;
    case Line::no_more:
      forbid_more();
      break;
  }
}

awaitable<void> Player::expect(const std::string& pattern) {
  std::string piece(8192, '\0');
  for (;;) {
    const std::size_t taken = match(pattern, heard_);
    if (taken != std::string::npos) {
      const std::string id = attribute(heard_.substr(0, taken), " id");
      if (heard_.find("<ping") < taken) ping_ = id;
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
  if (dialogue_.settings.tls != v1::NOT_SUPPORTED) {  // else the edge is not to take the offer
    co_await hear(transport, "<starttls");
    co_await transport.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    co_await transport.accept_tls(world_.peer("other"));
    co_await hear(transport, "<stream:stream");
    const std::string nothing = header + "<stream:features/>";
    co_await transport.write(nothing);
  }
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

// {id} is the stream's, {ping} the ping's, {9000x} nine thousand times the letter.
std::string Player::filled_in(std::string text) const {
  for (std::size_t begin = text.find('{'); begin != std::string::npos; begin = text.find('{')) {
    const std::size_t end = text.find('}', begin);
    const std::string name = text.substr(begin + 1, end - begin - 1);
    const std::string value = name == "id"     ? id_
                              : name == "ping" ? ping_
                                               : std::string(std::stoul(name), name.back());
    text.replace(begin, end - begin + 1, value);
  }
  return text;
}

}  // namespace causeway::test
