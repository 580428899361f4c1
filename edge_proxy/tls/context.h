#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace causeway::edge::tls {

// What S2S TLS needs, loaded once and shared by every thread: our certificate and key, the trust
// anchors, the suites (TLS 1.2 with ECDHE and AEAD, TLS 1.3). Immutable. Only this room's .cc files
// include <openssl/*>.
class Context {
 public:
  // PEM files; the certificate file holds our chain, our own certificate first. An error names the
  // file and says what is wrong with it.
  static absl::StatusOr<std::shared_ptr<const Context>> load(const std::string& certificate_file,
                                                             const std::string& private_key_file,
                                                             const std::string& trust_anchors_file);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // What an operator should hear although it can be used: "edge.crt: certificate expired on
  // 2026-11-01".
  const std::vector<std::string>& warnings() const { return warnings_; }

  struct Native;
  const Native& native() const { return *native_; }

 private:
  Context(std::unique_ptr<Native> native, std::vector<std::string> warnings);

  std::unique_ptr<Native> native_;
  std::vector<std::string> warnings_;
};

}  // namespace causeway::edge::tls
