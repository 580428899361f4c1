#pragma once

#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/gateway/tastes.h"
#include "frontend_gateway/gateway/typing.h"
#include "frontend_gateway/gateway/wishes.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/session/sessions.h"
#include "frontend_gateway/surroundings/surroundings.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway {

// What both directions work with. All of it outlives them.
struct Both {
  const policy::Current& policy;
  policy::Contacts& contacts;
  translate::Threads& threads;
  PairQueue& queue;             // texts in page mode, notices, notifications
  session::Sessions& sessions;  // texts in sessions
  Tastes& tastes;
  Typing& typing;
  Wishes& wishes;
  Surroundings& surroundings;
};

}  // namespace causeway::gateway
