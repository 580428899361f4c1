#include "edge_proxy/admin/client.h"

#include <fcntl.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "causeway/v1/admin.grpc.pb.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway;

namespace {

// A daemon that remembers a great deal.
class Talkative final : public v1::EdgeAdmin::Service {
  grpc::Status ListFailures(grpc::ServerContext*, const v1::ListFailuresRequest*,
                            v1::ListFailuresResponse* response) override {
    for (int i = 0; i < 10'000; ++i) response->add_failures()->set_reason(std::string(1000, 'x'));
    return grpc::Status::OK;
  }
};

// Standard output goes to a file while it lives.
class Redirected {
 public:
  explicit Redirected(const std::string& file) : before_(dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    const int to = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(dup2(to, STDOUT_FILENO) == STDOUT_FILENO);
    close(to);
  }
  ~Redirected() {
    std::fflush(stdout);
    dup2(before_, STDOUT_FILENO);
    close(before_);
  }

 private:
  const int before_;
};

}  // namespace

TEST_CASE("an answer may be larger than gRPC takes by itself", "[admin]") {
  const test::TemporaryDirectory directory;
  const std::string socket = (directory.path() / "edge.sock").string();
  const std::string printed = (directory.path() / "printed").string();
  Talkative service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  REQUIRE(server != nullptr);
  int status = -1;
  {
    const Redirected output(printed);
    status = edge::admin::ask(
        socket,
        {.command = command_line::Command::ask, .exit_status = 0, .file = "", .verb = "failures"});
  }
  CHECK(status == command_line::kDone);
  CHECK(std::filesystem::file_size(printed) > 10'000'000);
}
