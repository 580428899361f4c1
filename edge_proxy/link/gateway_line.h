#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "causeway/v1/link.grpc.pb.h"
#include "common/link/hub.h"
#include "edge_proxy/link/configuration.h"

namespace causeway::edge::link {

// One Attach stream, from the gateway's hello to its end; deletes itself then. The hub says when to
// write, and finishes the call only when no write is under way.
class GatewayLine final : public grpc::ServerBidiReactor<v1::GatewayFrame, v1::EdgeFrame>,
                          public causeway::link::Line {
 public:
  // `hub` and `configuration` outlive it.
  GatewayLine(causeway::link::Hub& hub, Configuration& configuration,
              grpc::CallbackServerContext& context);

  // Under the hub's lock, from Hub::tell_all().
  void add(const v1::StreamEvent& event);
  void add_applied(std::uint64_t version) { applied_ = version; }

 private:
  // Stream events for a gateway that reads slowly; the oldest go.
  static constexpr std::size_t kEvents = 1000;
  static constexpr std::size_t kFrameEvents = 100;

  // Of ServerBidiReactor.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

  // Of Line.
  void write() override;
  void cut(const std::string& reason) override;
  void finish() override { Finish(status_); }
  void attached(v1::Hello own) override;
  void add_extras() override;
  void say_farewell(const std::string& reason) override { farewell_ = reason; }

  void greet();
  void take_frame();
  void end(grpc::Status status, const std::string& reason);

  causeway::link::Hub& hub_;
  Configuration& configuration_;
  grpc::CallbackServerContext& context_;
  const std::string address_;
  v1::GatewayFrame in_;
  v1::Hello theirs_;
  std::atomic<bool> ended_{false};
  grpc::Status status_;  // set once, by end()
  std::string reason_;
  bool said_farewell_ = false;  // the gateway

  v1::EdgeFrame out_;
  causeway::link::Loan loan_;  // after out_: gives back before out_ is destroyed
  // Under the hub's lock.
  std::optional<v1::Hello> own_hello_;
  std::uint64_t applied_ = 0;  // to be told; 0: nothing
  std::deque<v1::StreamEvent> events_;
  std::string farewell_;
  std::atomic<bool> was_attached_{false};
};

}  // namespace causeway::edge::link
