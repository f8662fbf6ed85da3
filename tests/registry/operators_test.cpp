// Records of operators and of requests: what is written is read back.

#include "registry/operators.h"

#include <doctest/doctest.h>

#include "registry/requests.h"

namespace registry {

TEST_CASE("a request is read back as it was written, and its digest is of its arguments") {
  ConfirmationRequest request{.id = 0,
                              .action = "record-compromise",
                              .method = "POST",
                              .target = "/v1/events",
                              .body = R"({"event":"ca-key-compromise"})",
                              .requester = {.operator_name = "akiko", .role = Role::officer},
                              .requested_at = pki::from_unix(1'800'000'000)};
  const pki::Bytes digest = digest_of(request);
  for (std::string ConfirmationRequest::* member :
       {&ConfirmationRequest::action, &ConfirmationRequest::method, &ConfirmationRequest::target,
        &ConfirmationRequest::body}) {
    ConfirmationRequest changed = request;
    changed.*member += "x";
    CHECK(digest_of(changed) != digest);
  }
  ConfirmationRequest other = request;
  other.requester.operator_name = "jun";
  CHECK(digest_of(other) != digest);
  other = request;
  other.requester.role = Role::supervisor;
  CHECK(digest_of(other) != digest);
}

TEST_CASE("a request waits for a day") {
  ConfirmationRequest request;
  request.requested_at = pki::from_unix(1'800'000'000);
  CHECK(request.is_waiting(request.requested_at));
  CHECK(request.is_waiting(request.expires_at() - pki::Seconds{1}));
  CHECK_FALSE(request.is_waiting(request.expires_at()));
  request.state = RequestState::rejected;
  CHECK_FALSE(request.is_waiting(request.requested_at));
}

TEST_CASE("an operator's name is one that the audit log can show without mistaking it for another") {
  for (const char* good : {"akiko", "清瀬市 住基", "desk-1.example"}) {
    CAPTURE(good);
    CHECK(check_operator_name(good).has_value());
  }
  for (const std::string& bad : {std::string(), std::string("jpki"), std::string("uid 0"), std::string(" a"),
                                 std::string("a/b"), std::string("a\nb"), std::string(65, 'a')}) {
    CAPTURE(bad);
    CHECK(check_operator_name(bad).has_error());
  }
}

}  // namespace registry
