#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::store {

// The database: SQLite in a file, or PostgreSQL. Threads of its own read and write; nobody else
// waits for it. Reads are of the memory that read() and `changed` fill.
//
// While the database is away, what asks for an outcome waits for config::Store::patience and then
// fails; the rest waits for its return, newest row by newest row.
class Store {
 public:
  using Executor = std::function<void(std::function<void()>)>;
  using Written = absl::AnyInvocable<void(absl::Status)>;
  using Changed = std::function<void(Administration)>;

  // Opens the database and brings its schema up to date. Blocks; an error names the database and
  // what to do. What users did is read and written as that of `owner`, this gateway's name.
  static absl::StatusOr<std::unique_ptr<Store>> open(const config::Store& settings,
                                                     std::string owner);
  // Writes what waits, for a second; what asked for an outcome and is not written by then is told
  // so.
  ~Store();

  // All there is. Blocks; before start().
  absl::StatusOr<Contents> read();

  // From here on the store writes; before write() is called. `changed` is told, on `executor`, when
  // anybody has changed what an operator says since read(): another process, or write(), whose
  // `written` comes after it.
  void start(Executor executor, Changed changed);

  // `written` is told, on the executor: OK when `changes` are durable, all of them. Or none was
  // written: UNAVAILABLE when the database is away or too much waits for it, INVALID_ARGUMENT when
  // a row is one that no database keeps (a key of more than 2,000 bytes, text that is not UTF-8 or
  // holds U+0000). Empty: nobody asks; each row is tried until it is done, or has made room for a
  // newer one of its key, or is one that no database keeps. Any thread; in order for each key.
  void write(std::vector<Change> changes, Written written = {});

  // OK, or a sentence for readyz. Any thread.
  absl::Status health() const;

  struct Counters {
    std::uint64_t transactions = 0;  // committed
    std::uint64_t rows = 0;          // in them
    std::uint64_t refused = 0;       // groups of rows whose asker heard something else than OK
    std::uint64_t dropped = 0;       // rows that nobody asked about and that are lost
    std::uint64_t failures = 0;      // times that the database went away
    std::size_t waiting_rows = 0;    // now
    std::size_t waiting_bytes = 0;   // now
    double seconds = 0;              // spent in committed transactions
  };
  Counters counters() const;  // any thread

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::gateway::store
