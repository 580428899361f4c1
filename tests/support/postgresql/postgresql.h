#pragma once

#include <memory>
#include <string>

#include "tests/support/process/process.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::test {

// A PostgreSQL server of the test's own: a new cluster in a temporary directory, on a socket there
// and nowhere else, as an unprivileged user when the test is root. Throws when it cannot be had.
class PostgreSql {
 public:
  PostgreSql();  // started
  PostgreSql(const PostgreSql&) = delete;
  PostgreSql& operator=(const PostgreSql&) = delete;

  // The one of this program, made when first asked for: a cluster takes a second to make.
  static PostgreSql& shared();

  // Makes an empty database, and says how to connect to it.
  std::string make_database();

  void start();  // until it answers
  void kill();   // the server and all who serve a connection, without a goodbye
  // As a host that hangs: everybody stays connected, nobody is answered.
  void pause();
  void resume();

 private:
  std::string run(const std::string& program, const std::vector<std::string>& arguments);
  void signal_all(int number);

  TemporaryDirectory directory_;
  std::unique_ptr<Process> server_;
  int databases_ = 0;
};

}  // namespace causeway::test
