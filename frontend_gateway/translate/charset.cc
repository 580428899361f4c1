#include "frontend_gateway/translate/charset.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <memory>

#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::size_t kMostNameBytes = 40;  // the longest registered name has 45, and no use here

struct Close {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, Close>;

constexpr UConverterType kTypes[] = {
    UCNV_SBCS,
    UCNV_DBCS,
    UCNV_MBCS,
    UCNV_LATIN_1,
    UCNV_UTF16_BigEndian,
    UCNV_UTF8,
    UCNV_US_ASCII,
    UCNV_UTF16,
    UCNV_UTF16_LittleEndian,
};

bool is_utf8(std::string_view name) {
  return name.empty() || equal_ignoring_case(name, "utf-8") || equal_ignoring_case(name, "utf8");
}

// Whether its converter reads "A" as A, in two bytes where it has two for each.
bool keeps_ascii(UConverter* converter) {
  UErrorCode error = U_ZERO_ERROR;
  char bytes[16];
  const UChar letters[] = {'A', '<', 0};
  const int32_t size = ucnv_fromUChars(converter, bytes, sizeof bytes, letters, 2, &error);
  const std::string_view written(bytes, U_SUCCESS(error) ? static_cast<std::size_t>(size) : 0);
  ucnv_reset(converter);
  return std::ranges::count(written, 'A') == 1 && std::ranges::count(written, '<') == 1;
}

Converter open(std::string_view name) {
  if (name.size() > kMostNameBytes || !is_one_line(name)) return nullptr;
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(std::string(name).c_str(), &error));
  if (U_FAILURE(error) || converter == nullptr) return nullptr;
  if (std::ranges::find(kTypes, ucnv_getType(converter.get())) == std::end(kTypes)) return nullptr;
  if (!keeps_ascii(converter.get())) return nullptr;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  return U_SUCCESS(error) ? std::move(converter) : nullptr;
}

SipRefusal not_text() { return {400, "Body Is Not Text In Its Charset"}; }

Outcome<std::string, SipRefusal> convert(UConverter* from, std::string_view bytes) {
  UErrorCode error = U_ZERO_ERROR;
  const Converter to(ucnv_open("UTF-8", &error));
  if (to == nullptr) return SipRefusal{500, "No Converter"};
  std::string text(4 * bytes.size() + 8, '\0');
  char* end = text.data();
  const char* source = bytes.data();
  ucnv_convertEx(to.get(), from, &end, text.data() + text.size(), &source,
                 bytes.data() + bytes.size(), nullptr, nullptr, nullptr, nullptr, true, true,
                 &error);
  if (U_FAILURE(error)) return not_text();
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

}  // namespace

Outcome<std::string, SipRefusal> to_utf8(std::string_view bytes, std::string_view charset) {
  if (is_utf8(charset)) {
    if (!is_xml_text(bytes)) return SipRefusal{400, "Body Is Not UTF-8 Text Without Controls"};
    return std::string(bytes);
  }
  const Converter converter = open(charset);
  if (converter == nullptr) return SipRefusal{415, "Unsupported Charset"};
  auto text = convert(converter.get(), bytes);
  if (text.ok() && !is_xml_text(*text)) return not_text();
  return text;
}

}  // namespace causeway::gateway::translate
