#include "tests/support/name_server/name_server.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/ip/address_v4.hpp>

namespace causeway::test {

using asio::ip::udp;

namespace {

constexpr std::uint32_t kNegativeTtl = 60;

}  // namespace

NameServer::NameServer(asio::io_context& io, udp::endpoint at)
    : NameServer(io, at, [this](const std::string& message) { return from_records(message); }) {}

NameServer::NameServer(asio::io_context& io, Reply reply)
    : NameServer(io, {asio::ip::address_v4::loopback(), 0}, std::move(reply)) {}

NameServer::NameServer(asio::io_context& io, udp::endpoint at, Reply reply)
    : socket_(io, at), reply_(std::move(reply)) {
  receive();
}

std::string NameServer::address() const {
  return socket_.local_endpoint().address().to_string() + ":" + std::to_string(port());
}

int NameServer::asked(const std::string& name) const {
  return static_cast<int>(std::count(questions_.begin(), questions_.end(), name));
}

void NameServer::receive() {
  socket_.async_receive_from(asio::buffer(buffer_), from_,
                             [this](std::error_code ec, std::size_t size) {
                               if (ec) return;
                               const std::string message(buffer_.data(), size);
                               questions_.push_back(parse_question(message).name);
                               const std::string answer = reply_(message);
                               if (!answer.empty()) socket_.send_to(asio::buffer(answer), from_);
                               receive();
                             });
}

std::string NameServer::from_records(const std::string& message) const {
  const Question asked = parse_question(message);
  if (silent_.count(asked.name) != 0) return {};
  if (failing_.count(asked.name) != 0) return reply(message, 2);
  std::vector<Record> answers;
  bool exists = false;
  for (const Record& record : records_) {
    if (record.name != asked.name) continue;
    exists = true;
    if (record.type == asked.type) answers.push_back(record);
  }
  if (!answers.empty()) return reply(message, 0, answers);
  return reply(message, exists ? 0 : 3, {},
               {test::authority("example", kNegativeTtl, kNegativeTtl)});
}

}  // namespace causeway::test
