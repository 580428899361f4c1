#pragma once

#include <exception>

#include "absl/status/status.h"
#include "frontend_gateway/store/place.h"

namespace causeway::gateway::store {

// What an exception of SOCI means, as a sentence for an operator that names the database and says
// what to do. INVALID_ARGUMENT: it is the fault of the row, the database is well. UNAVAILABLE: all
// else. Never what users wrote.
absl::Status explain(const std::exception& exception, const Place& place);

}  // namespace causeway::gateway::store
