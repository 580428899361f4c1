#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace causeway::edge::tls {

// The cryptography that is not TLS. Raw bytes in, raw bytes out. Any thread.
std::string sha256(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
std::string random_bytes(std::size_t count);  // of the CSPRNG

// Takes the same time wherever the two differ; only their lengths may be learnt.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace causeway::edge::tls
