#pragma once

#include <string>
#include <vector>

namespace causeway::test {

// deploy/<name> of this source tree.
std::string example_file(const std::string& name);

// Those of `keys` ("link.patience_seconds") that the YAML file does not hold. Within a list a key
// is held when any of its entries holds it.
std::vector<std::string> keys_missing_from(const std::string& file,
                                           const std::vector<std::string>& keys);

}  // namespace causeway::test
