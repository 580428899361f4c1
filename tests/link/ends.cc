#include "tests/link/ends.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace causeway::test {
namespace {

v1::Stanza stanza(const std::string& id, const std::string& from, const std::string& to,
                  const std::string& user) {
  v1::Stanza stanza;
  stanza.set_id(id);
  stanza.mutable_from()->set_domain(from);
  stanza.mutable_to()->set_domain(to);
  stanza.mutable_to()->set_local(user);
  stanza.mutable_message()->add_bodies()->set_text("Wherefore art thou?");
  return stanza;
}

void judge(causeway::link::Delivery delivery) {
  v1::StanzaError error;
  error.set_condition(v1::ITEM_NOT_FOUND);
  if (delivery.stanza.id().rfind("bad", 0) == 0)
    delivery.receipt.refused(error);
  else
    delivery.receipt.taken();
}

std::string with_condition(const std::string& id, const v1::StanzaError& error) {
  return absl::StrCat(id, " ", v1::StanzaCondition_Name(error.condition()));
}

}  // namespace

struct LogCookie {
  static ssize_t write(void* cookie, const char* bytes, std::size_t count) {
    auto& capture = *static_cast<LogCapture*>(cookie);
    capture.watched_.change([&] { capture.text_.append(bytes, count); });
    return static_cast<ssize_t>(count);
  }
};

LogCapture::LogCapture() {
  file_ = fopencookie(this, "w", {nullptr, LogCookie::write, nullptr, nullptr});
  setvbuf(file_, nullptr, _IONBF, 0);
  log::configure(log::Level::debug, log::Format::text, file_);
}

LogCapture::~LogCapture() {
  log::configure(log::Level::error, log::Format::text);
  std::fclose(file_);
}

bool LogCapture::has_line(const Ids& parts, std::chrono::milliseconds limit) {
  return watched_.wait(
      [&] {
        for (std::size_t at = 0; at < text_.size();) {
          const std::size_t end = std::min(text_.find('\n', at), text_.size());
          const std::string line = text_.substr(at, end - at);
          if (std::all_of(parts.begin(), parts.end(),
                          [&](const std::string& part) { return line.find(part) != line.npos; }))
            return true;
          at = end + 1;
        }
        return false;
      },
      limit);
}

std::string LogCapture::text() {
  return watched_.read([&] { return text_; });
}

Edge::Edge(const edge::config::Link& settings) {
  edge::link::Gateways::Handlers handlers;
  handlers.deliver = [this](std::vector<causeway::link::Delivery> deliveries) {
    for (auto& delivery : deliveries) {
      watched.change([&] {
        delivered.push_back(delivery.stanza.id());
        if (judgement == Judgement::keep) kept.push_back(std::move(delivery.receipt));
      });
      if (delivery.receipt.owed()) judge(std::move(delivery));
    }
  };
  handlers.returned = [this](v1::Stanza stanza, v1::StanzaError error) {
    watched.change([&] { returned.push_back(with_condition(stanza.id(), error)); });
  };
  handlers.configure = [this](std::shared_ptr<const v1::Snapshot> snapshot) {
    watched.change([&] { delivered.push_back(absl::StrCat("configure ", snapshot->version())); });
  };
  link = std::make_unique<edge::link::Gateways>(settings, std::move(handlers));
  const absl::Status status = link->start();
  INFO(status.message());
  REQUIRE(status.ok());
}

void Edge::submit(const std::string& id, const std::string& user) {
  link->submit(stanza(id, "fabrikam.example", "contoso.example", user));
}

void Edge::submit_with_receipt(const std::string& id) {
  struct Settler final : causeway::link::Settler {
    Settler(Edge& the_edge, std::string the_id) : edge(the_edge), id(std::move(the_id)) {}
    void settle(std::uint64_t, std::optional<v1::StanzaError> refusal) override {
      edge.watched.change(
          [&] { edge.returned.push_back(id + (refusal ? " forgotten" : " settled")); });
    }
    Edge& edge;
    const std::string id;
  };
  std::vector<causeway::link::Delivery> deliveries;
  deliveries.push_back({stanza(id, "fabrikam.example", "contoso.example", "romeo"),
                        causeway::link::Receipt(std::make_shared<Settler>(*this, id), 1)});
  link->submit(std::move(deliveries));
}

Gateway::Gateway(const gateway::config::Config& config, std::uint64_t version) {
  gateway::link::Edges::Handlers handlers;
  handlers.deliver = [this](std::vector<causeway::link::Delivery> deliveries) {
    for (auto& delivery : deliveries) {
      watched.change([&] {
        delivered.push_back(delivery.stanza.id());
        if (judgement == Judgement::keep) kept.push_back(std::move(delivery.receipt));
      });
      if (delivery.receipt.owed()) judge(std::move(delivery));
    }
  };
  handlers.stream_event = [this](const v1::StreamEvent& event) {
    watched.change([&] { events.push_back(event); });
  };
  link = std::make_unique<gateway::link::Edges>(
      config, [](std::function<void()> work) { work(); }, std::move(handlers));
  v1::Snapshot snapshot;
  snapshot.set_version(version);
  link->configure(std::move(snapshot));
  link->start();
}

void Gateway::submit(const std::string& id, std::uint32_t patience_ms) {
  v1::Stanza sent = stanza(id, "contoso.example", "fabrikam.example", "juliet");
  sent.set_patience_ms(patience_ms);
  link->submit(std::move(sent), [this, id](std::optional<v1::StanzaError> refusal) {
    watched.change([&] { settled.push_back(refusal ? with_condition(id, *refusal) : id); });
  });
}

}  // namespace causeway::test
