#include "common/link/hello.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace causeway::link {
namespace {

constexpr std::size_t kNameBytes = 255;

bool fits(const std::string& text) { return text.size() <= kNameBytes; }

}  // namespace

absl::Status check(const v1::Hello& hello, const std::string& own_software) {
  if (hello.instance().empty() || !fits(hello.instance()) || !fits(hello.name()) ||
      !fits(hello.software()))
    return absl::InvalidArgumentError("The hello lacks an instance, or a name in it is too long.");
  if (hello.protocol_version() == kProtocolVersion) return absl::OkStatus();
  const bool they_are_older = hello.protocol_version() < kProtocolVersion;
  return absl::FailedPreconditionError(absl::StrCat(
      hello.software(), " on ", hello.name(), " speaks version ", hello.protocol_version(),
      " of the link and ", own_software, " version ", kProtocolVersion, "; upgrade ",
      they_are_older ? hello.software() : own_software, "."));
}

std::string software(const std::string& daemon) {
  return absl::StrCat(daemon, " ", CAUSEWAY_VERSION);
}

std::string own_name(const std::string& configured) {
  if (!configured.empty()) return configured;
  char name[kNameBytes + 1] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "unnamed";
  return name;
}

std::string_view life_of(std::string_view instance) { return instance.substr(0, kLifeDigits); }

std::string_view life_in(std::string_view id) {
  const bool made_here = id.size() > kLifeDigits && id[kLifeDigits] == '-';
  return made_here ? id.substr(0, kLifeDigits) : std::string_view();
}

}  // namespace causeway::link
