#include "frontend_gateway/sip/hop.h"

#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {

Hop::Hop(struct ::sip* stack, Loop& loop, Target where)
    : target(std::move(where)),
      address(address_text(target.address)),
      text(concat({"sip:", address, ";transport=", sip_transp_name(target.transport)})),
      connection(stack, loop) {
  const pl view{text.data(), text.size()};
  uri_decode(&route, &view);
}

}  // namespace causeway::gateway::sip
