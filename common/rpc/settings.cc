#include "common/rpc/settings.h"

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"

namespace causeway::rpc {

void apply(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kLargestFrame);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingInterval_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeout_ms);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingInterval_ms / 2);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // Two edges on one port would share its gateways by chance.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

void apply(grpc::ChannelArguments& arguments) {
  arguments.SetMaxReceiveMessageSize(kLargestFrame);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingInterval_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeout_ms);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // One attempt is one connection of its own: when to try again is the dialer's business.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);  // of one TCP and TLS handshake
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
}

std::string readable(std::string peer) {
  for (const char* scheme : {"ipv4:", "ipv6:"})
    if (absl::StartsWith(peer, scheme)) peer.erase(0, 5);
  return absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
}

}  // namespace causeway::rpc
