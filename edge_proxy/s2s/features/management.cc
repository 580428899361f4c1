#include "edge_proxy/s2s/features/management.h"

#include "common/xml/namespaces.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

bool offered(const Inbound& n) { return n.offers_management && n.is_proved(); }

std::string advertisement(const Inbound&) {
  return stream::cat("<sm xmlns='", xml::ns::kManagement, "'/>");
}

}  // namespace

bool offers_management(const xml::Element& features) {
  return features.child("sm", xml::ns::kManagement) != nullptr;
}

constexpr Offer kOfferManagement{"",      xml::ns::kManagement, Phase::after,
                                 offered, advertisement,        nullptr};

}  // namespace causeway::edge::s2s
