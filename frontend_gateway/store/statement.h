#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "frontend_gateway/store/soci.h"
#include "frontend_gateway/store/tables.h"

namespace causeway::gateway::store {

// A prepared statement whose places and columns are Values. Throws as SOCI does.
class Statement {
 public:
  // `in` and `out` say what stands in the places of `sql`, one after the other, and what comes out.
  Statement(soci::session& session, const std::string& sql, const std::vector<Column>& in,
            const std::vector<Column>& out = {});
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // The first `in.size()` of `values`.
  void execute(const Values& values);
  // After execute(): a row, until there is none.
  std::optional<Values> fetch();

 private:
  // SOCI binds addresses.
  struct Cell {
    bool number;
    std::string text;
    long long whole = 0;
  };
  std::deque<Cell> in_, out_;
  soci::statement statement_;
};

// The SQL of a table.
std::string upsert_sql(const Table& table);
std::string remove_sql(const Table& table);
std::string find_sql(const Table& table);  // by its key
std::string all_sql(const Table& table);   // of an owner, where rows have one

std::vector<Column> keys_of(const Table& table);

}  // namespace causeway::gateway::store
