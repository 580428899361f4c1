#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace causeway::edge::async {

// The time for a phase is over.
class TimedOut : public std::runtime_error {
 public:
  TimedOut() : std::runtime_error("timed out") {}
};

using Deadline = std::chrono::steady_clock::time_point;

namespace detail {

// The timer's part in a race: whether it came to its end, and before the operation did.
inline bool timer_won(const std::array<std::size_t, 2>& order, const std::error_code& timer) {
  return order[0] == 1 && !timer;
}

inline asio::awaitable<void> throw_fault(std::exception_ptr fault, bool timed_out) {
  const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
  if (caller.cancelled() != asio::cancellation_type::none) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  if (timed_out) throw TimedOut();
  std::rethrow_exception(fault);
}

}  // namespace detail

// Runs `op` on the caller's executor. If it is not done at the deadline, it is cancelled
// (terminally) and TimedOut is thrown; not before `op` has ended, so that what it refers to may go.
// What `op` throws in time is thrown at once. A cancellation of the caller is passed on to `op` and
// shows as operation_aborted, never as TimedOut. A result that arrives while time runs out counts.
// T must be default constructible (so Asio 1.22 wants it).
template <typename T>
asio::awaitable<T> within(Deadline deadline, asio::awaitable<T> op) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline);
  auto race = asio::experimental::make_parallel_group(
                  asio::co_spawn(executor, std::move(op), asio::experimental::deferred),
                  timer.async_wait(asio::experimental::deferred))
                  .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  auto outcome = co_await std::move(race);
  const auto& order = std::get<0>(outcome);
  const std::exception_ptr fault = std::get<1>(outcome);
  const std::error_code ticked = std::get<std::tuple_size_v<decltype(outcome)> - 1>(outcome);
  if (fault) co_await detail::throw_fault(fault, detail::timer_won(order, ticked));
  if constexpr (!std::is_void_v<T>) co_return std::get<2>(std::move(outcome));
}

template <typename T>
asio::awaitable<T> within(std::chrono::steady_clock::duration limit, asio::awaitable<T> op) {
  return within(std::chrono::steady_clock::now() + limit, std::move(op));
}

}  // namespace causeway::edge::async
