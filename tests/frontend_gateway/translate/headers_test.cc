#include "frontend_gateway/translate/headers.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::translate;
using namespace std::string_literals;

TEST_CASE("the URI of a name-addr", "[headers]") {
  CHECK(uri_of("<sip:a@x;gr=1>;q=0.5") == "sip:a@x;gr=1");
  CHECK(uri_of("\"A <b>, \\\" c\" <sip:a@x>") == "sip:a@x");
  CHECK(uri_of("Ann <sip:a@x>") == "sip:a@x");
  CHECK(uri_of(" sip:a@x ;tag=1") == "sip:a@x");
  CHECK(uri_of("<sip:a@x") == "");
  CHECK(uri_of("") == "");
  CHECK(uri_of("\"never ends <sip:a@x>") == "sip:a@x");
}

TEST_CASE("headers are found in any case, the first of them", "[headers]") {
  const std::vector<causeway::gateway::sip::Header> headers = {{"subject", "one"},
                                                               {"Subject", "2"}};
  CHECK(header(headers, "SUBJECT") == "one");
  CHECK(header(headers, "Date") == "");
}

TEST_CASE("text is put on one line", "[headers]") {
  CHECK(one_line("a\r\n b\tc\0d"s, 100) == "a b c d");
  CHECK(one_line("\r\n a ", 100) == "a");
  CHECK(one_line("a\xc2\x85z\xc2\xa0ü", 100) == "a z\xc2\xa0ü");
  CHECK(one_line("aaé", 3) == "aa");
  CHECK(one_line("🐴🐴", 7) == "🐴");
  CHECK(one_line("", 10) == "");
  CHECK(one_line("a b", 2) == "a ");
}
