#include "edge_proxy/async/task_group.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cassert>
#include <utility>

namespace causeway::edge::async {
namespace {

bool is_cancellation(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const asio::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFault on_fault)
    : executor_(executor),
      on_fault_(std::move(on_fault)),
      emptied_(executor, asio::steady_timer::time_point::max()) {}

TaskGroup::~TaskGroup() { assert(running_.empty()); }

void TaskGroup::spawn(asio::awaitable<void> task) {
  if (stopping_) return;
  const Running::iterator self = running_.emplace(running_.end());
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(self->slot(), [this, self](std::exception_ptr fault) {
                   ended(self, std::move(fault));
                 }));
}

void TaskGroup::ended(Running::iterator task, std::exception_ptr fault) {
  running_.erase(task);
  if (running_.empty()) emptied_.cancel();
  if (!fault || (stopping_ && is_cancellation(fault))) return;
  if (!on_fault_) std::rethrow_exception(fault);
  on_fault_(std::move(fault));
}

asio::awaitable<void> TaskGroup::stop() {
  stopping_ = true;
  // The list does not change meanwhile: Asio posts what a cancellation completes.
  for (auto& task : running_) task.emit(asio::cancellation_type::terminal);
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::error_code cancelled;
  while (!running_.empty()) {
    co_await emptied_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
}

}  // namespace causeway::edge::async
