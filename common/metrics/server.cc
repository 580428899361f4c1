#include "common/metrics/server.h"

#include <civetweb.h>
#include <prometheus/text_serializer.h>

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::metrics {
namespace {

struct Answer {
  int status = 200;
  std::string_view type = "text/plain; charset=utf-8";
  std::string body;
};

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

Answer metrics(const Pages& pages) {
  return {.type = "text/plain; version=0.0.4; charset=utf-8",
          .body = prometheus::TextSerializer().Serialize(pages.families())};
}

Answer healthz(const Pages&) { return {.body = "alive\n"}; }

Answer readyz(const Pages& pages) {
  if (const auto lacks = pages.missing()) return {.status = 503, .body = *lacks + "\n"};
  return {.body = "ready\n"};
}

struct Page {
  std::string_view path;
  Answer (*answer)(const Pages& pages);
};
constexpr Page kPages[] = {{"/metrics", metrics}, {"/healthz", healthz}, {"/readyz", readyz}};

Answer answer_to(std::string_view method, std::string_view path, const Pages& pages) {
  if (method != "GET" && method != "HEAD") return {.status = 405, .body = "GET it.\n"};
  for (const Page& page : kPages)
    if (page.path == path) return page.answer(pages);
  return {.status = 404, .body = "There are /metrics, /healthz and /readyz.\n"};
}

void send(mg_connection* connection, const Answer& answer, bool with_body) {
  const std::string header = absl::StrCat(
      "HTTP/1.1 ", answer.status, " ", std::string(reason(answer.status)),
      "\r\nContent-Type: ", std::string(answer.type), "\r\nContent-Length: ", answer.body.size(),
      "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
  mg_write(connection, header.data(), header.size());
  if (with_body) mg_write(connection, answer.body.data(), answer.body.size());
}

// It would write to standard error, past our log; what it cannot do at the start it also returns.
int say_nothing(const mg_connection*, const char*) { return 1; }

}  // namespace

Server::Server(std::string listen, Pages pages)
    : listen_(std::move(listen)), pages_(std::move(pages)) {}

Server::~Server() { stop(); }

absl::Status Server::start() {
  if (listen_.empty()) return absl::OkStatus();
  mg_init_library(MG_FEATURES_DEFAULT);
  mg_callbacks callbacks{};
  callbacks.log_message = say_nothing;
  const char* options[] = {"listening_ports",    listen_.c_str(), "num_threads", "2",
                           "request_timeout_ms", "1000",          nullptr};
  mg_init_data init{&callbacks, this, options};
  char text[256] = "";
  mg_error_data error{nullptr, text, sizeof(text)};
  context_ = mg_start2(&init, &error);
  if (context_ == nullptr) {
    mg_exit_library();
    return absl::UnavailableError(
        absl::StrCat("metrics.listen: cannot listen on ", listen_, ": ", text));
  }
  mg_set_request_handler(context_, "/", answer, this);
  return absl::OkStatus();
}

void Server::stop() {
  if (context_ == nullptr) return;
  mg_stop(std::exchange(context_, nullptr));
  mg_exit_library();
}

int Server::port() const {
  mg_server_port bound{};
  return context_ != nullptr && mg_get_server_ports(context_, 1, &bound) == 1 ? bound.port : 0;
}

std::string Server::address() const {
  if (context_ == nullptr) return "";
  return absl::StrCat(listen_.substr(0, listen_.rfind(':') + 1), port());
}

int Server::answer(mg_connection* connection, void* self) {
  const mg_request_info& request = *mg_get_request_info(connection);
  const Answer answer = answer_to(request.request_method, request.local_uri,
                                  static_cast<const Server*>(self)->pages_);
  send(connection, answer, std::string_view(request.request_method) != "HEAD");
  return answer.status;
}

}  // namespace causeway::metrics
