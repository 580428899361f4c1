#include "frontend_gateway/sip/loop.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

// Sockets the process may have; libre's own bound is select()'s 1024.
constexpr int kDescriptors = 16384;

void complaint(int, const char* text, std::size_t size, void*) {
  if (log::enabled(log::Level::debug)) {
    log::debug("sip.library", "libre says something.", {{"text", as_line({text, size})}});
  }
}

// Once in the process; libre has global state.
bool library_ready() {
  static const bool ready = [] {
    dbg_handler_set(complaint, nullptr);
    return libre_init() == 0;
  }();
  return ready;
}

}  // namespace

Loop::Loop() : timer_(std::make_unique<tmr>()) { tmr_init(timer_.get()); }

Loop::~Loop() { close(); }

absl::Status Loop::open() {
  if (!library_ready()) return absl::InternalError("libre does not start");
  if (re_thread_init() != 0) {
    return absl::FailedPreconditionError("this thread runs another loop of libre already");
  }
  open_ = true;
  const auto woken = [](int, void*, void* self) { static_cast<Loop*>(self)->run_posted(); };
  mqueue* queue = nullptr;
  if (fd_setsize(kDescriptors) != 0 || mqueue_alloc(&queue, woken, this) != 0) {
    return absl::ResourceExhaustedError("no descriptors left for the event loop");
  }
  const std::lock_guard lock(mutex_);
  queue_ = queue;
  if (!posted_.empty()) wake();
  return absl::OkStatus();
}

void Loop::run() {
  if (stopping_) return run_posted();
  re_main(nullptr);
}

void Loop::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  if (!woken_) wake();
}

void Loop::close() {
  std::vector<Task> dropped;  // destroyed outside the lock: a task's members may post
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(posted_);
    mem_deref(std::exchange(queue_, nullptr));
  }
  if (!std::exchange(open_, false)) return;
  tmr_cancel(timer_.get());
  heap_.clear();
  re_thread_close();
}

void Loop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;  // `task` outlives the lock: its members may post
  posted_.push_back(std::move(task));
  if (!woken_) wake();
}

// At most one message is ever in the pipe, so it cannot be full.
void Loop::wake() { woken_ = queue_ != nullptr && mqueue_push(queue_, 0, nullptr) == 0; }

void Loop::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
    woken_ = false;
  }
  for (Task& task : tasks) std::move(task)();
  if (stopping_) end();
}

// What was posted between run_posted()'s look and the stop has woken the loop once more.
void Loop::end() {
  {
    const std::lock_guard lock(mutex_);
    if (!posted_.empty()) return;
  }
  re_cancel();
}

bool Loop::later(const Timed& a, const Timed& b) {
  return a.due != b.due ? a.due > b.due : a.order > b.order;
}

void Loop::after(std::chrono::milliseconds delay, Task task) {
  heap_.push_back({Clock::now() + delay, asked_++, std::move(task)});
  std::push_heap(heap_.begin(), heap_.end(), later);
  if (heap_.front().order == asked_ - 1) arm();
}

// libre counts whole milliseconds of another clock: rounded up, or it would come early and spin.
void Loop::arm() {
  const auto due = [](void* self) { static_cast<Loop*>(self)->run_due(); };
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(heap_.front().due - Clock::now());
  tmr_start(timer_.get(), std::max<std::int64_t>(left.count(), 1), due, this);
}

void Loop::run_due() {
  const Clock::time_point now = Clock::now();
  while (!heap_.empty() && heap_.front().due <= now && !stopping_) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Task task = std::move(heap_.back().task);
    heap_.pop_back();
    std::move(task)();
  }
  if (!heap_.empty()) arm();
}

}  // namespace causeway::gateway::sip
