#include "frontend_gateway/policy/rulebook.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "common/log/log.h"

namespace causeway::gateway::policy {
namespace {

const std::string& key(const store::Partner& row) { return row.partner.domain(); }
const std::string& key(const store::Policy& row) { return row.identity; }
const std::string& key(const store::User& row) { return row.address; }
const std::string& key(const store::Setting& row) { return row.name; }

template <typename Row>
void change(std::vector<Row>& rows, const Row& row, bool remove) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& old) { return key(old) == key(row); });
  if (found != rows.end() && remove)
    rows.erase(found);
  else if (found != rows.end())
    *found = row;
  else if (!remove)
    rows.push_back(row);
}

void change(store::Administration& rows, const store::Change& change_) {
  std::visit(
      [&](const auto& row) {
        using Row = std::decay_t<decltype(row)>;
        if constexpr (std::is_same_v<Row, store::Partner>)
          change(rows.partners, row, change_.remove);
        else if constexpr (std::is_same_v<Row, store::Policy>)
          change(rows.policies, row, change_.remove);
        else if constexpr (std::is_same_v<Row, store::User>)
          change(rows.users, row, change_.remove);
        else if constexpr (std::is_same_v<Row, store::Setting>)
          change(rows.settings, row, change_.remove);
      },
      change_.row);
}

}  // namespace

Rulebook::Rulebook(config::Config file, store::Administration rows, Changed changed)
    : file_(std::move(file)), rows_(std::move(rows)), changed_(std::move(changed)) {
  merge_again();
}

void Rulebook::file_changed(config::Config file) {
  file_ = std::move(file);
  merge_again();
  changed_(rules_);
}

void Rulebook::rows_changed(store::Administration rows) {
  rows_ = std::move(rows);
  merge_again();
  changed_(rules_);
}

void Rulebook::rows_changed(const std::vector<store::Change>& changes) {
  for (const store::Change& one : changes) change(rows_, one);
  merge_again();
  changed_(rules_);
}

Merged Rulebook::with(const std::vector<store::Change>& changes) const {
  store::Administration rows = rows_;
  for (const store::Change& one : changes) change(rows, one);
  return merge(file_, rows);
}

void Rulebook::merge_again() {
  Merged merged = merge(file_, rows_);
  for (const std::string& warning : merged.warnings) log::warning("policy.row_ignored", warning);
  rules_ = std::move(merged.rules);
  warnings_ = std::move(merged.warnings);
}

}  // namespace causeway::gateway::policy
