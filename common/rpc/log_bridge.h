#pragma once

#include <string>

namespace causeway::rpc {

// gRPC's own log goes into ours from now on, as `grpc.error` and `grpc.handshake_failed`: why a TLS
// handshake failed is said nowhere else. More than once does no harm.
void bridge_log();

// The reason for which no connection came about, with what to make of it when the other end just
// hung up.
std::string explain_hang_up(std::string reason);

}  // namespace causeway::rpc
