#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::test {

// A SIP peer made of bare sockets on 127.0.0.1: what it sends is what the test wrote, octet by
// octet. Blocking, each wait with a deadline; a wait that ends without its event returns nothing.

constexpr std::chrono::seconds kPatience{10};

struct SipMessage {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  int status() const;                               // 0 in a request
  std::string method() const;                       // empty in a response
  std::string header(std::string_view name) const;  // the first; case-insensitive
};

// Takes one whole message off the front of `octets`; without Content-Length it ends with them.
std::optional<SipMessage> take_message(std::string& octets);

// One request as text, correct in every part; a test changes the parts it is about.
struct SipRequest {
  std::string method = "MESSAGE";
  std::string uri = "sip:romeo@contoso.example";
  std::string from = "<sip:juliet@fabrikam.example>;tag=peer";
  std::string to = "<sip:romeo@contoso.example>";
  std::string call_id{};            // empty: a new one
  std::string branch{};             // empty: a new one
  std::string via{};                // "TCP 127.0.0.1:5060"; empty: UDP with port 9
  std::vector<std::string> more{};  // further header lines, without CRLF
  std::string content_type = "text/plain;charset=UTF-8";
  std::string body = "hello";
  std::string text() const;
};

// The response to `request`, with its Via, From, To (and a tag), Call-ID and CSeq.
std::string response_to(const SipMessage& request, int status, std::string_view reason,
                        std::vector<std::string> more = {});

// A UDP socket or one TCP connection.
class SipSocket {
 public:
  static SipSocket udp();
  static SipSocket tcp(const std::string& address);  // "127.0.0.1:5060"
  explicit SipSocket(int fd, bool datagrams) : fd_(fd), datagrams_(datagrams) {}
  SipSocket(SipSocket&& other) noexcept;
  SipSocket& operator=(SipSocket&& other) noexcept;
  ~SipSocket();

  std::string address() const;  // its own
  void send(std::string_view octets);
  void send_to(const std::string& address, std::string_view datagram);
  // To whom the last datagram came from.
  void reply(std::string_view datagram);
  std::optional<SipMessage> receive(std::chrono::milliseconds patience = kPatience);
  // Waits for the peer to close; false when it says something or does not.
  bool closed(std::chrono::milliseconds patience = kPatience);
  void close();

 private:
  bool fill(std::chrono::steady_clock::time_point deadline);

  int fd_ = -1;
  bool datagrams_ = false;
  bool ended_ = false;
  std::string octets_;
  std::string source_;
};

// A TCP port. One that does not answer is taken all the same, and refuses who connects.
class SipListener {
 public:
  explicit SipListener(bool answers = true);
  ~SipListener();
  SipListener(const SipListener&) = delete;
  SipListener& operator=(const SipListener&) = delete;

  std::string address() const;
  std::optional<SipSocket> accept(std::chrono::milliseconds patience = kPatience);
  void close();

 private:
  int fd_ = -1;
};

}  // namespace causeway::test
