#pragma once

#include <memory>
#include <string>

#include "common/link/outbox.h"

namespace causeway::link {

class Hub;
class Peer;

// One connection, as the hub drives it. At most one write is outstanding, and the hub says when to
// make one: at once when there is news and the line is idle, otherwise when the one before is done;
// the next frame fills meanwhile.
//
// A line enters the hub with Hub::add() and leaves it with Hub::detach(), its last call. Between,
// the hub calls no method of it after finish().
class Line {
 public:
  virtual ~Line() = default;

  // Write one frame, filled by Hub::fill(), and call Hub::written() when that is done. No lock is
  // held.
  virtual void write() = 0;
  // Break the connection now; Hub::end() must come of it. No lock is held.
  virtual void cut(const std::string& reason) = 0;
  // Hub::end() was called, no write is outstanding and none will be asked for. Once; no lock is
  // held.
  virtual void finish() = 0;

  // Called under the hub's lock, so what they touch is guarded by it, and they must not call the
  // hub. The hello to answer with, before the first write() after Hub::attach().
  virtual void attached(v1::Hello own) = 0;
  // From fill(): add to the frame what only this kind of line carries.
  virtual void add_extras() = 0;
  // The next frame shall be the last one and say why.
  virtual void say_farewell(const std::string& reason) = 0;

 protected:
  // `speaks_first`: a write is outstanding from the beginning, the line's own hello.
  explicit Line(bool speaks_first) : writing_(speaks_first) {}

 private:
  friend class Hub;
  std::shared_ptr<Peer> peer_;
  Clock::time_point added_at_;
  Clock::time_point filled_at_;  // its last frame
  bool writing_;
  bool has_extras_ = false;
  bool leaving_ = false;  // the farewell is on its way: nothing new is sent
  bool ended_ = false;
  bool finished_ = false;
  bool broken_ = false;  // the peer broke the protocol: its numbers cannot go on
  int users_ = 0;        // of cut(), which must not outlive the line
};

}  // namespace causeway::link
