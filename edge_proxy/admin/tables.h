#pragma once

#include <string>

#include "causeway/v1/admin.pb.h"

namespace causeway::edge::admin {

// The daemon's answers for people; pure. Each ends with a line feed. What a peer has said is shown
// without control characters (text::is_control), so that it cannot speak to the terminal.

std::string to_text(const v1::GetStatusResponse& status);
std::string to_text(const v1::ListLiveStreamsResponse& streams);
std::string to_text(const v1::ListFailuresResponse& failures);
std::string to_text(const v1::CloseStreamsResponse& closed);
std::string to_text(const v1::RetryResponse& done);
std::string to_text(const v1::ReloadResponse& done);

}  // namespace causeway::edge::admin
