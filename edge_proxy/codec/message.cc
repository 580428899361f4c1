#include <cstddef>
#include <string_view>

#include "common/xhtml/xhtml.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/codec/namespaces.h"
#include "edge_proxy/codec/parts.h"
#include "edge_proxy/codec/timestamp.h"
#include "edge_proxy/codec/words.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {
namespace {

using xml::Element;

// XEP-0201 section 4: a parent is the parent of a thread.
void read_thread(const Element& element, v1::Message& message) {
  if (element.text.empty()) return;
  message.set_thread(element.text);
  message.set_parent_thread(std::string(element.attribute("parent")));
}

void read_chat_state(const Element& element, v1::Message& message) {
  if (const auto state = value_of(kChatStates, element.name)) message.set_chat_state(*state);
}

void read_received(const Element& element, v1::Message& message) {
  if (element.attribute("id").empty()) return;
  message.mutable_receipt()->set_received_id(std::string(element.attribute("id")));
}

void read_displayed(const Element& element, v1::Message& message) {
  if (element.attribute("id").empty()) return;
  message.mutable_receipt()->set_displayed_id(std::string(element.attribute("id")));
}

void read_delay(const Element& element, v1::Message& message) {
  const auto sent = parse_timestamp(element.attribute("stamp"));
  if (sent && !message.has_sent()) *message.mutable_sent() = *sent;
}

void read_out_of_band(const Element& element, v1::Message& message) {
  const Element* url = element.child("url", ns::kOutOfBand);
  if (url == nullptr || url->text.empty()) return;
  v1::OutOfBand& out = *message.add_out_of_band();
  out.set_url(url->text);
  const Element* description = element.child("desc", ns::kOutOfBand);
  if (description != nullptr) out.set_description(description->text);
}

// XEP-0071 section 5: one <body/> for each language; a stanza has one here, and it is the first.
void read_xhtml(const Element& element, v1::Message& message) {
  const Element* body = element.child("body", xml::ns::kXhtml);
  if (body == nullptr || !message.xhtml().empty()) return;
  if (const auto allowed = xhtml::allowed(*body)) message.set_xhtml(xhtml::to_xml(*allowed));
}

// What is encrypted says so even where its sender left XEP-0380 out: who cannot read it can be
// told.
void read_encrypted(const Element& element, v1::Message& message) {
  if (message.encryption_namespace().empty()) message.set_encryption_namespace(element.ns);
}

// A child of <message/> that has a field. An empty name stands for any.
struct Row {
  std::string_view ns;
  std::string_view name;
  void (*read)(const Element& element, v1::Message& message);
};

constexpr Row kRows[] = {
    {xml::ns::kServer, "body",
     [](const Element& e, v1::Message& m) { read_text(e, *m.mutable_bodies()); }},
    {xml::ns::kServer, "subject",
     [](const Element& e, v1::Message& m) { read_text(e, *m.mutable_subjects()); }},
    {xml::ns::kServer, "thread", read_thread},
    {ns::kChatStates, "", read_chat_state},
    {xhtml::kXhtmlIm, "html", read_xhtml},
    {ns::kReceipts, "request",
     [](const Element&, v1::Message& m) { m.mutable_receipt()->set_requested(true); }},
    {ns::kReceipts, "received", read_received},
    {ns::kChatMarkers, "markable",
     [](const Element&, v1::Message& m) { m.mutable_receipt()->set_markable(true); }},
    {ns::kChatMarkers, "displayed", read_displayed},
    {ns::kCorrect, "replace",
     [](const Element& e, v1::Message& m) { m.set_replaces_id(std::string(e.attribute("id"))); }},
    {ns::kDelay, "delay", read_delay},
    {ns::kOutOfBand, "x", read_out_of_band},
    {ns::kEncryption, "encryption",
     [](const Element& e, v1::Message& m) {
       m.set_encryption_namespace(std::string(e.attribute("namespace")));
     }},
    {ns::kOmemo, "encrypted", read_encrypted},
    {ns::kOldOmemo, "encrypted", read_encrypted},
    {ns::kOpenPgp, "openpgp", read_encrypted},
    {ns::kOldOpenPgp, "x", read_encrypted},
    {ns::kHints, "no-store", [](const Element&, v1::Message& m) { m.set_no_store(true); }},
};

void append_id(std::string& out, std::string_view name, std::string_view ns, std::string_view id) {
  if (id.empty()) return;
  start_element(out, name, ns);
  append_attribute(out, "id", id);
  end_element(out, name);
}

void append_thread(std::string& out, const v1::Message& message) {
  if (message.thread().empty()) return;
  start_element(out, "thread");
  append_optional(out, "parent", message.parent_thread());
  end_element(out, "thread", message.thread());
}

void append_receipt(std::string& out, const v1::Receipt& receipt) {
  if (receipt.requested()) append_element(out, "request", ns::kReceipts);
  if (receipt.markable()) append_element(out, "markable", ns::kChatMarkers);
  append_id(out, "received", ns::kReceipts, receipt.received_id());
  append_id(out, "displayed", ns::kChatMarkers, receipt.displayed_id());
}

void append_delay(std::string& out, const v1::Message& message) {
  const std::string stamp = message.has_sent() ? format_timestamp(message.sent()) : std::string();
  if (stamp.empty()) return;
  start_element(out, "delay", ns::kDelay);
  append_attribute(out, "stamp", stamp);
  end_element(out, "delay");
}

void append_out_of_band(std::string& out, const v1::OutOfBand& out_of_band) {
  if (out_of_band.url().empty()) return;
  start_element(out, "x", ns::kOutOfBand);
  out.push_back('>');
  append_element(out, "url", {}, out_of_band.url());
  if (!out_of_band.description().empty())
    append_element(out, "desc", {}, out_of_band.description());
  out.append("</x>");
}

// Whatever a gateway says, only what is on the list goes out.
void append_xhtml(std::string& out, const v1::Message& message) {
  if (message.xhtml().empty()) return;
  const auto body = xhtml::parse(message.xhtml());
  if (!body) return;
  start_element(out, "html", xhtml::kXhtmlIm);
  out.append(">").append(xhtml::to_xml(*body)).append("</html>");
}

}  // namespace

void read_message(const Element& element, v1::Message& message) {
  for (const Element& child : element.children) {
    for (const Row& row : kRows) {
      if (child.ns != row.ns || (!row.name.empty() && child.name != row.name)) continue;
      row.read(child, message);
      break;
    }
  }
}

void append_message(std::string& out, const v1::Message& message) {
  append_texts(out, "subject", message.subjects());
  append_texts(out, "body", message.bodies());
  append_xhtml(out, message);
  append_thread(out, message);
  const std::string_view state = word_of(kChatStates, message.chat_state());
  if (!state.empty()) append_element(out, state, ns::kChatStates);
  if (message.has_receipt()) append_receipt(out, message.receipt());
  append_id(out, "replace", ns::kCorrect, message.replaces_id());
  append_delay(out, message);
  for (const v1::OutOfBand& out_of_band : message.out_of_band()) {
    append_out_of_band(out, out_of_band);
  }
  if (!message.encryption_namespace().empty()) {
    start_element(out, "encryption", ns::kEncryption);
    append_attribute(out, "namespace", message.encryption_namespace());
    end_element(out, "encryption");
  }
  if (message.no_store()) append_element(out, "no-store", ns::kHints);
}

}  // namespace causeway::edge::codec
