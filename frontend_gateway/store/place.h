#pragma once

#include <string>

namespace causeway::gateway::store {

// Where the database is, as the configuration says it: "sqlite:/path" or "postgresql://...".
struct Place {
  bool sqlite = false;
  std::string path;     // of the file; empty for PostgreSQL
  std::string connect;  // for SOCI
  std::string shown;    // in sentences: without a password

  // REQUIRES: a text that config's must_be_database accepts.
  static Place of(const std::string& database);
};

}  // namespace causeway::gateway::store
