#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// The one door to libre. Its headers ask for what its own build had defined; struct sa and the
// integer types differ without these.
#define HAVE_INTTYPES_H
#define HAVE_STDBOOL_H
#define HAVE_INET6
extern "C" {
#include <re.h>
typedef void(dbg_print_h)(int level, const char* text, size_t size, void* arg);
void dbg_handler_set(dbg_print_h* handler,
                     void* arg);  // of re_dbg.h, which is for libre's own modules
}
#undef MIN
#undef MAX

namespace causeway::gateway::sip {

// An object of libre's, counted by it.
struct Release {
  void operator()(void* object) const { mem_deref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

inline std::string_view view(const pl& text) {
  return text.p ? std::string_view(text.p, text.l) : std::string_view();
}

// "192.0.2.1:5060", "[2001:db8::1]:5060".
inline std::string address_text(const sa& address) {
  char text[64];
  return re_snprintf(text, sizeof text, "%J", &address) < 0 ? std::string() : std::string(text);
}

}  // namespace causeway::gateway::sip
