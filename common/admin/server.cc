#include "common/admin/server.h"

#include <fcntl.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/log_bridge.h"

namespace causeway::admin {
namespace {

constexpr std::chrono::seconds kGoodbye{1};  // for answers under way
constexpr mode_t kOwnerOnly = 0177;          // umask

absl::Status unusable(const std::string& path, std::string_view why) {
  return absl::UnavailableError(absl::StrCat("admin.socket: ", path, ": ", std::string(why)));
}

}  // namespace

Server::Server(std::string daemon, std::string socket, grpc::Service& service)
    : daemon_(std::move(daemon)), socket_(std::move(socket)), service_(service) {}

Server::~Server() { stop(); }

absl::Status Server::start() {
  if (socket_.empty()) return absl::OkStatus();
  if (absl::Status status = lock(); !status.ok()) return status;
  return listen();
}

absl::Status Server::lock() {
  const std::string path = socket_ + ".lock";
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) return unusable(path, std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  return unusable(socket_, errno == EWOULDBLOCK ? absl::StrCat("another ", daemon_, " serves it")
                                                : std::string(std::strerror(errno)));
}

// gRPC removes a socket that is in its way, but nothing else.
absl::Status Server::listen() {
  struct stat found {};
  if (lstat(socket_.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
    return unusable(socket_, "is something else than a socket");
  rpc::bridge_log();
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_, grpc::InsecureServerCredentials());
  builder.RegisterService(&service_);
  const mode_t before = umask(kOwnerOnly);
  const absl::Cleanup restore = [before] { umask(before); };
  server_ = builder.BuildAndStart();
  if (server_ == nullptr)
    return unusable(socket_, "cannot listen: the lines grpc.error of this log say why");
  return absl::OkStatus();
}

void Server::stop() {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + kGoodbye);
    server_->Wait();
    server_.reset();
  }
  if (lock_ >= 0) close(std::exchange(lock_, -1));
}

}  // namespace causeway::admin
