// Reading JSON bodies: one member has one value, whoever reads it.

#include "admin/json.h"

#include <doctest/doctest.h>

#include "admin/consent.h"

namespace admin {

TEST_CASE("a member that occurs twice in an object is refused, at any depth") {
  for (const char* body :
       {R"({"a":1,"a":2})", R"({"a":1,"a":1})", R"({"a":{"b":1,"b":2}})",
        R"({"list":[{"x":1},{"y":1,"y":1}]})", R"({"a":1,"\u0061":2})", R"({"a:":1,"a:":2})"}) {
    CAPTURE(body);
    const auto parsed = parse_object(pki::as_bytes(body));
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == pki::Errc::malformed);
    CHECK(parsed.error().text().find("twice") != std::string::npos);
  }
}

TEST_CASE("colons, quotes and escapes in texts are no members") {
  for (const char* body :
       {"", "{}", R"({"a":"b:c","d":":"})", R"({"a":"\"x\":1","b":"\\"})",
        R"({"a":{"b":1},"b":[{"b":1},{"b":2}]})", R"({"a":{"a":{"a":null}}})", R"({"時":"12:30"})"}) {
    CAPTURE(body);
    CHECK(parse_object(pki::as_bytes(body)).has_value());
  }
}

TEST_CASE("a signed consent with two lists of items is none") {
  const char* const twice =
      R"({"purpose":"current-items","verifier":"1","items":["name"],"items":["name","address"],)"
      R"("given":"2026-11-23T05:00:00Z","until":"2026-12-23T05:00:00Z"})";
  const auto consent = read_consent(pki::as_bytes(twice));
  REQUIRE(consent.has_error());
  CHECK(consent.error().code == pki::Errc::invalid_value);
  CHECK(consent.error().field == "consent");
}

}  // namespace admin
