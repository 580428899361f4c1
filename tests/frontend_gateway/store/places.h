#pragma once

#include <string>

#include "frontend_gateway/store/place.h"
#include "tests/support/postgresql/postgresql.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::test {

enum class Kind { sqlite, postgresql };

// An empty database, and how the configuration names it.
class EmptyDatabase {
 public:
  explicit EmptyDatabase(Kind kind)
      : name_(kind == Kind::sqlite ? "sqlite:" + file() : PostgreSql::shared().make_database()) {}
  const std::string& name() const { return name_; }
  std::string file() const { return directory_.path() / "gateway.sqlite"; }
  gateway::store::Place place() const { return gateway::store::Place::of(name_); }

 private:
  const TemporaryDirectory directory_;
  const std::string name_;
};

}  // namespace causeway::test
