#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::store {

// Rows as the database has them: which table, which columns. The schema that makes the tables is
// in schema.cc; a test holds the two together.

struct Column {
  std::string_view name;
  bool number = false;  // else text
};

struct Table {
  std::string_view name;
  bool owned = false;    // the first column is "owner": what users did
  std::size_t keys = 1;  // so many columns in front are the key
  std::vector<Column> columns;
};

// In the order of Row's alternatives.
std::span<const Table> tables();

using Value = std::variant<std::string, std::int64_t>;
using Values = std::vector<Value>;

// What is to be done to one row. Of one that is to go only the key counts.
struct Record {
  std::size_t table = 0;
  Values values;
  bool remove = false;

  std::string key() const;    // the same for all records of one row, and no other
  std::size_t bytes() const;  // of memory, about
};

Record record_of(Change change, const std::string& owner);
// INVALID_ARGUMENT, with a sentence, for one that no database keeps.
absl::Status check(const Record& record);

// Adds what stands in a row of the table. An error says what is wrong with it.
absl::Status add(std::size_t table, Values values, Contents& contents);

}  // namespace causeway::gateway::store
