#include "frontend_gateway/store/statement.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace causeway::gateway::store {
namespace {

// "a, b", or as `each` makes of "a" and "b".
template <typename Each>
std::string joined(const std::vector<Column>& columns, std::size_t first, std::size_t end,
                   std::string_view separator, Each each) {
  std::vector<std::string> parts;
  for (std::size_t i = first; i < end; ++i) parts.push_back(each(std::string(columns[i].name)));
  return absl::StrJoin(parts, std::string(separator));
}

std::string names(const Table& table) {
  return joined(table.columns, 0, table.columns.size(), ", ",
                [](std::string name) { return name; });
}

std::string where(const Table& table, std::size_t keys) {
  if (keys == 0) return "";
  return absl::StrCat(" WHERE ", joined(table.columns, 0, keys, " AND ", [](std::string name) {
                        return absl::StrCat(name, " = :", name);
                      }));
}

}  // namespace

Statement::Statement(soci::session& session, const std::string& sql, const std::vector<Column>& in,
                     const std::vector<Column>& out)
    : statement_(session) {
  for (const Column& column : in) {
    Cell& cell = in_.emplace_back(Cell{column.number, "", 0});
    if (cell.number)
      statement_.exchange(soci::use(cell.whole));
    else
      statement_.exchange(soci::use(cell.text));
  }
  for (const Column& column : out) {
    Cell& cell = out_.emplace_back(Cell{column.number, "", 0});
    if (cell.number)
      statement_.exchange(soci::into(cell.whole));
    else
      statement_.exchange(soci::into(cell.text));
  }
  statement_.alloc();
  statement_.prepare(sql);
  statement_.define_and_bind();
}

void Statement::execute(const Values& values) {
  for (std::size_t i = 0; i < in_.size(); ++i) {
    if (in_[i].number)
      in_[i].whole = std::get<std::int64_t>(values[i]);
    else
      in_[i].text = std::get<std::string>(values[i]);
  }
  statement_.execute(out_.empty());
}

std::optional<Values> Statement::fetch() {
  if (!statement_.fetch()) return std::nullopt;
  Values values;
  values.reserve(out_.size());
  for (const Cell& cell : out_) {
    if (cell.number)
      values.emplace_back(std::int64_t{cell.whole});
    else
      values.emplace_back(cell.text);
  }
  return values;
}

std::string upsert_sql(const Table& table) {
  const auto& columns = table.columns;
  return absl::StrCat(
      "INSERT INTO ", std::string(table.name), " (", names(table), ") VALUES (",
      joined(columns, 0, columns.size(), ", ", [](std::string name) { return ":" + name; }),
      ") ON CONFLICT (",
      joined(columns, 0, table.keys, ", ", [](std::string name) { return name; }),
      ") DO UPDATE SET ", joined(columns, table.keys, columns.size(), ", ", [](std::string name) {
        return absl::StrCat(name, " = excluded.", name);
      }));
}

std::string remove_sql(const Table& table) {
  return absl::StrCat("DELETE FROM ", std::string(table.name), where(table, table.keys));
}

std::string find_sql(const Table& table) {
  return absl::StrCat("SELECT ", names(table), " FROM ", std::string(table.name),
                      where(table, table.keys));
}

std::string all_sql(const Table& table) {
  return absl::StrCat("SELECT ", names(table), " FROM ", std::string(table.name),
                      where(table, table.owned ? 1 : 0));
}

std::vector<Column> keys_of(const Table& table) {
  return {table.columns.begin(), table.columns.begin() + static_cast<std::ptrdiff_t>(table.keys)};
}

}  // namespace causeway::gateway::store
