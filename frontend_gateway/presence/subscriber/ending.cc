#include "frontend_gateway/presence/subscriber/ending.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "frontend_gateway/address/text.h"

namespace causeway::gateway::presence {
namespace {

using Next = Consequence::Next;
using Tell = Consequence::Tell;

struct StatusRow {
  int status;
  Ending to_first;    // SUBSCRIBE out of a dialog
  Ending to_refresh;  // within one
};
constexpr StatusRow kStatuses[] = {
    {401, Ending::failed, Ending::failed},  // sip/ has tried the credentials that there are
    {403, Ending::denied, Ending::denied},        {404, Ending::nobody, Ending::nobody},
    {405, Ending::failed, Ending::failed},        {407, Ending::failed, Ending::failed},
    {408, Ending::failed, Ending::failed_within}, {410, Ending::failed, Ending::failed},
    {416, Ending::failed, Ending::failed},        {423, Ending::too_brief, Ending::too_brief},
    {480, Ending::failed, Ending::failed},        {481, Ending::failed, Ending::moved},
    {482, Ending::failed, Ending::failed},        {483, Ending::failed, Ending::failed},
    {484, Ending::failed, Ending::failed},        {485, Ending::failed, Ending::failed},
    {489, Ending::denied, Ending::denied},        {501, Ending::failed, Ending::failed},
    {603, Ending::denied, Ending::denied},        {604, Ending::nobody, Ending::nobody},
};

struct ReasonRow {
  std::string_view reason;
  Ending ending;
};
constexpr ReasonRow kReasons[] = {
    {"deactivated", Ending::moved}, {"probation", Ending::postponed},
    {"rejected", Ending::denied},   {"timeout", Ending::lapsed},
    {"giveup", Ending::given_up},   {"noresource", Ending::denied},
    {"invariant", Ending::final_},
};

struct Row {
  Ending ending;
  Consequence consequence;
};
constexpr Row kConsequences[] = {
    {Ending::denied, {Tell::unsubscribed, Next::forget}},
    {Ending::moved, {Tell::soon, Next::at_once}},
    {Ending::lapsed, {Tell::unavailable, Next::at_once}},
    {Ending::postponed, {Tell::unavailable, Next::back_off}},
    {Ending::given_up, {Tell::nothing, Next::much_later}},
    {Ending::final_, {Tell::nothing, Next::rest}},
    {Ending::nobody, {Tell::error, Next::back_off}},
    {Ending::too_brief, {Tell::nothing, Next::repeat}},
    {Ending::failed, {Tell::unavailable, Next::back_off}},
    {Ending::failed_within, {Tell::unavailable, Next::back_off}},
};

}  // namespace

Ending ending_of_status(int status, bool within) {
  const auto* row = std::ranges::find(kStatuses, status, &StatusRow::status);
  if (row != std::end(kStatuses)) return within ? row->to_refresh : row->to_first;
  return within ? Ending::failed_within : Ending::failed;
}

Ending ending_of_reason(std::string_view reason) {
  for (const ReasonRow& row : kReasons) {
    if (equal_ignoring_case(row.reason, reason)) return row.ending;
  }
  return Ending::failed;
}

Consequence consequence_of(Ending ending) {
  const auto* row = std::ranges::find(kConsequences, ending, &Row::ending);
  assert(row != std::end(kConsequences));
  return row->consequence;
}

}  // namespace causeway::gateway::presence
