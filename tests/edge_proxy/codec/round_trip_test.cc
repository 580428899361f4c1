#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "edge_proxy/codec/stanza_codec.h"
#include "tests/edge_proxy/codec/stanzas.h"

namespace causeway::edge::codec {
namespace {

// Stanzas of which every field can be written, so that nothing may be lost.
class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}

  v1::Stanza stanza() {
    v1::Stanza out;
    *out.mutable_from() = address();
    *out.mutable_to() = address();
    out.set_id(some() ? text() : "1");
    if (some()) out.set_lang("en-GB");
    switch (below(3)) {
      case 0:
        message(out);
        break;
      case 1:
        presence(out);
        break;
      default:
        iq(out);
        break;
    }
    return out;
  }

 private:
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  bool some() { return below(2) == 0; }

  std::string text() {  // never empty
    static const char* const kPieces[] = {"a",
                                          "<",
                                          "&",
                                          "'",
                                          "\"",
                                          ">",
                                          "\n",
                                          "\t",
                                          " ",
                                          "]]>",
                                          "\r",
                                          "\xC3\xA9",
                                          "\xE2\x82\xAC",
                                          "\xF0\x9F\x8E\xBC"};
    std::string out = "t";
    for (std::size_t i = below(12); i > 0; --i) out += kPieces[below(std::size(kPieces))];
    return out;
  }

  v1::Address address() {
    v1::Address out;
    if (some()) out.set_local("juliet");
    out.set_domain(some() ? "contoso.example"
                          : "b\xC3\xBC"
                            "cher.example");
    if (some()) out.set_resource("balcony & <garden>'s");
    return out;
  }

  void texts(google::protobuf::RepeatedPtrField<v1::LocalizedText>& out) {
    static const char* const kLanguages[] = {"", "de", "zh-Hant"};
    for (std::size_t i = 0, n = below(4); i < n; ++i) {
      out.Add()->set_lang(kLanguages[i]);
      if (some()) out.rbegin()->set_text(text());
    }
  }

  void time(google::protobuf::Timestamp& out) {
    out.set_seconds(static_cast<std::int64_t>(below(4'000'000'000)) - 1'000'000'000);
    if (some()) out.set_nanos(static_cast<int>(below(1'000'000'000)));
  }

  void error(v1::Stanza& out) {
    v1::StanzaError& error = *out.mutable_error();
    error.set_condition(static_cast<v1::StanzaCondition>(below(22)));
    error.set_type(static_cast<v1::StanzaError::Type>(1 + below(5)));
    if (some()) error.set_text(text());
    const bool moved = error.condition() == v1::GONE || error.condition() == v1::REDIRECT;
    if (moved && some()) error.set_new_address(text());
  }

  void message(v1::Stanza& out) {
    v1::Message& message = *out.mutable_message();
    message.set_type(static_cast<v1::Message::Type>(below(5)));
    if (message.type() == v1::Message::ERROR) return error(out);
    texts(*message.mutable_bodies());
    texts(*message.mutable_subjects());
    if (some()) {
      message.set_xhtml(
          "<body xmlns='http://www.w3.org/1999/xhtml'><p>a &lt; <em>b</em><br/>c</p>"
          "d<a href='https://x.example/?a&amp;b'>e</a></body>");
    }
    if (some()) message.set_thread(text());
    if (!message.thread().empty() && some()) message.set_parent_thread(text());
    message.set_chat_state(static_cast<v1::Message::ChatState>(below(6)));
    if (some()) message.mutable_receipt()->set_requested(true);
    if (some()) message.mutable_receipt()->set_markable(true);
    if (some()) message.mutable_receipt()->set_received_id(text());
    if (some()) message.mutable_receipt()->set_displayed_id(text());
    if (some()) message.set_replaces_id(text());
    if (some()) time(*message.mutable_sent());
    for (std::size_t i = below(3); i > 0; --i) {
      v1::OutOfBand& link = *message.add_out_of_band();
      link.set_url(text());
      if (some()) link.set_description(text());
    }
    if (some()) message.set_encryption_namespace(text());
    message.set_no_store(some());
  }

  void presence(v1::Stanza& out) {
    v1::Presence& presence = *out.mutable_presence();
    presence.set_type(static_cast<v1::Presence::Type>(below(8)));
    if (presence.type() == v1::Presence::ERROR) return error(out);
    presence.set_show(static_cast<v1::Presence::Show>(below(5)));
    texts(*presence.mutable_statuses());
    presence.set_priority(static_cast<int>(below(256)) - 128);
    if (some()) time(*presence.mutable_idle_since());
  }

  void iq(v1::Stanza& out) {
    v1::Iq& iq = *out.mutable_iq();
    iq.set_type(static_cast<v1::Iq::Type>(below(4)));
    if (iq.type() == v1::Iq::ERROR) return error(out);
    v1::Extension& payload = *iq.mutable_payload();
    if (some()) return form(payload);
    payload.set_namespace_("http://jabber.org/protocol/disco#items");
    payload.set_name("query");
    if (some()) (*payload.mutable_attributes())["node"] = text();
    for (std::size_t i = below(3); i > 0; --i) {
      v1::Extension& item = *payload.add_children();
      item.set_namespace_(payload.namespace_());
      item.set_name("item");
      (*item.mutable_attributes())["jid"] = text();
    }
  }

  void form(v1::Extension& payload) {
    payload.set_namespace_("http://jabber.org/protocol/disco#info");
    payload.set_name("query");
    const auto add = [](v1::Extension& parent, const char* name) -> v1::Extension& {
      v1::Extension& child = *parent.add_children();
      child.set_namespace_("jabber:x:data");
      child.set_name(name);
      return child;
    };
    v1::Extension& x = add(payload, "x");
    for (std::size_t fields = below(3); fields > 0; --fields) {
      v1::Extension& field = add(x, "field");
      if (some()) (*field.mutable_attributes())["var"] = text();
      for (std::size_t values = below(3); values > 0; --values)
        add(field, "value").set_text(text());
    }
  }

  std::minstd_rand random_;
};

TEST_CASE("reading what was written gives the same stanza") {
  Random random(2026);
  for (int i = 0; i < 5'000; ++i) {
    const v1::Stanza written = random.stanza();
    const std::string text = appended(written);
    INFO(text);
    const auto read = normalise(element(text), {});
    REQUIRE(read.ok());
    REQUIRE(text_format(*read) == text_format(written));
  }
}

}  // namespace
}  // namespace causeway::edge::codec
