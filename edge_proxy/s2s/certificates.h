#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/tls/context.h"

namespace causeway::edge::s2s {

// Our certificates, anchors and revocation lists as they stand in their files, which others replace
// while we run: ACME clients, cron jobs, Kubernetes. What is doubtful about them goes to the log.
// One thread at a time.
class Certificates {
 public:
  using ContextPtr = std::shared_ptr<const tls::Context>;

  explicit Certificates(const config::Xmpp& settings);

  // As the files are now. An error names the file.
  absl::StatusOr<ContextPtr> load();
  // Whether loading again would come to another end: a file has changed since the last load(), or
  // something loaded has become doubtful, such as an OCSP response that is out of date. `now` is
  // seconds since 1970.
  bool due(std::int64_t now) const;

 private:
  // What tells a file from one that has replaced it.
  struct Stamp {
    dev_t device;
    ino_t number;
    off_t size;
    std::int64_t modified_ns;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  std::vector<Stamp> stamps() const;

  tls::Context::Settings files_;
  std::vector<Stamp> loaded_;
  ContextPtr context_;
  std::vector<std::string> doubts_;
};

}  // namespace causeway::edge::s2s
