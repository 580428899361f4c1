#pragma once

#include <string>

#include "causeway/v1/stanza.pb.h"
#include "common/xml/element.h"

namespace causeway::edge::codec {

// The payload of an iq. One on the allow-list keeps the attributes, children and text that the list
// names; any other keeps its name and namespace only, so that it can be answered.
v1::Extension read_payload(const xml::Element& element);

// Writes what read_payload lets pass; nothing for a payload that is not on the list.
void append_payload(std::string& out, const v1::Extension& payload);

}  // namespace causeway::edge::codec
