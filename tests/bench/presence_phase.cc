#include "tests/bench/presence_phase.h"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tests/bench/die.h"
#include "tests/bench/process_meter.h"
#include "tests/bench/rest.h"
#include "tests/bench/text.h"

namespace causeway::bench {
namespace {

using namespace std::chrono_literals;

// Subscriptions that are not answered yet. The first presence may come five seconds after the first
// NOTIFY.
constexpr std::size_t kWindow = 4000;
constexpr std::size_t kWarmUp = 200;   // subscriptions, so that pools have been made
constexpr auto kBetweenNotifies = 6s;  // RFC 3856 section 6.10 allows one in five seconds
constexpr auto kSilence = 30s;
constexpr int kRounds = 3;

// The value of an attribute of the element at the front.
std::string_view attribute(std::string_view element, std::string_view name) {
  const std::string_view tag = element.substr(0, element.find('>'));
  const std::size_t at = tag.find(join({" ", name, "="}));
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + name.size() + 3;
  return tag.substr(begin, tag.find(tag[begin - 1], begin) - begin);
}

std::string_view bare(std::string_view jid) { return jid.substr(0, jid.find('/')); }

// "s17" of "sip:s17@contoso.example"
std::string_view user_of(std::string_view uri) {
  const std::size_t begin = uri.find(':') + 1;
  return uri.substr(begin, uri.find('@') - begin);
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

PresencePhase::PresencePhase(asio::io_context& io, const Options& options, Tls tls)
    : io_(io),
      options_(options),
      xmpp_(io, {.edge = endpoint(options.edge_address),
                 .listen = endpoint(options.xmpp_listen),
                 .local_domain = options.partner_domain,
                 .remote_domain = options.hosted_domain,
                 .tls = std::move(tls)}),
      sip_(io, endpoint(options.gateway_address), endpoint(options.sip_listen),
           [this](const SipText& message, std::string& answers) { take_sip(message, answers); }) {
  asio::co_spawn(
      io, xmpp_.serve([](std::string_view) {}, [this](std::string_view it) { take_presence(it); }),
      die);
  asio::co_spawn(io, sip_.serve(), die);
}

asio::awaitable<nlohmann::ordered_json> PresencePhase::run() {
  stream_.emplace(co_await xmpp_.connect());
  co_await sip_.connect();
  Json report;
  report["xmpp_watches_sip"] = co_await xmpp_watches_sip();
  report["sip_watches_xmpp"] = co_await sip_watches_xmpp();
  report["notify_rate"] = co_await notify_rate();
  report["fan_out_to_sip"] = co_await fan_out_to_sip();
  report["fan_out_to_xmpp"] = co_await fan_out_to_xmpp();
  report["refused"] = refused_;
  report["first_refusal"] = first_refusal_;
  co_return report;
}

// ---- the measurements --------------------------------------------------------------------------

asio::awaitable<PresencePhase::Json> PresencePhase::xmpp_watches_sip() {
  std::fprintf(stderr, "%zu XMPP users begin to watch a SIP user each ...\n",
               options_.subscriptions);
  co_return co_await measured(kWarmUp, [this](std::size_t i) {
    say(presence(absl::StrCat("x", i, "@", options_.partner_domain),
                 absl::StrCat("s", i, "@", options_.hosted_domain), "subscribe"));
  });
}

asio::awaitable<PresencePhase::Json> PresencePhase::sip_watches_xmpp() {
  std::fprintf(stderr, "%zu SIP users begin to watch an XMPP user each ...\n",
               options_.subscriptions);
  co_return co_await measured(kWarmUp, [this](std::size_t i) {
    subscribe_sip(absl::StrCat("b", i), absl::StrCat("y", i));
  });
}

// Memory, and how long it takes, of the subscriptions after the first few.
asio::awaitable<PresencePhase::Json> PresencePhase::measured(
    std::size_t warm_up, std::function<void(std::size_t)> subscribe) {
  mark();
  co_await subscribe_all(0, warm_up, subscribe);
  co_await all(warm_up);
  co_await rest();
  const Usage before = usage_of(options_.gateway_process);
  const Clock::time_point begin = Clock::now();
  mark();
  const std::size_t last = warm_up + options_.subscriptions;
  co_await subscribe_all(warm_up, last, subscribe);
  const bool complete = co_await all(options_.subscriptions);
  const std::chrono::duration<double> time = last_ - begin;
  const std::size_t so_many = arrived_;
  co_await pass(kBetweenNotifies);
  co_await rest();
  const Usage after = usage_of(options_.gateway_process);
  Json result;
  result["subscriptions"] = so_many;
  result["complete"] = complete;
  result["per_second"] = static_cast<double>(so_many) / time.count();
  result["gateway_kib_each"] =
      (static_cast<double>(after.resident_bytes) - static_cast<double>(before.resident_bytes)) /
      1024 / static_cast<double>(options_.subscriptions);
  result["gateway_cpu_us_each"] =
      static_cast<double>((after.cpu - before.cpu).count()) / static_cast<double>(so_many);
  co_return result;
}

asio::awaitable<void> PresencePhase::subscribe_all(
    std::size_t first, std::size_t last, const std::function<void(std::size_t)>& subscribe) {
  Clock::time_point progress = Clock::now();
  std::size_t seen = 0;
  for (std::size_t i = first; i < last;) {
    if (i - first < arrived_ + kWindow) {
      subscribe(i++);
      continue;
    }
    co_await pass(1ms);
    if (arrived_ != seen) progress = Clock::now();
    seen = arrived_;
    if (Clock::now() - progress > kSilence) co_return;
  }
}

// Everybody who is watched shows something else, as fast as it goes.
asio::awaitable<PresencePhase::Json> PresencePhase::notify_rate() {
  Json rounds = Json::array();
  double best = 0;
  bool complete = true;
  for (int round = 0; round < kRounds; ++round) {
    co_await pass(kBetweenNotifies);
    co_await rest();
    std::fprintf(stderr, "%zu XMPP users change their presence ...\n", options_.subscriptions);
    const Usage before = usage_of(options_.gateway_process);
    mark();
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < options_.subscriptions; ++i) {
      say(shown(absl::StrCat("y", i, "@", options_.partner_domain, "/bench"),
                absl::StrCat("b", i, "@", options_.hosted_domain)));
      if (i % 64 == 63) co_await pass(0ms);
    }
    complete &= co_await all(options_.subscriptions);
    const std::chrono::duration<double> time = last_ - begin;
    const Usage after = usage_of(options_.gateway_process);
    const double rate = static_cast<double>(arrived_) / time.count();
    rounds.push_back(
        {{"notifies", arrived_},
         {"per_second", rate},
         {"gateway_cpu_us_each", static_cast<double>((after.cpu - before.cpu).count()) /
                                     static_cast<double>(std::max<std::size_t>(1, arrived_))}});
    best = std::max(best, rate);
  }
  co_return Json{{"per_second", best}, {"complete", complete}, {"rounds", rounds}};
}

asio::awaitable<PresencePhase::Json> PresencePhase::fan_out_to_sip() {
  const std::string star = absl::StrCat("star@", options_.partner_domain, "/bench");
  mark();
  co_await subscribe_all(0, options_.watchers,
                         [this](std::size_t i) { subscribe_sip(absl::StrCat("f", i), "star"); });
  bool complete = co_await all(options_.watchers);
  Json times = Json::array();
  for (int round = 0; round < kRounds; ++round) {
    co_await pass(kBetweenNotifies);
    co_await rest();
    mark();
    const Clock::time_point begin = Clock::now();
    std::string stanzas;
    for (std::size_t i = 0; i < options_.watchers; ++i) {
      stanzas += shown(star, absl::StrCat("f", i, "@", options_.hosted_domain));
    }
    say(stanzas);
    complete &= co_await all(options_.watchers);
    times.push_back(milliseconds(last_ - begin));
  }
  co_return Json{{"watchers", options_.watchers}, {"complete", complete}, {"last_ms", times}};
}

asio::awaitable<PresencePhase::Json> PresencePhase::fan_out_to_xmpp() {
  mark();
  co_await subscribe_all(0, options_.watchers, [this](std::size_t i) {
    say(presence(absl::StrCat("g", i, "@", options_.partner_domain),
                 absl::StrCat("idol@", options_.hosted_domain), "subscribe"));
  });
  bool complete = co_await all(options_.watchers);
  Json times = Json::array();
  std::size_t dialogs = 0;
  for (int round = 0; round < kRounds; ++round) {
    co_await pass(kBetweenNotifies);
    co_await rest();
    mark();
    const Clock::time_point begin = Clock::now();
    auto [dialog, end] = dialogs_.equal_range("idol");
    for (dialogs = 0; dialog != end; ++dialog, ++dialogs) notify(dialog->second, "idol");
    complete &= co_await all(options_.watchers);
    times.push_back(milliseconds(last_ - begin));
  }
  co_return Json{{"watchers", options_.watchers},
                 {"subscriptions", dialogs},
                 {"complete", complete},
                 {"last_ms", times}};
}

// ---- SIP ---------------------------------------------------------------------------------------

void PresencePhase::take_sip(const SipText& message, std::string& answers) {
  if (message.is_response()) {
    if (message.status() >= 300 && refused_++ == 0) {
      first_refusal_ = message.head.substr(0, message.head.find("\r\n"));
    }
  } else if (message.method() == "SUBSCRIBE") {
    take_subscribe(message, answers);
  } else {
    append_response(answers, message.head, "200 OK", "sink");
    if (message.method() == "NOTIFY" && message.body.find(mark_) != std::string_view::npos) {
      arrived();
    }
  }
}

void PresencePhase::take_subscribe(const SipText& request, std::string& answers) {
  const std::string user(user_of(request.request_uri()));
  const std::string tag = absl::StrCat("d", ++numbers_);
  const std::string more =
      join({"Contact: <sip:", user, "@", sip_.listens_at(),
            ";transport=tcp>\r\nExpires: ", header(request.head, "Expires"), "\r\n"});
  append_response(answers, request.head, "200 OK", tag, more);
  if (header(request.head, "To").find(";tag=") != std::string_view::npos) return;  // a refresh
  auto dialog =
      dialogs_.emplace(user, Dialog{.target = std::string(uri_in(header(request.head, "Contact"))),
                                    .ours = join({header(request.head, "To"), ";tag=", tag}),
                                    .theirs = std::string(header(request.head, "From")),
                                    .call_id = std::string(header(request.head, "Call-ID"))});
  notify(dialog->second, user);
}

void PresencePhase::notify(Dialog& dialog, std::string_view user) {
  const std::string body =
      join({"<?xml version='1.0' encoding='UTF-8'?><presence xmlns='urn:ietf:params:xml:ns:pidf' "
            "entity='sip:",
            user, "@", options_.hosted_domain,
            "'><tuple id='t1'><status><basic>open</basic></status><note>", mark_,
            "</note></tuple></presence>"});
  sip_.send(
      join({"NOTIFY ",
            dialog.target,
            " SIP/2.0\r\nVia: SIP/2.0/TCP ",
            sip_.source(),
            ";branch=z9hG4bK",
            absl::StrCat(++numbers_),
            "\r\nMax-Forwards: 70\r\nFrom: ",
            dialog.ours,
            "\r\nTo: ",
            dialog.theirs,
            "\r\nCall-ID: ",
            dialog.call_id,
            "\r\nCSeq: ",
            absl::StrCat(++dialog.cseq),
            " NOTIFY\r\nContact: <sip:",
            user,
            "@",
            sip_.listens_at(),
            ";transport=tcp>\r\nEvent: presence\r\nSubscription-State: active;expires=3600\r\n"
            "Content-Type: application/pidf+xml\r\nContent-Length: ",
            absl::StrCat(body.size()),
            "\r\n\r\n",
            body}));
}

void PresencePhase::subscribe_sip(std::string_view watcher, std::string_view watched) {
  const std::string number = absl::StrCat(++numbers_);
  sip_.send(join({"SUBSCRIBE sip:",
                  watched,
                  "@",
                  options_.partner_domain,
                  " SIP/2.0\r\nVia: SIP/2.0/TCP ",
                  sip_.source(),
                  ";branch=z9hG4bK",
                  number,
                  "\r\nMax-Forwards: 70\r\nFrom: <sip:",
                  watcher,
                  "@",
                  options_.hosted_domain,
                  ">;tag=",
                  number,
                  "\r\nTo: <sip:",
                  watched,
                  "@",
                  options_.partner_domain,
                  ">\r\nCall-ID: ",
                  number,
                  "@bench\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:",
                  watcher,
                  "@",
                  sip_.listens_at(),
                  ";transport=tcp>\r\nEvent: presence\r\nAccept: application/pidf+xml\r\n"
                  "Expires: 3600\r\nContent-Length: 0\r\n\r\n"}));
}

// ---- XMPP --------------------------------------------------------------------------------------

void PresencePhase::take_presence(std::string_view stanza) {
  const std::string_view type = attribute(stanza, "type");
  const std::string_view from = attribute(stanza, "from"), to = attribute(stanza, "to");
  const std::string ours = join({bare(to), "/bench"});
  if (type == "subscribe") {
    say(join({presence(bare(to), bare(from), "subscribed"), shown(ours, from)}));
  } else if (type == "probe") {
    say(shown(ours, from));
  } else if (stanza.find(mark_) != std::string_view::npos) {
    arrived();
  }
}

std::string PresencePhase::presence(std::string_view from, std::string_view to,
                                    std::string_view type) const {
  return join({"<presence from='", from, "' to='", to, "' type='", type, "'/>"});
}

std::string PresencePhase::shown(std::string_view from, std::string_view to) const {
  return join({"<presence from='", from, "' to='", to, "'><show>away</show><status>", mark_,
               "</status></presence>"});
}

void PresencePhase::say(std::string_view stanzas) {
  waiting_.append(stanzas);
  if (flushing_) return;
  flushing_ = true;
  asio::co_spawn(io_, flush(), die);
}

asio::awaitable<void> PresencePhase::flush() {
  while (!waiting_.empty()) {
    under_way_.clear();
    under_way_.swap(waiting_);
    co_await stream_->write(under_way_);
  }
  flushing_ = false;
}

// ---- what has arrived --------------------------------------------------------------------------

void PresencePhase::mark() {
  mark_ = absl::StrCat("mark", ++marks_, ".");
  arrived_ = 0;
}

void PresencePhase::arrived() {
  ++arrived_;
  last_ = Clock::now();
}

// False: nothing has come for a while.
asio::awaitable<bool> PresencePhase::all(std::size_t count) {
  Clock::time_point since = Clock::now();
  std::size_t seen = arrived_;
  while (arrived_ < count && Clock::now() - since < kSilence) {
    co_await pass(1ms);
    if (arrived_ != seen) since = Clock::now();
    seen = arrived_;
  }
  co_return arrived_ >= count;
}

asio::awaitable<void> PresencePhase::pass(std::chrono::milliseconds time) {
  asio::steady_timer timer(io_, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> PresencePhase::rest() {
  std::vector<pid_t> processes{options_.edge_process, options_.gateway_process};
  co_await at_rest(std::move(processes));
}

}  // namespace causeway::bench
