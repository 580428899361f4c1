#include "frontend_gateway/store/place.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::gateway::store {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr const char* kBusySeconds = "2";  // a reader's checkpoint or a backup, not a person

// What an operator has not said himself. A server that is gone without a word is noticed within
// some seconds, not after the two hours of TCP's default.
constexpr std::pair<const char*, const char*> kParameters[] = {
    {"application_name", "causeway"}, {"client_encoding", "UTF8"},  {"connect_timeout", "5"},
    {"keepalives_idle", "3"},         {"keepalives_interval", "2"}, {"keepalives_count", "2"},
    {"tcp_user_timeout", "7000"},
};

std::string with_parameters(std::string uri) {
  for (const auto& [name, value] : kParameters)
    if (uri.find(absl::StrCat(name, "=")) == std::string::npos)
      absl::StrAppend(&uri, uri.find('?') == std::string::npos ? "?" : "&", name, "=", value);
  return uri;
}

std::string without_password(std::string uri) {
  const std::size_t begin = uri.find("://") + 3;
  const std::size_t end = std::min(uri.find_first_of("/?", begin), uri.size());
  const std::size_t at = uri.rfind('@', end);
  const std::size_t colon = uri.find(':', begin);
  if (at != std::string::npos && at >= begin && colon < at) uri.erase(colon, at - colon);
  uri.erase(std::min(uri.find('?'), uri.size()));  // another may stand among the parameters
  return uri;
}

}  // namespace

Place Place::of(const std::string& database) {
  if (!std::string_view(database).starts_with(kSqlite))
    return {false, "", with_parameters(database), without_password(database)};
  const std::string path = database.substr(kSqlite.size());
  return {true, path, absl::StrCat("db=\"", path, "\" timeout=", kBusySeconds), path};
}

}  // namespace causeway::gateway::store
