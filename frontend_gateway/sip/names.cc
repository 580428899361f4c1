#include "frontend_gateway/sip/names.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/strings/ascii.h"
#include "common/dns/reply.h"
#include "frontend_gateway/sip/libre.h"

namespace causeway::gateway::sip {
namespace {

using std::chrono::seconds;

constexpr int kEdnsBytes = 1232;      // what passes unfragmented everywhere
constexpr int kTimeoutMs = 1500;      // of the first try; a request has no more than 32 s
constexpr int kTries = 2;             // per server
constexpr std::size_t kKnown = 4096;  // answers kept; peers choose some of the names
constexpr seconds kLongestTtl{3600};  // whatever a zone says: a moved server is found in an hour
constexpr seconds kLongestNegative{60};
constexpr seconds kHostsFile{10};  // how long its word is kept

bool word_of_the_domain(int status) {
  return status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA ||
         status == ARES_EBADNAME;
}

Names::Answer judged(int status, std::string_view bytes) {
  Names::Answer answer;
  answer.expires = Names::Clock::now();
  auto reply = dns::parse_reply(bytes);
  answer.failed = !word_of_the_domain(status) || (!bytes.empty() && !reply.ok());
  if (answer.failed || bytes.empty()) return answer;
  const bool found = !reply->empty();
  answer.services = std::move(reply->services);
  answer.rules = std::move(reply->rules);
  answer.addresses = std::move(reply->addresses);
  if (reply->ttl) answer.expires += std::min(*reply->ttl, found ? kLongestTtl : kLongestNegative);
  return answer;
}

}  // namespace

// A socket that belongs to c-ares, which opens and closes it.
struct Names::Socket {
  Names& names;
  int descriptor;
};

struct Names::Question {
  Names& names;
  Key key;
};

Names::Names(Loop& loop, std::vector<std::string> servers)
    : loop_(loop), servers_(std::move(servers)) {}

Names::~Names() { close(); }

absl::Status Names::open() {
  static const int started = ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH;
  options.ednspsz = kEdnsBytes;
  options.timeout = kTimeoutMs;
  options.tries = kTries;
  options.sock_state_cb = socket_changed;
  options.sock_state_cb_data = this;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                   ARES_OPT_SOCK_STATE_CB;
  if (started != ARES_SUCCESS || ares_init_options(&ares_, &options, mask) != ARES_SUCCESS) {
    ares_ = nullptr;
    return absl::InternalError("the name servers of this host cannot be read");
  }
  std::string list;
  for (const std::string& server : servers_) list += (list.empty() ? "" : ",") + server;
  if (!list.empty() && ares_set_servers_ports_csv(ares_, list.c_str()) != ARES_SUCCESS)
    return absl::InvalidArgumentError("not the address of a name server: " + list);
  return absl::OkStatus();
}

void Names::close() {
  asking_.clear();
  if (ares_channeldata* const ares = std::exchange(ares_, nullptr)) ares_destroy(ares);
  ++armed_;
}

void Names::ask(const std::string& name, dns::Type type, Answered answered) {
  Key key(name, type);
  absl::AsciiStrToLower(&key.first);
  if (const auto found = known_.find(key); found != known_.end()) {
    if (found->second->expires > Clock::now()) return answered(found->second);
    known_.erase(found);
  }
  if (Known listed = from_hosts_file(key)) return answered(std::move(listed));
  auto& waiting = asking_[key];
  waiting.push_back(std::move(answered));
  if (waiting.size() > 1) return;
  auto question = std::make_unique<Question>(Question{*this, key});
  ares_query(ares_, key.first.c_str(), ns_c_in, static_cast<int>(type), Names::answered,
             question.release());
  arm();
}

void Names::answered(void* question, int status, int, unsigned char* reply, int size) {
  const std::unique_ptr<Question> held(static_cast<Question*>(question));
  Names& self = held->names;
  if (self.ares_ == nullptr) return;
  const auto answer = std::make_shared<const Answer>(
      judged(status, {reinterpret_cast<const char*>(reply), static_cast<std::size_t>(size)}));
  self.keep(held->key, answer);
  auto node = self.asking_.extract(held->key);
  if (node.empty()) return;
  for (Answered& each : node.mapped()) each(answer);
}

Names::Known Names::from_hosts_file(const Key& key) {
  const int family = key.second == dns::Type::aaaa ? AF_INET6 : AF_INET;
  const bool address = key.second == dns::Type::aaaa || key.second == dns::Type::a;
  hostent* entry = nullptr;
  if (!address || ares_ == nullptr ||
      ares_gethostbyname_file(ares_, key.first.c_str(), family, &entry) != ARES_SUCCESS)
    return nullptr;
  Answer answer;
  for (char** next = entry->h_addr_list; entry->h_addrtype == family && *next; ++next) {
    dns::Address& added = answer.addresses.emplace_back();
    added.v6 = family == AF_INET6;
    std::memcpy(added.octets.data(), *next, added.v6 ? 16 : 4);
  }
  ares_free_hostent(entry);
  if (answer.addresses.empty()) return nullptr;
  answer.expires = Clock::now() + kHostsFile;
  auto known = std::make_shared<const Answer>(std::move(answer));
  keep(key, known);
  return known;
}

void Names::keep(const Key& key, Known answer) {
  if (answer->expires <= Clock::now()) return;
  if (known_.size() >= kKnown) known_.clear();
  known_[key] = std::move(answer);
}

// --- Between c-ares and libre ---

void Names::socket_changed(void* names, int descriptor, int readable, int writable) {
  Names& self = *static_cast<Names*>(names);
  if (!readable && !writable) {
    fd_close(descriptor);  // c-ares closes it next
    self.sockets_.erase(descriptor);
    return;
  }
  auto& socket = self.sockets_[descriptor];
  if (!socket) socket = std::make_unique<Socket>(Socket{self, descriptor});
  const auto ready = [](int flags, void* arg) {
    const auto [owner, fd] = *static_cast<Socket*>(arg);  // which may go meanwhile
    owner.process((flags & FD_READ) ? fd : ARES_SOCKET_BAD,
                  (flags & FD_WRITE) ? fd : ARES_SOCKET_BAD);
  };
  fd_listen(descriptor, (readable ? FD_READ : 0) | (writable ? FD_WRITE : 0), ready, socket.get());
}

void Names::process(int readable, int writable) {
  if (ares_ == nullptr) return;
  ares_process_fd(ares_, readable, writable);
  arm();
}

void Names::arm() {
  timeval next{};
  if (ares_ == nullptr || ares_timeout(ares_, nullptr, &next) == nullptr) return;
  const auto left = seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec);
  loop_.after(std::chrono::ceil<std::chrono::milliseconds>(left) + std::chrono::milliseconds(1),
              [this, mine = ++armed_] {
                if (mine == armed_) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
              });
}

}  // namespace causeway::gateway::sip
