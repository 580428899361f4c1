// How a connection to the database comes about: the second half of Database.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/store/database.h"

namespace causeway::gateway::store {
namespace {

void say_nothing(void*, const char*) {}  // libpq would write notices to standard error

// Its file may hold the dialback passphrase. SQLite gives the files beside it the same rights.
void make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    const std::string why = std::strerror(errno);
    throw std::runtime_error(absl::StrCat(
        "it cannot be opened: ", why, "; look at the rights of the file and whether the directory ",
        std::filesystem::path(path).parent_path().string(),
        " is there and may be written by the user ", geteuid()));
  }
  close(file);
}

}  // namespace

void Database::connect(bool make) {
  if (place_.sqlite)
    connect_sqlite(make);
  else
    connect_postgresql();
}

void Database::connect_sqlite(bool make) {
  if (!make && !std::filesystem::exists(place_.path))
    throw std::runtime_error(
        "the file is gone; put it back, or restart the gateway to begin with an empty one");
  make_private_file(place_.path);
  // Without more options: SOCI forgets the connection of one that fails.
  session_.open(soci::sqlite3, place_.connect);
  session_ << "PRAGMA synchronous=FULL";
  std::string mode;
  session_ << "PRAGMA journal_mode=WAL", soci::into(mode);
  if (mode != "wal")
    throw std::runtime_error(
        "its file system does not share memory between processes, which SQLite needs; put the file "
        "on a local disk");
  file_ = identify();
}

void Database::connect_postgresql() {
  session_.open(soci::postgresql, place_.connect);
  const auto* backend = static_cast<soci::postgresql_session_backend*>(session_.get_backend());
  PQsetNoticeProcessor(backend->conn_, say_nothing, nullptr);
  socket_ = PQsocket(backend->conn_);
  session_ << "SET synchronous_commit = on";  // what is acknowledged is durable
  session_ << "SET lock_timeout = 2000";      // nobody's forgotten transaction holds us up
}

void Database::bring_up(std::size_t version) {
  make_first_table();
  for (;;) {
    const auto now = static_cast<std::size_t>(number(kSchemaVersion));
    if (now > steps().size())
      throw std::runtime_error(absl::StrCat(
          "it has schema version ", now, ", made by a newer version of this program, which knows ",
          steps().size(), "; install that version, or name a database of its own or a backup"));
    if (now >= version) return;
    take_step(now);
  }
}

void Database::make_first_table() {
  const std::vector<std::string> names = table_names();
  if (std::find(names.begin(), names.end(), "causeway") != names.end()) return;
  if (!names.empty())
    throw std::runtime_error(absl::StrCat("it holds tables of another program, such as ",
                                          names.front(),
                                          "; give the gateway a database of its own"));
  begin();
  session_ << "CREATE TABLE causeway (name TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL)";
  session_ << "INSERT INTO causeway (name, number) VALUES ('" << kSchemaVersion << "', 0)";
  session_ << "COMMIT";
}

// From `version` to the next; or somebody else does, and the row in "causeway" lets us wait for
// him.
void Database::take_step(std::size_t version) {
  begin();
  soci::statement claim =
      (session_.prepare << "UPDATE causeway SET number = " << version + 1 << " WHERE name = '"
                        << kSchemaVersion << "' AND number = " << version);
  claim.execute(true);
  if (claim.get_affected_rows() == 1)
    for (const char* statement : steps()[version]) session_ << statement;
  session_ << "COMMIT";
}

std::vector<std::string> Database::table_names() {
  Statement statement(session_,
                      place_.sqlite
                          ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                            "'sqlite\\_%' ESCAPE '\\'"
                          : "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE "
                            "table_schema = current_schema()",
                      {}, {{"name"}});
  statement.execute({});
  std::vector<std::string> names;
  while (const auto values = statement.fetch())
    names.push_back(std::get<std::string>((*values)[0]));
  return names;
}

Database::FileIdentity Database::identify() const {
  struct stat found {};
  if (stat(place_.path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

// SQLite would go on with a file that has no name any more.
void Database::must_be_the_same_file() const {
  if (!place_.sqlite || identify() == file_) return;
  throw std::runtime_error(
      "the file was removed or replaced under the gateway; put it back, or restart the gateway");
}

}  // namespace causeway::gateway::store
