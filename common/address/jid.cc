#include "common/address/jid.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/address/precis.h"

namespace causeway::address {
namespace {

constexpr std::size_t kMostPartBytes = 1023;
// Preparation may shorten a part, but nobody's honest address is far beyond the limit.
constexpr std::size_t kMostUnpreparedBytes = 3 * kMostPartBytes + 2;

absl::Status refuse(const std::string& why) { return absl::InvalidArgumentError(why); }

absl::StatusOr<std::string> prepare_local(std::string_view text) {
  absl::StatusOr<std::string> local = username_case_mapped(text);
  if (!local.ok()) return refuse(absl::StrCat("local part: ", local.status().message()));
  // RFC 7622 section 3.3.1: IdentifierClass has these, JIDs do not.
  if (local->find_first_of("\"&'/:<>@") != std::string::npos)
    return refuse("local part: holds one of \" & ' / : < > @");
  if (local->size() > kMostPartBytes) return refuse("local part: longer than 1023 bytes");
  return local;
}

absl::StatusOr<std::string> prepare_resource(std::string_view text) {
  absl::StatusOr<std::string> resource = opaque_string(text);
  if (!resource.ok()) return refuse(absl::StrCat("resource: ", resource.status().message()));
  // OpaqueString lets it pass; RFC 7622 section 3.5, example 18, does not.
  if (resource->front() == ' ') return refuse("resource: begins with a space");
  if (resource->size() > kMostPartBytes) return refuse("resource: longer than 1023 bytes");
  return resource;
}

}  // namespace

// RFC 7622 section 3.1: the first '/' ends the domain; an '@' before it ends the local part.
absl::StatusOr<Jid> Jid::parse(std::string_view text) {
  if (text.size() > kMostUnpreparedBytes) return refuse("longer than an address may be");
  std::string_view rest = text;
  std::string_view resource;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    resource = rest.substr(slash + 1);
    if (resource.empty()) return refuse("resource: empty");
    rest = rest.substr(0, slash);
  }
  std::string_view local;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    local = rest.substr(0, at);
    if (local.empty()) return refuse("local part: empty");
    rest = rest.substr(at + 1);
  }
  return from_parts(local, rest, resource);
}

absl::StatusOr<Jid> Jid::from_parts(std::string_view local, std::string_view domain,
                                    std::string_view resource) {
  Jid jid;
  absl::StatusOr<Domain> prepared = Domain::parse(domain);
  if (!prepared.ok()) return refuse(absl::StrCat("domain: ", prepared.status().message()));
  jid.domain_ = *std::move(prepared);
  if (!local.empty()) {
    absl::StatusOr<std::string> part = prepare_local(local);
    if (!part.ok()) return part.status();
    jid.local_ = *std::move(part);
  }
  if (!resource.empty()) {
    absl::StatusOr<std::string> part = prepare_resource(resource);
    if (!part.ok()) return part.status();
    jid.resource_ = *std::move(part);
  }
  return jid;
}

std::string Jid::bare() const {
  return local_.empty() ? domain_.unicode() : absl::StrCat(local_, "@", domain_.unicode());
}

std::string Jid::to_string() const {
  if (resource_.empty()) return bare();
  if (local_.empty()) return absl::StrCat(domain_.unicode(), "/", resource_);
  return absl::StrCat(local_, "@", domain_.unicode(), "/", resource_);
}

}  // namespace causeway::address
