// Who is let in, and that a refusal leaves its reason in the logs of both ends.

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "causeway/v1/link.grpc.pb.h"
#include "common/rpc/credentials.h"
#include "tests/link/ends.h"

namespace causeway::test {
namespace {

TEST_CASE_METHOD(Organisation, "a gateway of another authority is refused") {
  LogCapture log;
  Edge edge_end(edge());
  auto config = gateway(edge_end.link->port());
  const auto files = stranger.issue({.common_name = "gw1", .dns = {"gw1.contoso.example"}});
  config.link.certificate = files.certificate_file;
  config.link.private_key = files.private_key_file;
  Gateway gateway_end(config);
  CHECK(log.has_line({"grpc.handshake_failed", "certificate verify failed"}));
  CHECK(log.has_line({"link.failed", "it does not trust this end's certificate"}));
  CHECK_FALSE(log.text().find("link.attached") != std::string::npos);
  CHECK(edge_end.deliveries().empty());
}

TEST_CASE_METHOD(Organisation, "an edge of another authority is refused") {
  LogCapture log;
  auto settings = edge();
  const auto files = stranger.issue({.common_name = "e", .dns = {"edge.contoso.example"}});
  settings.certificate = files.certificate_file;
  settings.private_key = files.private_key_file;
  Edge edge_end(settings);
  Gateway gateway_end(gateway(edge_end.link->port()));
  CHECK(log.has_line({"link.failed", "certificate verify failed"}));
  CHECK(log.has_line({"grpc.handshake_failed", "it does not trust this end's certificate"}));
  CHECK(edge_end.deliveries().empty());
}

TEST_CASE_METHOD(Organisation, "a gateway whose name is not allowed is refused at both ends") {
  LogCapture log;
  Edge edge_end(edge());
  Gateway gateway_end(gateway(edge_end.link->port(), "gw9.contoso.example"));
  CHECK(log.has_line({"link.refused", "is for gw9.contoso.example", "link.allowed_gateways"}));
  CHECK(log.has_line({"link.failed", "is for gw9.contoso.example", "link.allowed_gateways"}));
  REQUIRE(gateway_end.link->failures().size() == 1);
  CHECK(gateway_end.link->failures()[0].first == "edge.contoso.example");
  CHECK(edge_end.deliveries().empty());
}

TEST_CASE_METHOD(Organisation, "an edge with another name is refused at both ends") {
  LogCapture log;
  Edge edge_end(edge("edge2.contoso.example"));
  Gateway gateway_end(gateway(edge_end.link->port()));
  const std::string reason =
      "the edge's certificate is for edge2.contoso.example, not for edge.contoso.example";
  CHECK(log.has_line({"link.refused", reason}));
  CHECK(log.has_line({"link.failed", reason}));
  CHECK(edge_end.deliveries().empty());
}

TEST_CASE_METHOD(Organisation, "a certificate that cannot be read is named") {
  LogCapture log;
  auto config = gateway(1);
  config.link.certificate = "/nowhere/link.crt";
  Gateway gateway_end(config);
  CHECK(log.has_line({"link.failed", "cannot read /nowhere/link.crt: No such file"}));
}

TEST_CASE_METHOD(Organisation, "an edge that is not there is complained of once") {
  LogCapture log;
  Gateway gateway_end(gateway(1));
  REQUIRE(log.has_line({"link.failed", "127.0.0.1:1", "onnect"}));
  gateway_end.submit("1", 1500);
  REQUIRE(gateway_end.watched.wait([&] { return gateway_end.settled.size() == 1; }));
  const std::string text = log.text();
  CHECK(text.find("link.failed") == text.rfind("link.failed"));
}

TEST_CASE_METHOD(Organisation, "a gateway of another version is told what to upgrade") {
  LogCapture log;
  Edge edge_end(edge());
  const auto config = gateway(0);
  const auto identity = rpc::read_identity(config.link.certificate, config.link.private_key,
                                           config.link.certificate_authority);
  REQUIRE(identity.ok());
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", edge_end.link->port()),
                                           rpc::channel_credentials(*identity));
  grpc::ClientContext context;
  const auto stream = v1::EdgeLink::NewStub(channel)->Attach(&context);
  v1::GatewayFrame frame;
  frame.mutable_hello()->set_protocol_version(2);
  frame.mutable_hello()->set_instance("x");
  frame.mutable_hello()->set_name("gw1");
  frame.mutable_hello()->set_software("frontend_gateway 9.9");
  stream->Write(frame);
  v1::EdgeFrame answer;
  CHECK_FALSE(stream->Read(&answer));
  const grpc::Status status = stream->Finish();
  CHECK(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK_THAT(status.error_message(), Catch::Contains("upgrade edge_proxy"));
  CHECK(log.has_line({"link.refused", "upgrade edge_proxy"}));
}

// An edge of the future.
class NewerEdge final : public v1::EdgeLink::Service {
  grpc::Status Attach(grpc::ServerContext*,
                      grpc::ServerReaderWriter<v1::EdgeFrame, v1::GatewayFrame>* stream) override {
    stream->SendInitialMetadata();
    v1::GatewayFrame hello;
    stream->Read(&hello);
    v1::EdgeFrame answer;
    answer.mutable_hello()->set_protocol_version(2);
    answer.mutable_hello()->set_instance("y");
    answer.mutable_hello()->set_software("edge_proxy 9.9");
    stream->Write(answer);
    stream->Read(&hello);
    return grpc::Status::OK;
  }
};

TEST_CASE_METHOD(Organisation, "an edge of another version is not attached") {
  LogCapture log;
  const auto settings = edge();
  const auto identity = rpc::read_identity(settings.certificate, settings.private_key,
                                           settings.certificate_authority);
  NewerEdge service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", rpc::server_credentials(*identity), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  Gateway gateway_end(gateway(port));
  CHECK(log.has_line({"link.failed", "upgrade frontend_gateway"}));
  gateway_end.link->stop();
}

}  // namespace
}  // namespace causeway::test
