#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "frontend_gateway/store/place.h"
#include "frontend_gateway/store/queue.h"
#include "frontend_gateway/store/rows.h"
#include "frontend_gateway/store/schema.h"
#include "frontend_gateway/store/statement.h"

namespace causeway::gateway::store {

// One connection to the database. Everything blocks; one thread at a time, but for interrupt().
// Errors are sentences of trouble.h; after UNAVAILABLE the connection is of no more use.
class Database {
 public:
  // Brings the schema up to `version`; an older one than ours is for tests. `make`: an SQLite file
  // that is not there is made.
  static absl::StatusOr<std::unique_ptr<Database>> open(const Place& place, bool make,
                                                        std::size_t version = steps().size());

  // DATA_LOSS: a row holds what this program does not know.
  absl::StatusOr<Contents> read(const std::string& owner);
  absl::StatusOr<Administration> administration();
  // Of what an operator says: another number, other rows.
  absl::StatusOr<std::int64_t> revision();

  struct Outcome {
    absl::Status status;
    Queue::GroupPointer at_fault;  // the database is well, but does not take this one
    bool doubtful = false;         // it may be written nevertheless
  };
  // In one transaction. Fills `before` of the groups that are asked about.
  Outcome write(const std::vector<Queue::GroupPointer>& groups);

  // Makes what is under way in another thread fail soon.
  void interrupt();

 private:
  struct OfTable {  // prepared when first used
    std::unique_ptr<Statement> upsert, remove, find, all;
  };
  struct FileIdentity {
    std::uint64_t device = 0, number = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
  };

  explicit Database(Place place) : place_(std::move(place)), of_tables_(tables().size()) {}
  void connect(bool make);
  void connect_sqlite(bool make);
  void connect_postgresql();
  void bring_up(std::size_t version);
  void make_first_table();
  void take_step(std::size_t version);
  std::vector<std::string> table_names();
  std::int64_t number(const std::string& name);
  FileIdentity identify() const;
  void must_be_the_same_file() const;

  void apply(const Record& record);
  Record find(const Record& record);
  absl::Status read_table(std::size_t table, const std::string& owner, Contents& contents);
  void begin();
  void roll_back();

  const Place place_;
  soci::session session_;
  FileIdentity file_;
  std::atomic<int> socket_ = -1;
  std::vector<OfTable> of_tables_;  // gone before the session is
};

}  // namespace causeway::gateway::store
