#include "frontend_gateway/store/trouble.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "frontend_gateway/store/soci.h"

namespace causeway::gateway::store {
namespace {

struct OfSqlite {
  int code;
  const char* sentence;
};
constexpr OfSqlite kSqlite[] = {
    {SQLITE_BUSY, "another process has it locked; end the tool or the backup that does"},
    {SQLITE_LOCKED, "another process has it locked; end the tool or the backup that does"},
    {SQLITE_READONLY,
     "it cannot be written; look at the rights of the file and its directory, and "
     "whether the file system is mounted read-only"},
    {SQLITE_PERM, "this user may not; look at the rights of the file and its directory"},
    {SQLITE_IOERR, "the disk does not read or write it; look at the kernel's log"},
    {SQLITE_CORRUPT, "it is damaged; stop the gateway and put a backup in its place"},
    {SQLITE_NOTADB, "it is no SQLite database; name another file in store.database"},
    {SQLITE_FULL, "the disk is full; make room"},
    {SQLITE_CANTOPEN, "it cannot be opened; look at the rights of the file and its directory"},
};

struct OfPostgresql {
  std::string_view state;  // the beginning of an SQLSTATE
  const char* sentence;
};
constexpr OfPostgresql kPostgresql[] = {
    {"25006", "it is read-only; is it a standby? Name the primary in store.database"},
    {"28", "it does not let us in; look at the user and password in store.database"},
    {"3D000", "there is no such database; create it"},
    {"42501", "the user in store.database lacks the right; make it the owner of the database"},
    {"42P", "its tables are not ours; give the gateway a database of its own"},
    {"42703", "its tables are not ours; give the gateway a database of its own"},
    {"53100", "its disk is full; make room"},
    {"53300", "it has too many connections; raise its max_connections"},
    {"53", "it lacks resources; look at its log"},
    {"55P03", "another session has locked what is to be written; end it"},
    {"57P", "it is stopping or starting"},
};

bool is_the_rows_fault(int sqlite_code) {
  return sqlite_code == SQLITE_CONSTRAINT || sqlite_code == SQLITE_MISMATCH ||
         sqlite_code == SQLITE_TOOBIG;
}

// SQLSTATE's classes: data exception, integrity constraint violation, program limit exceeded; and
// a table that is there already.
bool is_the_rows_fault(std::string_view state) {
  return state == "42P07" || state.starts_with("22") || state.starts_with("23") ||
         state.starts_with("54");
}

// Without PostgreSQL's details, which hold what users wrote.
std::string one_line(std::string text) {
  text.erase(std::min(text.find("DETAIL:"), text.size()));
  return std::string(
      absl::StripAsciiWhitespace(absl::StrReplaceAll(text, {{"\n\t", " "}, {"\n", " "}})));
}

absl::Status status_of(bool the_rows_fault, const Place& place, const char* sentence,
                       const std::string& said) {
  if (the_rows_fault)
    return absl::InvalidArgumentError(absl::StrCat(place.shown, " refuses a row: ", said));
  if (sentence == nullptr) return absl::UnavailableError(absl::StrCat(place.shown, ": ", said));
  return absl::UnavailableError(absl::StrCat(place.shown, ": ", sentence, " (", said, ")"));
}

const char* sentence_for(int sqlite_code) {
  for (const OfSqlite& row : kSqlite)
    if (row.code == sqlite_code) return row.sentence;
  return nullptr;
}

const char* sentence_for(std::string_view state) {
  for (const OfPostgresql& row : kPostgresql)
    if (state.starts_with(row.state)) return row.sentence;
  return nullptr;
}

}  // namespace

absl::Status explain(const std::exception& exception, const Place& place) {
  if (const auto* lite = dynamic_cast<const soci::sqlite3_soci_error*>(&exception)) {
    const int code = lite->result() & 0xff;  // without what extended codes add
    return status_of(is_the_rows_fault(code), place, sentence_for(code),
                     one_line(lite->get_error_message()));
  }
  if (const auto* postgres = dynamic_cast<const soci::postgresql_soci_error*>(&exception)) {
    const std::string state = postgres->sqlstate();
    return status_of(is_the_rows_fault(state), place, sentence_for(state),
                     one_line(postgres->get_error_message()));
  }
  // what() would quote the statement with its values.
  const auto* soci = dynamic_cast<const soci::soci_error*>(&exception);
  return status_of(false, place, nullptr,
                   one_line(soci ? soci->get_error_message() : exception.what()));
}

}  // namespace causeway::gateway::store
