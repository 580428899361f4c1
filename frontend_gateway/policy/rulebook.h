#pragma once

#include <functional>
#include <string>
#include <vector>

#include "frontend_gateway/policy/rules.h"

namespace causeway::gateway::policy {

// What the file says, what the database says, and the rules they make together, as both change. In
// the loop's thread.
class Rulebook {
 public:
  // Told after each change, not of the beginning. The rules are those of rules().
  using Changed = std::function<void(const Rules&)>;

  // Says what of the rows does not hold to the log, as each change does.
  Rulebook(config::Config file, store::Administration rows, Changed changed);

  const config::Config& file() const { return file_; }
  const store::Administration& rows() const { return rows_; }
  const Rules& rules() const { return rules_; }
  // A sentence for each row that does not hold now.
  const std::vector<std::string>& warnings() const { return warnings_; }

  void file_changed(config::Config file);
  void rows_changed(store::Administration rows);
  // Of this gateway's own making, and durable. Rows that no operator makes are left out.
  void rows_changed(const std::vector<store::Change>& changes);

  // The rules as they would be, for who looks before he writes.
  Merged with(const std::vector<store::Change>& changes) const;

 private:
  void merge_again();

  config::Config file_;
  store::Administration rows_;
  const Changed changed_;
  Rules rules_;
  std::vector<std::string> warnings_;
};

}  // namespace causeway::gateway::policy
