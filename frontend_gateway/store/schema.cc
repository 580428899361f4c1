#include "frontend_gateway/store/schema.h"

namespace causeway::gateway::store {

std::span<const Step> steps() {
  static const std::vector<Step> all = {
      // What an operator says.
      {"CREATE TABLE partners (domain TEXT NOT NULL PRIMARY KEY, settings TEXT NOT NULL,"
       " description TEXT NOT NULL)",
       "CREATE TABLE policies (identity TEXT NOT NULL PRIMARY KEY,"
       " enable_federation_access BIGINT NOT NULL, enable_xmpp_access BIGINT NOT NULL,"
       " description TEXT NOT NULL)",
       "CREATE TABLE users (address TEXT NOT NULL PRIMARY KEY, site TEXT NOT NULL,"
       " policy TEXT NOT NULL, branch_appliance BIGINT NOT NULL)",
       "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
       "INSERT INTO causeway (name, number) VALUES ('administration', 1)"},
      // What users did.
      {"CREATE TABLE contacts (owner TEXT NOT NULL, local_user TEXT NOT NULL,"
       " remote_user TEXT NOT NULL, known_by TEXT NOT NULL, since BIGINT NOT NULL,"
       " PRIMARY KEY (owner, local_user, remote_user))",
       "CREATE TABLE watches (owner TEXT NOT NULL, local_user TEXT NOT NULL,"
       " remote_user TEXT NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL,"
       " PRIMARY KEY (owner, local_user, remote_user))",
       "CREATE TABLE grants (owner TEXT NOT NULL, local_user TEXT NOT NULL,"
       " remote_user TEXT NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL,"
       " PRIMARY KEY (owner, local_user, remote_user))",
       "CREATE TABLE subscriptions (owner TEXT NOT NULL, id TEXT NOT NULL,"
       " local_user TEXT NOT NULL, remote_user TEXT NOT NULL, dialog TEXT NOT NULL,"
       " event_id TEXT NOT NULL, expires BIGINT NOT NULL, PRIMARY KEY (owner, id))"},
  };
  return all;
}

}  // namespace causeway::gateway::store
