#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "edge_proxy/tls/native.h"

namespace causeway::edge::tls {

// Files and the PEM in them. An error begins with the name of what it is about and says what is
// wrong: "edge.crt: certificate 2 cannot be read".

absl::Status bad(std::string_view name, std::string_view reason);

absl::StatusOr<std::string> contents(const std::string& file);  // 8 MiB at most

// At least one. What stands between the PEM blocks is ignored.
absl::StatusOr<std::vector<Certificate>> parse_certificates(std::string_view text,
                                                            std::string_view name);
absl::StatusOr<std::vector<RevocationList>> parse_revocation_lists(std::string_view text,
                                                                   std::string_view name);
absl::StatusOr<PrivateKey> parse_key(std::string_view text, std::string_view name);

}  // namespace causeway::edge::tls
