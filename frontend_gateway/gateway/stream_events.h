#pragma once

#include "causeway/v1/link.pb.h"

namespace causeway::gateway {

// Writes what an edge reports of its streams to the log: stream.established, stream.closed,
// stream.failed.
void log_stream_event(const v1::StreamEvent& event);

}  // namespace causeway::gateway
