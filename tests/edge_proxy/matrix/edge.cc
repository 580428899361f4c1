#include "tests/edge_proxy/matrix/edge.h"

#include <algorithm>
#include <list>
#include <optional>
#include <stdexcept>

namespace causeway::test::matrix {
namespace {

using v1::StreamEvent;

// What the edge told about a stream with this peer, after the first `known` streams: ports are used
// again.
std::optional<StreamEvent> established_with(const std::string& peer_address,
                                            const Gathered& gathered, std::size_t known) {
  const std::vector<StreamEvent> events = gathered.events(StreamEvent::ESTABLISHED);
  const auto found =
      std::find_if(events.begin() + static_cast<std::ptrdiff_t>(known), events.end(),
                   [&](const StreamEvent& event) { return event.peer_address() == peer_address; });
  return found == events.end() ? std::nullopt : std::optional(*found);
}

bool all_different(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

// What must hold whatever else happens. `stanza_in_clear`: the edge has sent one, or passed one on.
std::string breach_in(const Cell& cell, const Wire& wire, const Heard& heard, bool stanza_in_clear,
                      const std::optional<StreamEvent>& established) {
  if (stanza_in_clear && cell.tls == v1::REQUIRED) return "a stanza went in clear";
  if (!all_different(heard.stream_ids)) return "a stream id was used again";
  if (!heard.header_repeated_to_us) return "a header does not answer the peer's";
  if (established && established->tls_version().empty() == wire.encrypted()) {
    return "the edge tells another TLS than there is";
  }
  return {};
}

int port_in(const std::string& address) {
  return std::stoi(address.substr(address.rfind(':') + 1));
}

}  // namespace

// --- The edge receives ---

ReceivingEdge::ReceivingEdge(const World& world, const Cell& settings)
    : world_(world),
      peer_tls_(settings.peer_tls),
      federation_(world.config(), gathered_->uplink()) {
  const absl::Status started = federation_.start();
  if (!started.ok()) throw std::runtime_error(std::string(started.message()));
  for (const std::string& address : federation_.addresses()) ports_.push_back(port_in(address));
  const std::string proxy = "127.0.0.1:" + std::to_string(authority_.port());
  federation_.configure(std::make_shared<v1::Snapshot>(snapshot_for(settings, proxy)));
  vouching_ =
      std::jthread([this](std::stop_token stopped) { vouch_for_peers(std::move(stopped)); });
}

ReceivingEdge::~ReceivingEdge() { federation_.stop(); }

void ReceivingEdge::vouch_for_peers(std::stop_token stopped) {
  std::list<std::jthread> answering;
  while (!stopped.stop_requested()) {
    const int descriptor = authority_.accept();
    if (descriptor < 0) continue;
    answering.emplace_back([this, descriptor] {
      Wire wire(descriptor);
      try {
        vouch(wire, peer_tls_, world_.peer(Certificate::valid));
      } catch (const WireError&) {
        // The edge had enough.
      }
    });
  }
}

Played ReceivingEdge::play(const Cell& cell) {
  constexpr const char* kWords[] = {"yes", "no", "never"};
  const std::string id =
      kWords[static_cast<int>(cell.word)] + std::string("-") + std::to_string(++cells_);
  const std::size_t known = gathered_->events(StreamEvent::ESTABLISHED).size();
  Wire wire = Wire::to(ports_.at(cell.transport == Transport::direct_port ? 1 : 0));
  const std::string address = "127.0.0.1:" + std::to_string(wire.local_port());
  Played played;
  try {
    const Heard heard = initiate(wire, cell, world_.peer(cell.certificate), id);
    const auto established = established_with(address, *gathered_, known);
    const auto ids = gathered_->submitted();
    const bool submitted = std::find(ids.begin(), ids.end(), id) != ids.end();
    played.outcome = {.proof = established ? established->proof() : StreamEvent::NO_PROOF,
                      .encrypted = wire.encrypted(),
                      .sasl = heard.sasl,
                      .dialback = heard.dialback,
                      .stream_error = heard.stream_error,
                      .stanza = submitted ? "submitted" : ""};
    played.breach = breach_in(cell, wire, heard, submitted && !wire.encrypted(), established);
  } catch (const WireError& error) {
    played.breach = error.what();
  }
  played.dialogue = wire.dialogue();
  return played;
}

// --- The edge initiates ---

Played InitiatingEdge::play(const Cell& cell) {
  name_server_.direct_tls(cell.transport == Transport::direct);
  edge::config::Config config = world_.config();
  config.dns.servers = {name_server_.address()};
  const auto gathered = std::make_shared<Gathered>();
  edge::s2s::Federation federation(config, gathered->uplink());
  const absl::Status started = federation.start();
  if (!started.ok()) throw std::runtime_error(std::string(started.message()));
  federation.configure(std::make_shared<v1::Snapshot>(snapshot_for(cell, "")));
  std::vector<causeway::link::Delivery> deliveries;
  deliveries.push_back(message(gathered, 1, kOurs, kTheirs));
  federation.send(std::move(deliveries));

  Played played;
  std::optional<Wire> wire;
  Heard heard;
  const auto settled = [&] { return !gathered->settled(1).empty(); };
  while (!wire && !settled()) {
    if (const int descriptor = listener_.accept(); descriptor >= 0) wire.emplace(descriptor);
  }
  try {
    if (wire) heard = receive(*wire, cell, world_.peer(cell.certificate));
  } catch (const WireError& error) {
    played.dialogue = std::string(error.what()) + "\n";
  }
  if (wire) wire->end();
  wait_until(settled);
  federation.stop();

  const auto established = gathered->events(StreamEvent::ESTABLISHED);
  played.outcome = {
      .proof = established.empty() ? StreamEvent::NO_PROOF : established.front().proof(),
      .encrypted = wire && wire->encrypted(),
      .sasl = heard.sasl,
      .dialback = heard.dialback,
      .stream_error = heard.stream_error,
      .stanza = gathered->settled(1)};
  if (!wire) return played;
  const auto told = established.empty() ? std::nullopt : std::optional(established.front());
  const bool sent_in_clear = wire->heard_in_clear().find("<message") != std::string::npos;
  played.breach = breach_in(cell, *wire, heard, sent_in_clear, told);
  if ((heard.stanza == "out1") != (gathered->settled(1) == "taken")) {
    played.breach = "the stanza is settled as " + gathered->settled(1) + ", the peer has " +
                    (heard.stanza.empty() ? "not heard it" : "heard it");
  }
  played.dialogue += wire->dialogue();
  return played;
}

}  // namespace causeway::test::matrix
