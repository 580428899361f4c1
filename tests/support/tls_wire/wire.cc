#include "tests/support/tls_wire/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace causeway::test {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};

std::string tls_problem() {
  char text[256] = "the connection ended";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof(text));
  }
  ERR_clear_error();
  return text;
}

// Where the first element (or half of the stream's own) ends; nothing while it does not.
std::optional<std::size_t> end_of_first(const std::string& text) {
  int depth = 0;
  for (std::size_t open = text.find('<'); open != std::string::npos; open = text.find('<', open)) {
    std::size_t close = open;
    for (char quote = 0; ++close < text.size();) {
      const char c = text[close];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '>') {
        break;
      }
    }
    if (close >= text.size()) return std::nullopt;
    const std::string tag = text.substr(open, close + 1 - open);
    const bool of_stream =
        tag.starts_with("<stream:stream") || tag.starts_with("</stream:stream") || tag[1] == '?';
    if (tag[1] == '/') {
      --depth;
    } else if (!of_stream && tag[tag.size() - 2] != '/') {
      ++depth;
    }
    if (of_stream || depth == 0) return close + 1;
    open = close;
  }
  return std::nullopt;
}

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i != count; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

}  // namespace

struct TlsIdentity::Native {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  ~Native() { SSL_CTX_free(context); }
};

TlsIdentity::TlsIdentity(const std::string& certificate_file, const std::string& private_key_file)
    : native_(std::make_unique<Native>()) {
  SSL_CTX* const context = native_->context;
  // The peer's certificate is asked for, and what it is worth is the script's business.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const unsigned char id[] = "peer";
  SSL_CTX_set_session_id_context(context, id, sizeof(id));
  if (certificate_file.empty()) return;
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, private_key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw WireError(certificate_file + ": " + tls_problem());
  }
}
TlsIdentity::~TlsIdentity() = default;
TlsIdentity::TlsIdentity(TlsIdentity&&) noexcept = default;
TlsIdentity& TlsIdentity::operator=(TlsIdentity&&) noexcept = default;

struct Wire::Native {
  int descriptor;
  SSL* tls = nullptr;
  bool secured = false;
  std::string heard;     // and not yet returned
  std::string in_clear;  // all of it
  std::string dialogue;

  explicit Native(int the_descriptor) : descriptor(the_descriptor) {
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    const int at_once = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  }
  ~Native() {
    SSL_free(tls);
    ::close(descriptor);
  }

  // Nothing at the end of the connection.
  std::string read() {
    char piece[8192];
    for (;;) {
      errno = 0;
      const auto count = tls != nullptr ? SSL_read(tls, piece, sizeof(piece))
                                        : ::recv(descriptor, piece, sizeof(piece), 0);
      if (count > 0) return {piece, static_cast<std::size_t>(count)};
      if (errno == EINTR) continue;
      const bool timed_out = errno == EAGAIN || errno == EWOULDBLOCK;
      ERR_clear_error();
      if (timed_out) throw WireError("the edge says nothing for ten seconds");
      return {};
    }
  }

  void begin_tls(const TlsIdentity& identity, bool server, const std::string& name,
                 const std::string& alpn) {
    tls = SSL_new(identity.native_->context);
    SSL_set_fd(tls, descriptor);
    if (!name.empty()) SSL_set_tlsext_host_name(tls, name.c_str());
    if (!alpn.empty()) {
      const std::string list = static_cast<char>(alpn.size()) + alpn;
      SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
    }
    secured = (server ? SSL_accept(tls) : SSL_connect(tls)) == 1;
    dialogue += secured ? "      (tls)\n" : "      (no tls)\n";
    if (!secured) throw WireError("the handshake failed: " + tls_problem());
  }
};

Wire Wire::to(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Wire wire(descriptor);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    throw WireError(std::string("cannot connect: ") + std::strerror(errno));
  }
  return wire;
}

Wire::Wire(int descriptor) : native_(std::make_unique<Native>(descriptor)) {}
Wire::~Wire() = default;
Wire::Wire(Wire&&) noexcept = default;
Wire& Wire::operator=(Wire&&) noexcept = default;

void Wire::say(const std::string& text) {
  native_->dialogue += "peer: " + text + "\n";
  const auto length = static_cast<int>(text.size());
  const auto sent = native_->tls != nullptr
                        ? SSL_write(native_->tls, text.data(), length)
                        : ::send(native_->descriptor, text.data(), text.size(), MSG_NOSIGNAL);
  ERR_clear_error();
  // Whoever does not listen any longer has said why before.
  if (sent != length) native_->dialogue += "      (it was not heard)\n";
}

std::string Wire::next() {
  std::string& heard = native_->heard;
  for (;;) {
    heard.erase(0, heard.find_first_not_of(" \n\r\t"));
    if (const std::optional<std::size_t> end = end_of_first(heard)) {
      std::string first = heard.substr(0, *end);
      heard.erase(0, *end);
      if (first.starts_with("<?")) continue;
      native_->dialogue += "edge: " + first + "\n";
      return first;
    }
    const std::string more = some();
    if (more.empty()) {
      native_->dialogue += heard.empty() ? "edge: (end)\n" : "edge: (end after) " + heard + "\n";
      return {};
    }
    heard += more;
  }
}

std::string Wire::some() {
  std::string text = native_->read();
  if (native_->tls == nullptr) native_->in_clear += text;
  return text;
}

void Wire::begin_tls_as_client(const TlsIdentity& identity, const std::string& server_name,
                               const std::string& alpn) {
  native_->begin_tls(identity, false, server_name, alpn);
}

void Wire::begin_tls_as_server(const TlsIdentity& identity) {
  native_->begin_tls(identity, true, {}, {});
}

bool Wire::encrypted() const { return native_->secured; }

bool Wire::peer_has_certificate() const {
  return native_->secured && SSL_get0_peer_certificate(native_->tls) != nullptr;
}

void Wire::end() {
  if (native_->secured) SSL_shutdown(native_->tls);
  ERR_clear_error();
  ::shutdown(native_->descriptor, SHUT_WR);
}

int Wire::local_port() const {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  ::getsockname(native_->descriptor, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

const std::string& Wire::heard_in_clear() const { return native_->in_clear; }
const std::string& Wire::dialogue() const { return native_->dialogue; }

std::string dialback_key(const std::string& secret, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(secret.data(), secret.size(), digest, &length, EVP_sha256(), nullptr);
  const std::string key = hex(digest, length);
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
  return hex(digest, length);
}

}  // namespace causeway::test
