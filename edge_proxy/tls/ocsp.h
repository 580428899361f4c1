#pragma once

#include <cstdint>
#include <string_view>

#include "edge_proxy/tls/certificate.h"

namespace causeway::edge::tls {

// Why an OCSP response (RFC 6960, DER) is of no use to a client that wants to know whether our
// certificate is revoked: it cannot be read, is about others, is out of date or has no good news.
// The signature is the client's business. `now` is seconds since 1970.
Problem staple_problem(std::string_view der, const x509_st& certificate, std::int64_t now);

}  // namespace causeway::edge::tls
