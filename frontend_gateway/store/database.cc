#include "frontend_gateway/store/database.h"

#include <sys/socket.h>

#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/store/trouble.h"

namespace causeway::gateway::store {
namespace {

bool is_of_an_operator(std::size_t table) { return !tables()[table].owned; }

// `statement`, made if it is not there yet.
template <typename Make>
Statement& prepared(std::unique_ptr<Statement>& statement, Make make) {
  if (!statement) statement = make();
  return *statement;
}

bool has_administration(const std::vector<Queue::GroupPointer>& groups) {
  for (const Queue::GroupPointer& group : groups)
    for (const Record& record : group->records)
      if (is_of_an_operator(record.table)) return true;
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::open(const Place& place, bool make,
                                                         std::size_t version) {
  absl::Status status;
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::unique_ptr<Database> database(new Database(place));
    try {
      database->connect(make);
      database->bring_up(version);
      return database;
    } catch (const std::exception& exception) {
      status = explain(exception, place);
    }
    // Somebody else has made the first table at the same time: now it is there.
    if (!absl::IsInvalidArgument(status)) break;
  }
  return status;
}

absl::StatusOr<Contents> Database::read(const std::string& owner) {
  try {
    Contents contents;
    absl::Status status;
    for (std::size_t table = 0; table < tables().size(); ++table)
      status.Update(read_table(table, owner, contents));
    if (!status.ok()) return status;
    return contents;
  } catch (const std::exception& exception) {
    return explain(exception, place_);
  }
}

absl::StatusOr<Administration> Database::administration() {
  try {
    Contents contents;
    absl::Status status;
    for (std::size_t table = 0; table < tables().size(); ++table)
      if (is_of_an_operator(table)) status.Update(read_table(table, "", contents));
    if (!status.ok()) return status;
    return std::move(contents.administration);
  } catch (const std::exception& exception) {
    return explain(exception, place_);
  }
}

absl::StatusOr<std::int64_t> Database::revision() {
  try {
    must_be_the_same_file();
    return number(kAdministration);
  } catch (const std::exception& exception) {
    return explain(exception, place_);
  }
}

Database::Outcome Database::write(const std::vector<Queue::GroupPointer>& groups) {
  Queue::GroupPointer current;
  bool committing = false;
  try {
    must_be_the_same_file();
    begin();
    for (const Queue::GroupPointer& group : groups) {
      current = group;
      for (const Record& record : group->records) {
        if (group->asked && !group->doubtful) group->before.push_back(find(record));
        apply(record);
      }
    }
    current = nullptr;
    if (has_administration(groups))
      session_ << "UPDATE causeway SET number = number + 1 WHERE name = '" << kAdministration
               << "'";
    committing = true;
    session_ << "COMMIT";
    return {absl::OkStatus(), nullptr, false};
  } catch (const std::exception& exception) {
    const absl::Status status = explain(exception, place_);
    for (OfTable& of_table : of_tables_) of_table = {};  // SOCI loses what a failed one has bound
    roll_back();
    return {status, absl::IsInvalidArgument(status) ? current : nullptr, committing};
  }
}

void Database::interrupt() {
  if (const int socket = socket_; socket >= 0) shutdown(socket, SHUT_RDWR);
}

void Database::apply(const Record& record) {
  const Table& table = tables()[record.table];
  OfTable& of_table = of_tables_[record.table];
  Statement& statement =
      record.remove
          ? prepared(of_table.remove,
                     [&] {
                       return std::make_unique<Statement>(session_, remove_sql(table),
                                                          keys_of(table));
                     })
          : prepared(of_table.upsert, [&] {
              return std::make_unique<Statement>(session_, upsert_sql(table), table.columns);
            });
  statement.execute(record.values);
}

// The row as it is; one to be removed if there is none.
Record Database::find(const Record& record) {
  const Table& table = tables()[record.table];
  Statement& statement = prepared(of_tables_[record.table].find, [&] {
    return std::make_unique<Statement>(session_, find_sql(table), keys_of(table), table.columns);
  });
  statement.execute(record.values);
  std::optional<Values> values = statement.fetch();
  if (!values) return {record.table, record.values, true};
  while (statement.fetch()) {
  }  // SQLite's statement stays open until it has been read to its end
  return {record.table, *std::move(values), false};
}

absl::Status Database::read_table(std::size_t table, const std::string& owner, Contents& contents) {
  const Table& of = tables()[table];
  Statement& statement = prepared(of_tables_[table].all, [&] {
    return std::make_unique<Statement>(
        session_, all_sql(of), of.owned ? std::vector<Column>{{"owner"}} : std::vector<Column>{},
        of.columns);
  });
  statement.execute({owner});
  absl::Status status;
  while (std::optional<Values> values = statement.fetch())
    status.Update(add(table, *std::move(values), contents));
  if (status.ok()) return status;
  return absl::DataLossError(absl::StrCat(place_.shown, ": ", std::string(status.message())));
}

void Database::begin() {
  // SQLite: what only reads at first might find that it may not write any more.
  session_ << (place_.sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
}

void Database::roll_back() {
  try {
    session_ << "ROLLBACK";
  } catch (const std::exception&) {
    // There is nothing to roll back, or nobody who could: it comes to the same.
  }
}

std::int64_t Database::number(const std::string& name) {
  Statement statement(session_, "SELECT number FROM causeway WHERE name = :name", {{"name"}},
                      {{"number", true}});
  statement.execute({name});
  const std::optional<Values> values = statement.fetch();
  if (!values) throw std::runtime_error("its table \"causeway\" lacks the row " + name);
  while (statement.fetch()) {
  }
  return std::get<std::int64_t>((*values)[0]);
}

}  // namespace causeway::gateway::store
