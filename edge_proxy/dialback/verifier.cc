#include "edge_proxy/dialback/verifier.h"

#include <asio/system_error.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/ledger/tally.h"
#include "edge_proxy/stream/direct_tls.h"

namespace causeway::edge::dialback {
namespace {

using stream::Condition;
using stream::PeerClosed;
using stream::StreamError;

constexpr char kStartTls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

Verdict error(v1::StanzaCondition condition) {
  return {.kind = Verdict::error, .condition = condition};
}

ledger::Verdict counted_as(const Verdict& verdict) {
  if (verdict.kind == Verdict::error) return ledger::Verdict::error;
  return verdict.kind == Verdict::valid ? ledger::Verdict::valid : ledger::Verdict::invalid;
}

asio::awaitable<stream::Header> open(stream::XmlStream& stream, const Request& request) {
  const stream::Header ours{.from = request.to, .to = request.from, .lang = "en"};
  co_await stream.send_header(ours);
  co_return co_await stream.read_header();
}

// Whether the server offers STARTTLS; one that is older than features does not.
asio::awaitable<bool> offers_tls(stream::XmlStream& stream, const stream::Header& theirs) {
  if (theirs.version < stream::kVersion) co_return false;
  const xml::Element features = co_await stream.read();
  if (!features.is("features", xml::ns::kStreams)) {
    throw StreamError(Condition::policy_violation, "features were expected");
  }
  co_return features.child("starttls", xml::ns::kTls) != nullptr;
}

asio::awaitable<void> start_tls(stream::XmlStream& stream, const Request& request) {
  co_await stream.send(kStartTls);
  const xml::Element answer = co_await stream.read();
  if (!answer.is("proceed", xml::ns::kTls)) throw PeerClosed("it refused STARTTLS");
  co_await stream.connect_tls(request.from.ascii(), tls::Direct::no, request.to.ascii());
  const stream::Header theirs = co_await open(stream, request);
  co_await offers_tls(stream, theirs);
}

}  // namespace

asio::awaitable<Verdict> ask_authoritative(stream::XmlStream& stream, const Question& question) {
  const Request& request = question.request;
  const stream::Header theirs = co_await open(stream, request);
  const bool tls_offered = co_await offers_tls(stream, theirs);
  if (stream.encrypted()) {
    // Direct TLS, behind which there is no STARTTLS (XEP-0368).
  } else if (tls_offered && question.tls_supported) {
    co_await start_tls(stream, request);
  } else if (question.tls_required) {
    co_return error(v1::POLICY_VIOLATION);
  }
  const Request verify{
      .from = request.to, .to = request.from, .id = request.id, .key = request.key};
  co_await stream.send(request_xml("verify", verify));
  for (;;) {
    const xml::Element answer = co_await stream.read();
    const std::optional<Verdict> verdict = verdict_on(answer, "verify", verify);
    if (verdict) co_return *verdict;
  }
}

asio::awaitable<Verdict> Verifier::verify(Question question) {
  const Quota::Verification asked{.domain = question.request.from.unicode(),
                                  .ours = question.request.to.unicode(),
                                  .origin = question.origin};
  const std::optional<Verdict> refused = quota_.begin(asked, Quota::Clock::now());
  if (refused) co_return *refused;
  Verdict verdict{.kind = Verdict::valid};  // of one that is cancelled nothing is remembered
  const absl::Cleanup done = [&] { quota_.end(asked, verdict, Quota::Clock::now()); };
  verdict = co_await ask_in_time(std::move(question));
  if (streams_.tally) streams_.tally->dialback[counted_as(verdict)].add();
  co_return verdict;
}

asio::awaitable<Verdict> Verifier::ask_in_time(Question question) {
  try {
    co_return co_await async::within(limits_.dialback, ask(std::move(question)));
  } catch (const async::TimedOut&) {
    co_return error(v1::REMOTE_SERVER_TIMEOUT);
  } catch (const dns::LookupError&) {
    co_return error(v1::REMOTE_SERVER_NOT_FOUND);
  }
}

asio::awaitable<Verdict> Verifier::converse(stream::XmlStream& stream, const Question& question,
                                            bool direct_tls) {
  const Request& request = question.request;
  if (direct_tls) {
    co_await stream::begin_direct_tls(stream, request.from.ascii(), request.to.ascii(),
                                      limits_.connect);
  }
  co_return co_await ask_authoritative(stream, question);
}

asio::awaitable<Verdict> Verifier::ask(Question question) {
  stream::Steps steps;
  stream::Places places(
      resolver_, question.request.from,
      {.proxy = question.proxy, .direct_tls = question.tls_supported, .limits = limits_}, steps);
  Verdict last = error(v1::REMOTE_SERVER_TIMEOUT);
  for (;;) {
    std::optional<stream::Place> place = co_await places.next();
    if (!place) co_return last;
    stream::TransportStream stream(tls::Transport(std::move(place->socket)), streams_);
    try {
      // A silent server must leave time for the next one.
      last = co_await async::within(std::chrono::milliseconds(limits_.dialback) / 2,
                                    converse(stream, question, place->direct_tls));
      if (last.kind != Verdict::error) co_return last;
    } catch (const async::TimedOut&) {
      last = error(v1::REMOTE_SERVER_TIMEOUT);
    } catch (const StreamError&) {
    } catch (const PeerClosed&) {
    } catch (const stream::Ended&) {
    } catch (const asio::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
    }
    // A server that is not asked anything further may as well read it from the end of the
    // connection.
    stream.abort();
  }
}

}  // namespace causeway::edge::dialback
