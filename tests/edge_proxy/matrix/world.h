#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "edge_proxy/config/config.h"
#include "tests/edge_proxy/matrix/cell.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"
#include "tests/support/tls_wire/wire.h"

namespace causeway::test::matrix {

// The certificates of all peers and of the edge, made once.
class World {
 public:
  World();
  const TlsIdentity& peer(Certificate certificate) const { return peers_.at(certificate); }
  // An edge on a port of the kernel's choice, which has the valid certificate.
  edge::config::Config config() const;

 private:
  TemporaryDirectory directory_;
  Authority ca_;
  Authority unknown_ca_;
  CertificateFiles edge_;
  std::map<Certificate, TlsIdentity> peers_;
};

// The gateway's word: kOurs is ours, kTheirs a partner with the cell's settings. `proxy` is where
// the partner's server is; empty: where the DNS says.
v1::Snapshot snapshot_for(const Cell& cell, const std::string& proxy);

// A port of 127.0.0.1 that a peer listens on.
class Listener {
 public:
  Listener();
  ~Listener();
  int port() const;
  // The next connection, of which -1 is none within some milliseconds.
  int accept() const;

 private:
  int socket_;
};

}  // namespace causeway::test::matrix
