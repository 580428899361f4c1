#include "frontend_gateway/translate/imdn.h"

#include <charconv>

#include "absl/status/statusor.h"
#include "common/xml/document.h"
#include "common/xml/writer.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/translate/cpim.h"

namespace causeway::gateway::translate {
namespace {

using xml::Element;

constexpr std::string_view kNamespace = "urn:ietf:params:xml:ns:imdn";
constexpr std::string_view kMsNamespace = "http://schemas.microsoft.com/rtc/2005/08/imdn";
constexpr std::size_t kMostIdBytes = 256;

struct Row {
  std::string_view notification;
  std::string_view word;
  Imdn::Status status;
};
constexpr Row kRows[] = {
    {"delivery-notification", "delivered", Imdn::Status::delivered},
    {"delivery-notification", "failed", Imdn::Status::failed},
    {"delivery-notification", "forbidden", Imdn::Status::forbidden},
    {"display-notification", "displayed", Imdn::Status::displayed},
};

Element element(std::string_view ns, std::string_view name, std::string text = {}) {
  Element made;
  made.ns = ns;
  made.name = name;
  made.text = std::move(text);
  return made;
}

std::string document(const Element& root) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n" + xml::to_string(root);
}

// The root of the document and the message it names.
std::optional<Element> read(std::string_view text, std::string_view ns, Imdn& imdn) {
  absl::StatusOr<Element> root = xml::parse_document(text);
  if (!root.ok() || !root->is("imdn", ns)) return std::nullopt;
  const Element* id = root->child("message-id", ns);
  if (id == nullptr) return std::nullopt;
  imdn.message_id = trim(id->text);
  if (imdn.message_id.empty() || imdn.message_id.size() > kMostIdBytes) return std::nullopt;
  return *std::move(root);
}

}  // namespace

std::optional<Imdn> parse_imdn(std::string_view text) {
  Imdn imdn;
  const auto root = read(text, kNamespace, imdn);
  if (!root) return std::nullopt;
  if (const Element* recipient = root->child("recipient-uri", kNamespace))
    imdn.recipient = trim(recipient->text);
  for (const Row& row : kRows) {
    const Element* notification = root->child(row.notification, kNamespace);
    const Element* status =
        notification == nullptr ? nullptr : notification->child("status", kNamespace);
    if (status != nullptr && status->child(row.word, kNamespace) != nullptr) {
      imdn.status = row.status;
      break;
    }
  }
  return imdn;
}

std::optional<Imdn> parse_ms_imdn(std::string_view text) {
  Imdn imdn;
  const auto root = read(text, kMsNamespace, imdn);
  if (!root) return std::nullopt;
  const Element* recipient = root->child("recipient", kMsNamespace);
  const Element* status = recipient == nullptr ? nullptr : recipient->child("status", kMsNamespace);
  if (status == nullptr) return imdn;
  imdn.recipient = recipient->attribute("uri");
  const std::string_view digits = trim(status->text);
  std::from_chars(digits.data(), digits.data() + digits.size(), imdn.sip_status);
  const bool failed = imdn.sip_status >= 300 && imdn.sip_status <= 699;
  if (failed) imdn.status = Imdn::Status::failed;
  return imdn;
}

std::string write_imdn(const Imdn& imdn) {
  Element root = element(kNamespace, "imdn");
  root.children.push_back(element(kNamespace, "message-id", imdn.message_id));
  root.children.push_back(element(kNamespace, "datetime", internet_time(imdn.when)));
  root.children.push_back(element(kNamespace, "recipient-uri", imdn.recipient));
  for (const Row& row : kRows) {
    if (row.status != imdn.status) continue;
    Element& notification = root.children.emplace_back(element(kNamespace, row.notification));
    Element& status = notification.children.emplace_back(element(kNamespace, "status"));
    status.children.push_back(element(kNamespace, row.word));
  }
  return document(root);
}

std::string write_ms_imdn(const Imdn& imdn) {
  Element root = element(kMsNamespace, "imdn");
  root.children.push_back(element(kMsNamespace, "message-id", imdn.message_id));
  Element& recipient = root.children.emplace_back(element(kMsNamespace, "recipient"));
  recipient.attributes.push_back({"", "uri", imdn.recipient});
  recipient.children.push_back(element(kMsNamespace, "status", std::to_string(imdn.sip_status)));
  return document(root);
}

}  // namespace causeway::gateway::translate
