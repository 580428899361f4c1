#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace causeway::gateway::store {

// The steps that make the tables, oldest first. A database's version is the number of steps it has
// seen. A step that was ever released is never changed: what is to be different is a new step.
//
// The SQL is what SQLite, PostgreSQL and what speaks as PostgreSQL does have in common: TEXT and
// BIGINT, primary keys, ON CONFLICT. No sequences, no triggers, no types of one's own.
using Step = std::vector<const char*>;
std::span<const Step> steps();

// Of the table "causeway", which every step finds: numbers by name.
constexpr const char* kSchemaVersion = "schema_version";
// Rises with each change of what an operator says. Who writes to these tables by hand raises it
// too.
constexpr const char* kAdministration = "administration";

}  // namespace causeway::gateway::store
