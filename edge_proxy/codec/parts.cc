#include "edge_proxy/codec/parts.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {

std::string_view language(std::string_view lang) {
  constexpr std::size_t kLongest = 35;  // RFC 5646 section 4.4.1
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  };
  const bool good = lang.size() <= kLongest && std::all_of(lang.begin(), lang.end(), allowed);
  return good ? lang : std::string_view();
}

void read_text(const xml::Element& element, LocalizedTexts& texts) {
  const std::string_view lang = language(element.lang());
  for (const v1::LocalizedText& text : texts) {
    if (text.lang() == lang) return;
  }
  v1::LocalizedText& text = *texts.Add();
  text.set_lang(std::string(lang));
  text.set_text(element.text);
}

void append_texts(std::string& out, std::string_view name, const LocalizedTexts& texts) {
  for (const v1::LocalizedText& text : texts) {
    start_element(out, name);
    append_optional(out, "xml:lang", language(text.lang()));
    end_element(out, name, text.text());
  }
}

}  // namespace causeway::edge::codec
