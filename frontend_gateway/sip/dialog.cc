#include "frontend_gateway/sip/dialog.h"

#include <algorithm>
#include <utility>

#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/uri.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::string_view kFormat = "dialog 1";  // the first line of to_text()
constexpr std::size_t kFields = 9;                // lines before the routes
constexpr std::uint32_t kMostCSeq = 0x7fffffff;   // RFC 3261 section 8.1.1.5

// RFC 3261 section 12.2, RFC 3311 section 5.1, RFC 6665 section 4.1.2.2 and 4.4.
bool refreshes_target(std::string_view method) {
  return method == "INVITE" || method == "UPDATE" || method == "SUBSCRIBE" || method == "NOTIFY";
}

// The URI of the one Contact; empty when it is none of SIP's.
std::string contact_of(const std::vector<Header>& headers) {
  const auto contact = std::find_if(headers.begin(), headers.end(), [](const Header& header) {
    return same_name(header.name, "Contact");
  });
  const auto address = contact == headers.end() ? std::nullopt : parse_name_addr(contact->value);
  return address && is_sip_uri(address->uri) ? address->uri : std::string();
}

// As the end that `request` came to.
std::optional<Dialog> reached_by(const IncomingRequest& request, const std::string& local_tag) {
  Dialog dialog;
  dialog.remote_target = contact_of(request.headers);
  if (dialog.remote_target.empty() || request.from_tag.empty() || local_tag.empty())
    return std::nullopt;
  dialog.call_id = request.call_id;
  dialog.local_tag = local_tag;
  dialog.remote_tag = request.from_tag;
  dialog.local_uri = bracketed(request.to_uri);
  dialog.remote_uri = bracketed(request.from_uri);
  dialog.routes = request.record_routes;
  dialog.remote_cseq = request.cseq;
  return dialog;
}

std::string named(std::string_view call_id, std::string_view local, std::string_view remote) {
  return concat({call_id, " ", local, " ", remote});  // none of them holds a space
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> all;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos;) {
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) all.clear();  // every line has its end
  return all;
}

}  // namespace

std::optional<Dialog> Dialog::answering(const IncomingRequest& request) {
  return reached_by(request, request.local_tag);
}

std::optional<Dialog> Dialog::asked(const Request& request, const Response& response) {
  Dialog dialog;
  dialog.remote_target = contact_of(response.headers);
  if (dialog.remote_target.empty() || response.to_tag.empty()) return std::nullopt;
  dialog.call_id = response.call_id;
  dialog.local_tag = response.from_tag;
  dialog.remote_tag = response.to_tag;
  dialog.local_uri = bracketed(request.from);
  dialog.remote_uri = bracketed(request.to);
  dialog.routes.assign(response.record_routes.rbegin(), response.record_routes.rend());
  dialog.local_cseq = response.cseq;
  return dialog;
}

std::optional<Dialog> Dialog::notified(const Request& request, const IncomingRequest& notify) {
  auto dialog = reached_by(notify, notify.to_tag);
  if (!dialog) return std::nullopt;
  dialog->local_uri = bracketed(request.from);
  dialog->remote_uri = bracketed(request.to);
  dialog->local_cseq = request.cseq;
  return dialog;
}

// Section 12.2.1.1.
Request Dialog::request(std::string method) {
  Request request{};
  request.request_uri = remote_target;
  request.routes = routes;
  if (!routes.empty() && !is_loose(routes.front())) {
    const auto first = parse_name_addr(routes.front());
    request.request_uri = as_request_uri(first ? first->uri : remote_target);
    request.routes.erase(request.routes.begin());
    request.routes.push_back(bracketed(remote_target));
  }
  request.from = local_uri;
  request.to = remote_uri;
  request.call_id = call_id;
  request.from_tag = local_tag;
  request.to_tag = remote_tag;
  request.cseq = ++local_cseq;
  request.contact = refreshes_target(method);
  request.method = std::move(method);
  return request;
}

void Dialog::answered(const Response& response) {
  local_cseq = std::max(local_cseq, response.cseq);
}

bool Dialog::accept(const IncomingRequest& request) {
  if (request.cseq < remote_cseq) return false;
  remote_cseq = request.cseq;
  if (!refreshes_target(request.method)) return true;
  if (std::string contact = contact_of(request.headers); !contact.empty())
    remote_target = std::move(contact);
  return true;
}

std::string Dialog::id() const { return named(call_id, local_tag, remote_tag); }

std::string Dialog::id_of(const IncomingRequest& request) {
  const std::string& local = request.to_tag.empty() ? request.local_tag : request.to_tag;
  return named(request.call_id, local, request.from_tag);
}

// One value a line: none of them holds a control character.
std::string Dialog::to_text() const {
  std::string text;
  append(text, {kFormat, "\n", call_id, "\n", local_tag, "\n", remote_tag, "\n", local_uri, "\n",
                remote_uri, "\n", remote_target, "\n"});
  append(text, {std::to_string(local_cseq), "\n", std::to_string(remote_cseq), "\n"});
  for (const std::string& route : routes) append(text, {route, "\n"});
  return text;
}

std::optional<Dialog> Dialog::from_text(std::string_view text) {
  const std::vector<std::string> all = lines(text);
  if (all.size() < kFields || all[0] != kFormat) return std::nullopt;
  const auto local = number(all[7], kMostCSeq);
  const auto remote = number(all[8], kMostCSeq);
  if (!local || !remote) return std::nullopt;
  return Dialog{all[1], all[2], all[3], all[4], all[5], all[6], {all.begin() + kFields, all.end()},
                *local, *remote};
}

}  // namespace causeway::gateway::sip
