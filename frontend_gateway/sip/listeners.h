#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/sip/libre.h"

namespace causeway::gateway::sip {

// Opens config::Sip::listen on `stack`. Returns the addresses with the ports the system chose where
// 0 was asked for. An error names the address. `context` is for those of tls:, nothing without
// them.
//
// libre binds no wildcard, and sends from, and names in the Via, the first listener of a transport
// and address family. So 0.0.0.0 and [::] become the addresses this host has now, that which faces
// the next hop first.
absl::StatusOr<std::vector<std::string>> open_listeners(struct ::sip* stack,
                                                        const config::Sip& settings,
                                                        struct tls* context);

}  // namespace causeway::gateway::sip
