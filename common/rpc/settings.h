#pragma once

#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <string>

namespace causeway::rpc {

// What both ends of the link agree on about gRPC.

// A frame: 64 KiB of stanzas or one of at most 1 MiB, or a configuration of tens of thousands of
// partners.
constexpr int kLargestFrame = 16 << 20;

// A peer that is gone without a word is noticed after the sum.
constexpr int kPingInterval_ms = 10'000;
constexpr int kPingTimeout_ms = 8'000;

void apply(grpc::ServerBuilder& builder);
void apply(grpc::ChannelArguments& arguments);

// "ipv4:10.0.0.1:50000" and "ipv6:%5B::1%5D:50000" as addresses are written.
std::string readable(std::string peer);

}  // namespace causeway::rpc
