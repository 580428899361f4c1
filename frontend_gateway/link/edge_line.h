#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "causeway/v1/link.grpc.pb.h"
#include "common/link/hub.h"

namespace causeway::gateway::link {

// One attempt to attach to an edge and the stream that comes of it. Destroy it after Owner::gone,
// and not from a thread of gRPC's: with the last channel go those threads, and none can wait for
// itself.
class EdgeLine final : public grpc::ClientBidiReactor<v1::GatewayFrame, v1::EdgeFrame>,
                       public causeway::link::Line {
 public:
  // Called one at a time, from gRPC's threads; none of them under a lock of the link but for
  // `snapshot`, which must not call back.
  struct Owner {
    std::function<void(const v1::Hello& theirs, const std::string& address)> attached;
    // The configuration to begin with; may be empty.
    std::function<std::shared_ptr<const v1::Snapshot>()> snapshot;
    std::function<void(std::vector<v1::StreamEvent>)> stream_events;
    std::function<void(const std::string& reason)> gone;  // the last one
  };

  // `name` is what the edge's certificate must say; `own` what this gateway says first.
  EdgeLine(std::shared_ptr<causeway::link::Hub> hub, std::shared_ptr<grpc::Channel> channel,
           std::string name, v1::Hello own, Owner owner);

  void start();
  // Under the hub's lock, from Hub::tell_all().
  void set_snapshot(std::shared_ptr<const v1::Snapshot> snapshot);

 private:
  // Of ClientBidiReactor.
  void OnReadInitialMetadataDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  // Of Line.
  void write() override;
  void cut(const std::string& reason) override;
  void finish() override { RemoveHold(); }
  void attached(v1::Hello own) override;
  void add_extras() override;
  void say_farewell(const std::string& reason) override { farewell_ = reason; }

  void take_frame();
  void end(const std::string& reason);

  const std::shared_ptr<causeway::link::Hub> hub_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::EdgeLink::Stub> stub_;
  const std::string name_;
  const Owner owner_;
  grpc::ClientContext context_;
  v1::Hello own_;
  v1::Hello theirs_;
  v1::EdgeFrame in_;
  std::atomic<bool> ended_{false};
  std::string said_;            // the farewell that was written
  std::string reason_;          // of the end; empty: the status of the call says it
  bool said_farewell_ = false;  // the edge

  v1::GatewayFrame out_;
  causeway::link::Loan loan_;  // after out_: gives back before out_ is destroyed
  std::shared_ptr<const v1::Snapshot> snapshot_to_write_;
  // Under the hub's lock.
  std::shared_ptr<const v1::Snapshot> snapshot_;  // to be told
  std::string farewell_;
};

}  // namespace causeway::gateway::link
