#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/names.h"
#include "frontend_gateway/sip/uri.h"

namespace causeway::gateway::sip {

// One place a request can be sent to.
struct Target {
  sip_transp transport;
  sa address;
  std::string name;  // the host of the URI that led here: what a certificate must prove
};

// "tls:192.0.2.1:5061".
std::string text_of(const Target& target);

struct Targets {
  std::vector<Target> all;  // in the order in which to try them
  std::chrono::steady_clock::time_point until;
  bool failed = false;  // a name server did not say all there is
};
using Located = std::shared_ptr<const Targets>;

// The places a SIP URI leads to, by RFC 3263: NAPTR, SRV, addresses. What was found is known as
// long as the records say. In the loop's thread.
class Locator {
 public:
  using Clock = std::chrono::steady_clock;
  using Found = absl::AnyInvocable<void(Located)>;

  // Only transports and address families are considered for which `stack` has a listener.
  Locator(struct ::sip* stack, Names& names) : stack_(stack), names_(names) {}

  // Nothing when it has to be asked for.
  Located known(const std::string& uri);
  // `found` may be called before this returns; with no target for what is no URI, or leads nowhere.
  void locate(const std::string& uri, Found found);

  // Whether there is a listener for what the place asks.
  bool reaches(const Place& place) const;
  bool speaks(sip_transp transport, int family) const;

 private:
  struct Search;
  struct Service {
    sip_transp transport;
    std::string name;
  };

  std::vector<sip_transp> transports(const Place& place) const;
  bool literal(const Place& place, Targets& targets) const;
  void by_rules(std::shared_ptr<Search> search);
  void by_services(std::shared_ptr<Search> search);
  void by_addresses(std::shared_ptr<Search> search);
  void finish(const std::shared_ptr<Search>& search);

  struct ::sip* stack_;
  Names& names_;
  absl::flat_hash_map<std::string, Located> known_;
};

}  // namespace causeway::gateway::sip
