#include "edge_proxy/s2s/certificates.h"

#include <ctime>
#include <utility>

#include "common/log/log.h"

namespace causeway::edge::s2s {
namespace {

tls::Context::Settings files_of(const config::Xmpp& xmpp) {
  tls::Context::Settings files{.certificate = xmpp.certificate,
                               .private_key = xmpp.private_key,
                               .trust_anchors = xmpp.trust_anchors,
                               .ocsp_response = xmpp.ocsp_response,
                               .revocation_lists = xmpp.revocation_lists};
  for (const config::Certificate& more : xmpp.additional_certificates) {
    files.additional_certificates.push_back(
        {more.certificate, more.private_key, more.ocsp_response});
  }
  return files;
}

}  // namespace

Certificates::Certificates(const config::Xmpp& settings) : files_(files_of(settings)) {}

// The stamps come first: what is replaced while it is read is then read again.
absl::StatusOr<Certificates::ContextPtr> Certificates::load() {
  loaded_ = stamps();
  absl::StatusOr<ContextPtr> context = tls::Context::load(files_);
  if (!context.ok()) {  // what is in force stays so, with its doubts
    if (context_ != nullptr) doubts_ = context_->warnings();
    return context;
  }
  context_ = *context;
  doubts_ = context_->warnings();
  for (const std::string& doubt : doubts_) log::warning("tls.doubtful", doubt);
  return context;
}

bool Certificates::due(std::int64_t now) const {
  return stamps() != loaded_ || (context_ != nullptr && context_->warnings(now) != doubts_);
}

std::vector<Certificates::Stamp> Certificates::stamps() const {
  std::vector<Stamp> stamps;
  const auto look = [&stamps](const std::string& file) {
    struct stat found {};
    if (!file.empty() && ::stat(file.c_str(), &found) != 0) found = {};
    const std::int64_t seconds = found.st_mtim.tv_sec;
    stamps.push_back({found.st_dev, found.st_ino, found.st_size,
                      seconds * 1'000'000'000 + found.st_mtim.tv_nsec});
  };
  for (const std::string* file : {&files_.certificate, &files_.private_key, &files_.ocsp_response,
                                  &files_.trust_anchors, &files_.revocation_lists}) {
    look(*file);
  }
  for (const tls::Context::Identity& more : files_.additional_certificates) {
    for (const std::string* file : {&more.certificate, &more.private_key, &more.ocsp_response}) {
      look(*file);
    }
  }
  return stamps;
}

}  // namespace causeway::edge::s2s
