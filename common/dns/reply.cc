#include "common/dns/reply.h"

#include <arpa/nameser.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"

namespace causeway::dns {
namespace {

using std::chrono::seconds;

constexpr std::size_t kSrvFixed = 6;    // priority, weight, port
constexpr std::size_t kNaptrFixed = 4;  // order, preference
constexpr std::size_t kSoaFixed = 20;   // behind its two names; the last four bytes are the minimum
constexpr std::size_t kLongestHost = 253;

absl::Status malformed(const char* why) { return absl::InvalidArgumentError(why); }

struct Alias {
  std::string owner;
  std::string target;
  seconds ttl;
};

// A message between its parts: what has been read, and what is being put together.
struct Reading {
  ns_msg message;
  std::string name;  // asked for; then the end of its chain of aliases
  Reply reply;
  std::vector<Alias> aliases;
};

// RFC 2181 section 8: a TTL with its highest bit set is none.
seconds ttl_of(const ns_rr& record) { return seconds(record.ttl > 0x7fffffffU ? 0U : record.ttl); }

std::string name_of(const ns_rr& record) {
  std::string name = ns_rr_name(record);
  absl::AsciiStrToLower(&name);
  return name;
}

// A name in the data of a record, which may point back into the message.
std::optional<std::string> name_at(const ns_msg& message, const unsigned char* at) {
  char name[NS_MAXDNAME];
  if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), at, name, sizeof name) < 0) {
    return std::nullopt;
  }
  std::string text = name;
  absl::AsciiStrToLower(&text);
  if (text == ".") text.clear();
  return text;
}

// Bytes that no host name has show as escapes.
bool is_host(std::string_view name) {
  return name.size() <= kLongestHost && std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                  c == '.';
         });
}

void hold_at_most(Reply& reply, seconds ttl) { reply.ttl = std::min(reply.ttl.value_or(ttl), ttl); }

absl::Status read_question(Reading& r) {
  if (ns_msg_getflag(r.message, ns_f_qr) == 0) return malformed("it is no reply");
  if (ns_msg_getflag(r.message, ns_f_tc) != 0) return malformed("it is cut short");
  ns_rr question;
  if (ns_msg_count(r.message, ns_s_qd) != 1 || ns_parserr(&r.message, ns_s_qd, 0, &question) != 0) {
    return malformed("it has not one question");
  }
  const auto type = static_cast<Type>(ns_rr_type(question));
  if (ns_rr_class(question) != ns_c_in ||
      (type != Type::a && type != Type::aaaa && type != Type::srv && type != Type::naptr)) {
    return malformed("it answers another kind of question");
  }
  r.reply.type = type;
  r.reply.rcode = ns_msg_getflag(r.message, ns_f_rcode);
  r.name = name_of(question);
  return absl::OkStatus();
}

absl::Status read_aliases(Reading& r) {
  for (int i = 0; i < ns_msg_count(r.message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&r.message, ns_s_an, i, &record) != 0) return malformed("a record is malformed");
    if (ns_rr_type(record) != ns_t_cname || ns_rr_class(record) != ns_c_in) continue;
    if (r.aliases.size() == kMaxAliases) return malformed("too many aliases");
    const std::optional<std::string> target = name_at(r.message, ns_rr_rdata(record));
    if (!target) return malformed("an alias is malformed");
    r.aliases.push_back({name_of(record), *target, ttl_of(record)});
  }
  return absl::OkStatus();
}

absl::Status follow_aliases(Reading& r) {
  for (std::size_t steps = 0;; ++steps) {
    const auto alias = std::find_if(r.aliases.begin(), r.aliases.end(),
                                    [&](const Alias& each) { return each.owner == r.name; });
    if (alias == r.aliases.end()) return absl::OkStatus();
    if (steps == r.aliases.size()) return malformed("its aliases go in a circle");
    r.name = alias->target;
    hold_at_most(r.reply, alias->ttl);
  }
}

bool add_address(const ns_rr& record, std::size_t size, Reply& reply) {
  if (ns_rr_rdlen(record) != size) return false;
  Address address;
  address.v6 = size == address.octets.size();
  std::memcpy(address.octets.data(), ns_rr_rdata(record), size);
  reply.addresses.push_back(address);
  return true;
}

bool add_service(const ns_msg& message, const ns_rr& record, Reply& reply) {
  if (ns_rr_rdlen(record) <= kSrvFixed) return false;
  const unsigned char* const data = ns_rr_rdata(record);
  std::optional<std::string> target = name_at(message, data + kSrvFixed);
  if (!target) return false;
  const auto port = static_cast<std::uint16_t>(ns_get16(data + 4));
  if (!is_host(*target) || (port == 0 && !target->empty())) return true;  // of no use, no more
  reply.services.push_back({static_cast<std::uint16_t>(ns_get16(data)),
                            static_cast<std::uint16_t>(ns_get16(data + 2)), port,
                            *std::move(target)});
  return true;
}

// A character string (RFC 1035 section 3.3), in lower case.
std::optional<std::string> take_text(const unsigned char*& at, const unsigned char* end) {
  if (at == end || static_cast<std::size_t>(end - at) < 1U + *at) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(at + 1), *at);
  at += 1 + *at;
  absl::AsciiStrToLower(&text);
  return text;
}

bool add_rule(const ns_msg& message, const ns_rr& record, Reply& reply) {
  if (ns_rr_rdlen(record) <= kNaptrFixed) return false;
  const unsigned char* const data = ns_rr_rdata(record);
  const unsigned char* const end = data + ns_rr_rdlen(record);
  const unsigned char* at = data + kNaptrFixed;
  auto flags = take_text(at, end);
  auto service = flags ? take_text(at, end) : std::nullopt;
  const auto expression = service ? take_text(at, end) : std::nullopt;
  if (!expression || at == end) return false;
  std::optional<std::string> replacement = name_at(message, at);
  if (!replacement) return false;
  if (!expression->empty() || replacement->empty() || !is_host(*replacement)) return true;
  reply.rules.push_back({static_cast<std::uint16_t>(ns_get16(data)),
                         static_cast<std::uint16_t>(ns_get16(data + 2)), *std::move(flags),
                         *std::move(service), *std::move(replacement)});
  return true;
}

bool add(const ns_msg& message, const ns_rr& record, Reply& reply) {
  switch (reply.type) {
    case Type::a:
      return add_address(record, 4, reply);
    case Type::aaaa:
      return add_address(record, 16, reply);
    case Type::srv:
      return add_service(message, record, reply);
    case Type::naptr:
      return add_rule(message, record, reply);
  }
  return false;
}

// RFC 2782: "." stands alone; next to other records it says nothing.
void settle_dots(std::vector<SrvRecord>& services) {
  if (services.size() < 2) return;
  std::erase_if(services, [](const SrvRecord& each) { return each.target.empty(); });
  if (services.empty()) services.push_back({});
}

absl::Status read_records(Reading& r) {
  bool any = false;
  for (int i = 0; i < ns_msg_count(r.message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&r.message, ns_s_an, i, &record) != 0) return malformed("a record is malformed");
    if (ns_rr_class(record) != ns_c_in || name_of(record) != r.name ||
        ns_rr_type(record) != static_cast<std::uint16_t>(r.reply.type)) {
      continue;
    }
    if (r.reply.size() == kMaxRecords) break;
    if (!add(r.message, record, r.reply)) return malformed("a record is malformed");
    any = true;
    hold_at_most(r.reply, ttl_of(record));
  }
  settle_dots(r.reply.services);
  if (any && r.reply.empty()) {
    return malformed("none of its records can be used");
  }
  return absl::OkStatus();
}

// How long there is no such record: what the SOA record says, in one of two places.
absl::Status read_authority(Reading& r) {
  std::optional<seconds> negative;
  for (int i = 0; i < ns_msg_count(r.message, ns_s_ns); ++i) {
    ns_rr record;
    if (ns_parserr(&r.message, ns_s_ns, i, &record) != 0) return malformed("a record is malformed");
    if (ns_rr_type(record) != ns_t_soa || ns_rr_class(record) != ns_c_in) continue;
    const unsigned char* at = ns_rr_rdata(record);
    const unsigned char* const end = at + ns_rr_rdlen(record);
    if (ns_name_skip(&at, end) != 0 || ns_name_skip(&at, end) != 0 ||
        static_cast<std::size_t>(end - at) != kSoaFixed) {
      return malformed("a SOA record is malformed");
    }
    const std::uint32_t minimum = ns_get32(end - 4);
    negative = std::min(ttl_of(record), seconds(minimum > 0x7fffffffU ? 0U : minimum));
  }
  if (negative) {
    hold_at_most(r.reply, *negative);
  } else {
    r.reply.ttl.reset();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Reply> parse_reply(std::string_view message) {
  Reading r{};
  if (message.size() > NS_MAXMSG ||
      ns_initparse(reinterpret_cast<const unsigned char*>(message.data()),
                   static_cast<int>(message.size()), &r.message) != 0) {
    return malformed("the message is malformed");
  }
  if (absl::Status status = read_question(r); !status.ok()) return status;
  if (absl::Status status = read_aliases(r); !status.ok()) return status;
  if (absl::Status status = follow_aliases(r); !status.ok()) return status;
  if (absl::Status status = read_records(r); !status.ok()) return status;
  if (r.reply.empty()) {
    if (absl::Status status = read_authority(r); !status.ok()) return status;
  }
  return std::move(r.reply);
}

}  // namespace causeway::dns
