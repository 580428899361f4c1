#include "common/rpc/log_bridge.h"

#include <grpc/support/log.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace causeway::rpc {
namespace {

// A stranger who fails one handshake after the other must not fill the disk.
constexpr std::int64_t kLinesPerMinute = 60;

std::string place(const gpr_log_func_args& line) {
  std::string_view file = line.file;
  if (const auto slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return absl::StrCat(std::string(file), ":", line.line);
}

bool has_room() {
  static std::atomic<std::int64_t> minute{0}, lines{0};
  const std::int64_t now = std::chrono::duration_cast<std::chrono::minutes>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
  if (minute.exchange(now) != now) lines = 0;
  return lines++ < kLinesPerMinute;
}

// gRPC writes these at the level of its own developers, with the place in its code behind.
constexpr std::string_view kHandshake = "Handshaking failed: ";

std::string handshake_failure(std::string_view message) {
  message.remove_prefix(kHandshake.size());
  return explain_hang_up(std::string(message.substr(0, message.find(" {"))));
}

void write(gpr_log_func_args* line) {
  const std::string_view message = line->message;
  const bool is_handshake = message.substr(0, kHandshake.size()) == kHandshake;
  if ((line->severity != GPR_LOG_SEVERITY_ERROR && !is_handshake) || !has_room()) return;
  if (is_handshake)
    log::warning("grpc.handshake_failed", "A TLS handshake on the link failed.",
                 {{"reason", handshake_failure(message)}});
  else
    log::warning("grpc.error", message, {{"place", place(*line)}});
}

}  // namespace

void bridge_log() {
  gpr_set_log_function(write);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);
}

// gRPC 1.51 closes the connection without the alert of TLS that would say why.
std::string explain_hang_up(std::string reason) {
  for (const char* sign : {"Socket closed", "Connection reset", "read failed", "Broken pipe"})
    if (absl::StrContains(reason, sign))
      return absl::StrCat(reason,
                          "; the other end hung up: its log says why, most often it does not trust "
                          "this end's certificate");
  return reason;
}

}  // namespace causeway::rpc
