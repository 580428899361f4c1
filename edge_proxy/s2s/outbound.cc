#include "edge_proxy/s2s/outbound.h"

#include "common/xml/namespaces.h"
#include "edge_proxy/s2s/features/bidi.h"
#include "edge_proxy/s2s/features/dialback.h"
#include "edge_proxy/s2s/features/sasl.h"
#include "edge_proxy/s2s/features/starttls.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using stream::Condition;
using stream::StreamError;

// In this order, each at most once; dialback is what is left when nothing before it has proved us.
constexpr const Choice* kChoices[] = {
    &kChooseStartTls,
    &kChooseBidi,
    &kChooseSasl,
    &kChooseDialback,
};

// A server that is older than features has none (RFC 6120 section 4.7.5).
awaitable<void> open_stream(Outbound& n) {
  const stream::Header ours{.from = n.local, .to = n.remote, .lang = "en"};
  co_await n.stream.send_header(ours);
  const stream::Header theirs = co_await n.stream.read_header();
  if (theirs.version.major > stream::kVersion.major) {
    throw StreamError(Condition::unsupported_version, "this is XMPP 1.0");
  }
  if (n.stream.encrypted() && n.proof == v1::StreamEvent::NO_PROOF && n.partner.anchors)
    n.stream.verify_against(n.partner.anchors.get());
  n.id = theirs.id;
  n.features = {};
  if (theirs.version < stream::kVersion) co_return;
  xml::Element features = co_await n.stream.read();
  if (!features.is("features", xml::ns::kStreams)) {
    throw StreamError(Condition::policy_violation, "features were expected");
  }
  n.features = std::move(features);
}

}  // namespace

awaitable<v1::StreamEvent::Proof> negotiate(Outbound& outbound) {
  co_await open_stream(outbound);
  for (const Choice* const choice : kChoices) {
    if (!choice->wanted(outbound)) continue;
    const Then then = co_await choice->negotiate(outbound);
    if (then == Then::restart) co_await open_stream(outbound);
  }
  outbound.stream.forget_chain();
  co_return outbound.proof;
}

}  // namespace causeway::edge::s2s
