#include "frontend_gateway/sip/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/log/log.h"
#include "frontend_gateway/sip/seldom.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/uri.h"

// Declared by libre only for its own build.
extern "C" struct ssl_ctx_st* tls_openssl_context(const struct tls* context);

namespace causeway::gateway::sip {
namespace {

constexpr std::size_t kMostProved = 4096;  // addresses; peers name some of them

struct Connected {
  std::string name, address;       // to whom; empty: from whom is not known yet
  std::vector<std::string> names;  // that the other side has proved
};

thread_local const Tls::Opening* opening = nullptr;  // between its beginning and its end
thread_local const SSL* last_read = nullptr;         // whose octets libre hands up now

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), absl::ascii_tolower);
  return result;
}

std::string_view view_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(std::string_view octets) {
  sa address;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(octets.data());
  if (octets.size() == 16) {
    sa_set_in6(&address, bytes, 0);
  } else if (octets.size() == 4) {
    sa_set_in(&address,
              (std::uint32_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3], 0);
  } else {
    return {};
  }
  char text[64];
  return re_snprintf(text, sizeof text, "%j", &address) < 0 ? std::string() : std::string(text);
}

// RFC 5922 section 7.1, and addresses, for next hops that are configured as such.
std::string name_of(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS:
      return lower(view_of(name.d.dNSName));
    case GEN_IPADD:
      return address_of(view_of(name.d.iPAddress));
    case GEN_URI: {
      const std::string_view uri = view_of(name.d.uniformResourceIdentifier);
      const auto place = is_line(uri) ? place_of(uri) : std::nullopt;
      if (!place || place->secure || uri.find('@') != std::string_view::npos) return {};
      return place->host;
    }
    default:
      return {};
  }
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  auto* alternatives = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (alternatives != nullptr) {
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
      std::string name = name_of(*sk_GENERAL_NAME_value(alternatives, i));
      if (!name.empty() && name.find('\0') == std::string::npos) names.push_back(std::move(name));
    }
    GENERAL_NAMES_free(alternatives);
    return names;
  }
  char common_name[256];
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int size =
      X509_NAME_get_text_by_NID(subject, NID_commonName, common_name, sizeof common_name);
  if (size > 0 && std::strlen(common_name) == static_cast<std::size_t>(size))
    names.push_back(lower(common_name));
  return names;
}

void refused(const std::string& peer, const char* why) {
  static thread_local Seldom seldom;
  if (const auto before = seldom.now()) {
    log::warning("sip.tls.refused", "A certificate of the SIP side was not accepted.",
                 {{"peer", peer}, {"reason", why}, {"refused_before", std::to_string(*before)}});
  }
}

void free_connected(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Connected*>(held);
}

// Of SSL objects; those of other libraries in this process have nothing there.
int slot() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr,
      [](void*, void*, CRYPTO_EX_DATA* data, int at, long, void*) {
        if (opening != nullptr)
          CRYPTO_set_ex_data(data, at, new Connected{opening->name, opening->address, {}});
      },
      nullptr, free_connected);
  return index;
}

Connected& connected(SSL* ssl) {
  auto* held = static_cast<Connected*>(SSL_get_ex_data(ssl, slot()));
  if (held == nullptr) {
    held = new Connected();
    SSL_set_ex_data(ssl, slot(), held);
  }
  return *held;
}

std::string failure() {
  char text[256] = "unknown";
  if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

std::string version_of(const std::string& file) {
  struct stat now {};
  if (stat(file.c_str(), &now) != 0) return "none";
  return concat({std::to_string(now.st_mtim.tv_sec), ".", std::to_string(now.st_mtim.tv_nsec), " ",
                 std::to_string(now.st_ino), " ", std::to_string(now.st_size)});
}

absl::Status wrong(std::string_view key, std::string_view file, std::string_view why) {
  return absl::InvalidArgumentError(concat({"sip.", key, ": ", file, ": ", why}));
}

}  // namespace

// What OpenSSL calls.
struct Hooks {
  static Tls& owner(SSL* ssl) {
    return *static_cast<Tls*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  }

  // The name goes into the first message of a connection we open.
  static void state(const SSL* ssl, int where, int) {
    if ((where & SSL_CB_HANDSHAKE_START) == 0 || SSL_is_server(ssl)) return;
    SSL* const connection = const_cast<SSL*>(ssl);
    const std::string& name = connected(connection).name;
    sa address;
    if (!name.empty() && sa_set_str(&address, name.c_str(), 0) != 0)
      SSL_set_tlsext_host_name(connection, name.c_str());
  }

  // Of every certificate of a path, the peer's own at last.
  static int verify(int good, X509_STORE_CTX* store) {
    SSL* const ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    Connected& peer = connected(ssl);
    if (!good) {
      refused(peer.address, X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
      return 0;
    }
    if (X509_STORE_CTX_get_error_depth(store) != 0) return 1;
    peer.names = names_of(X509_STORE_CTX_get_current_cert(store));
    if (SSL_is_server(ssl)) return 1;
    auto& proved = owner(ssl).proved_;
    if (proved.size() >= kMostProved) proved.clear();
    if (std::ranges::find(peer.names, peer.name) == peer.names.end() || peer.name.empty()) {
      refused(peer.address, concat({"it does not prove ", peer.name}).c_str());
      X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
      return 0;
    }
    proved[peer.address] = peer.names;
    return 1;
  }

  static void message(int write, int, int, const void*, std::size_t, SSL* ssl, void*) {
    if (write == 0) last_read = ssl;
  }
};

Tls::Tls(std::string certificate, std::string certificate_authority)
    : certificate_(std::move(certificate)),
      certificate_authority_(std::move(certificate_authority)) {}

Tls::~Tls() {
  if (context_) SSL_CTX_set_app_data(tls_openssl_context(context_.get()), nullptr);
}

absl::StatusOr<std::unique_ptr<Tls>> Tls::open(const std::string& certificate,
                                               const std::string& certificate_authority) {
  slot();
  std::unique_ptr<Tls> self(new Tls(certificate, certificate_authority));
  struct tls* context = nullptr;
  if (tls_alloc(&context, TLS_METHOD_SSLV23, nullptr, nullptr) != 0)
    return absl::ResourceExhaustedError("no memory for TLS");
  self->context_.reset(context);
  SSL_CTX* const ctx = tls_openssl_context(context);
  SSL_CTX_set_app_data(ctx, self.get());
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  // A resumed session shows no certificate, and whose it was would have to be kept.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(ctx, 0);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, Hooks::verify);
  SSL_CTX_set_info_callback(ctx, Hooks::state);
  SSL_CTX_set_msg_callback(ctx, Hooks::message);
  self->version_ = version_of(certificate) + " " + version_of(certificate_authority);
  if (absl::Status status = self->load(false); !status.ok()) return status;
  if (absl::Status status = self->load(true); !status.ok()) return status;
  return self;
}

// Into a context of its own first: half of what a file says is worse than what was there before.
absl::Status Tls::load(bool into_context) {
  for (const auto& [key, file] : {std::pair("certificate", &certificate_),
                                  std::pair("certificate_authority", &certificate_authority_)}) {
    if (access(file->c_str(), R_OK) != 0) return wrong(key, *file, std::strerror(errno));
  }
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> scratch(SSL_CTX_new(TLS_method()),
                                                                  SSL_CTX_free);
  SSL_CTX* const ctx = into_context ? tls_openssl_context(context_.get()) : scratch.get();
  if (SSL_CTX_use_certificate_chain_file(ctx, certificate_.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(ctx, certificate_.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(ctx) != 1)
    return wrong("certificate", certificate_,
                 concat({"not a certificate with its key: ", failure()}));
  X509_STORE* const store = X509_STORE_new();
  SSL_CTX_set_cert_store(ctx, store);  // which owns it
  if (X509_STORE_load_file(store, certificate_authority_.c_str()) != 1)
    return wrong("certificate_authority", certificate_authority_,
                 concat({"no certificates in it: ", failure()}));
  return absl::OkStatus();
}

void Tls::reload_if_changed() {
  std::string version = version_of(certificate_) + " " + version_of(certificate_authority_);
  if (version == version_) return;
  version_ = std::move(version);
  absl::Status status = load(false);
  if (status.ok()) status = load(true);
  if (status.ok()) {
    log::info("sip.tls.reloaded", "New TLS connections use the files as they are now.");
  } else {
    log::warning("sip.tls.reload_failed", "The certificates stay as they were.",
                 {{"reason", std::string(status.message())}});
  }
}

bool Tls::proved(const std::string& address, const std::string& name) const {
  const auto found = proved_.find(address);
  return found != proved_.end() && std::ranges::find(found->second, name) != found->second.end();
}

Tls::Opening::Opening(const std::string& for_name, const std::string& at)
    : name(for_name), address(at) {
  opening = this;
}

Tls::Opening::~Opening() { opening = nullptr; }

std::vector<std::string> certificate_names(const sip_msg& message) {
  if (message.tp != SIP_TRANSP_TLS || last_read == nullptr) return {};
  const auto* held = static_cast<const Connected*>(SSL_get_ex_data(last_read, slot()));
  return held == nullptr ? std::vector<std::string>() : held->names;
}

}  // namespace causeway::gateway::sip
