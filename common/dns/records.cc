#include "common/dns/records.h"

#include <arpa/inet.h>

namespace causeway::dns {

std::string Address::to_string() const {
  char text[INET6_ADDRSTRLEN];
  const char* printed = inet_ntop(v6 ? AF_INET6 : AF_INET, octets.data(), text, sizeof text);
  return printed == nullptr ? std::string() : std::string(printed);
}

}  // namespace causeway::dns
