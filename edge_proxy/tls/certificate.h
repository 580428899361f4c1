#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "edge_proxy/tls/identity.h"
#include "edge_proxy/tls/native.h"

struct X509_name_st;

namespace causeway::edge::tls {

// Judgements about one certificate. A problem is a sentence for an operator's log, nothing else.
using Problem = std::optional<std::string>;

// "certificate expired on 2026-11-01", "certificate is not valid before 2027-01-01".
Problem date_problem(const x509_st& certificate, std::int64_t now);

// "certificate expires on 2026-11-01": in force, but not for another week or, if it was made for a
// short time, for another tenth of that.
Problem end_problem(const x509_st& certificate, std::int64_t now);

std::optional<std::int64_t> not_after(const x509_st& certificate);  // seconds since 1970

// RSA keys of 2,048 to 8,192 bits (less is broken, more is a denial of service), the curves of TLS,
// Ed25519; and no signature by SHA-1 or MD5.
Problem strength_problem(const x509_st& certificate);

// Whether it may authenticate a server: no extended key usage, or serverAuth, or any. This holds
// for both directions: public authorities no longer issue clientAuth, and a certificate for
// clientAuth alone says nothing about a server's domain.
bool may_be_server(const x509_st& certificate);

// Copies dNSName, SRVName and xmppAddr out of the subject alternative names. Names that are not
// well formed, or hold a NUL, are left out. Anything wrong with the list as a whole is a problem.
Problem copy_names(const x509_st& certificate, PeerCertificate& into);

// "CN=Example CA,O=Example", escaped and at most 128 characters.
std::string subject_of(const x509_st& certificate);
std::string issuer_of(const x509_st& certificate);
std::string printed(const X509_name_st& name);

std::optional<std::int64_t> next_update(const X509_crl_st& list);  // seconds since 1970
std::string date_of(std::int64_t posix);                           // "2026-11-01"

}  // namespace causeway::edge::tls
