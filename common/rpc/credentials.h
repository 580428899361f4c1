#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace causeway::rpc {

// What one end of the link shows the other, and by what it judges the other: PEM text.
struct Identity {
  std::string certificate;  // with its chain
  std::string private_key;
  std::string authority;
};

// An error names the file and what is wrong with it.
absl::StatusOr<Identity> read_identity(const std::string& certificate_file,
                                       const std::string& private_key_file,
                                       const std::string& authority_file);

// Both ends demand a certificate of the authority. Neither looks at the names in it: whoever speaks
// over the connection does, before it says or believes anything, so that it can tell the other end
// which name it missed. gRPC's own check would hang up without a word.
std::shared_ptr<grpc::ServerCredentials> server_credentials(const Identity& identity);
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const Identity& identity);

// The names in the peer's certificate: its subjectAltNames or, for want of any, its common name.
std::vector<std::string> certificate_names(const grpc::AuthContext& context);
// The first of `names` that is one of `wanted`, ASCII letters alike in both cases; empty: none.
std::string matching_name(const std::vector<std::string>& names,
                          const std::vector<std::string>& wanted);

}  // namespace causeway::rpc
