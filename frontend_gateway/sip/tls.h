#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "frontend_gateway/sip/libre.h"

namespace causeway::gateway::sip {

// The TLS context that libre uses for every connection, either way: both sides show a certificate
// of our authorities, and the server we connect to proves the name it was looked up by (RFC 5922).
// TLS 1.2 or later, SNI sent. In the loop's thread.
//
// libre has one context for all and takes no name for its SIP connections, so the name comes to
// OpenSSL on another way: between Opening's construction and destruction every new connection is
// one to `name`.
class Tls {
 public:
  // An error names the file.
  static absl::StatusOr<std::unique_ptr<Tls>> open(const std::string& certificate,
                                                   const std::string& certificate_authority);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  struct tls* context() const {
    return context_.get();
  }

  // Reads the files again when they have changed: new connections use what they say. One that
  // cannot be used changes nothing, and is told in the log.
  void reload_if_changed();

  class Opening {
   public:
    // `at` is where the connection leads; what is proved is remembered for it. Both outlive this.
    Opening(const std::string& for_name, const std::string& at);
    ~Opening();
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    const std::string& name;
    const std::string& address;
  };

  // Whether the server at `address` has proved `name` in its last handshake.
  bool proved(const std::string& address, const std::string& name) const;

 private:
  friend struct Hooks;
  Tls(std::string certificate, std::string certificate_authority);
  absl::Status load(bool into_context);

  const std::string certificate_, certificate_authority_;
  std::string version_;  // of the two files
  Owned<struct tls> context_;
  absl::flat_hash_map<std::string, std::vector<std::string>> proved_;  // by address
};

// The names in the certificate that the other side of this connection has shown, and that our
// authorities vouch for: dNSName, the hosts of sip: URIs, addresses; the common name only without
// them (RFC 5922 section 7.1). Lower case. Empty for other transports.
std::vector<std::string> certificate_names(const sip_msg& message);

}  // namespace causeway::gateway::sip
