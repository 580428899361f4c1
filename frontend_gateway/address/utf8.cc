#include "frontend_gateway/address/utf8.h"

#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>

namespace causeway::gateway {
namespace {

bool is_control(UChar32 c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

template <typename Allowed>
bool consists_of(std::string_view bytes, Allowed allowed) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto size = static_cast<std::int64_t>(bytes.size());
  for (std::int64_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(data, i, size, c);  // negative for what is not UTF-8
    if (c < 0 || !allowed(c)) return false;
  }
  return true;
}

}  // namespace

bool is_xml_text(std::string_view bytes) {
  return consists_of(bytes, [](UChar32 c) {
    return (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') && c != 0xfffe && c != 0xffff;
  });
}

bool is_one_line(std::string_view bytes) {
  return consists_of(bytes, [](UChar32 c) { return !is_control(c) && c != 0xfffe && c != 0xffff; });
}

}  // namespace causeway::gateway
