#pragma once

#include <string_view>
#include <system_error>

namespace causeway::edge::tls {

// Failures of TLS itself, as opposed to those of the connection under it. The message is for
// operators: "the peer does not speak TLS", "the peer refused: unknown CA".
const std::error_category& tls_category();

// Whether the peer answered with something that is no TLS at all.
bool is_no_tls(const std::error_code& error);

// Takes the thread's oldest BoringSSL error and forgets the rest.
std::error_code take_fault();

}  // namespace causeway::edge::tls
