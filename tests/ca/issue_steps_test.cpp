// The steps of an issue can be taken once and in their order alone: what the compiler refuses.

#include "ca/issue_steps.h"

#include <doctest/doctest.h>

#include <type_traits>

namespace ca {

TEST_CASE("a step of an issue is moved, never copied, and is not another step") {
  CHECK(std::is_move_constructible_v<PreparedCertificate>);
  CHECK_FALSE(std::is_copy_constructible_v<IssueDecision>);
  CHECK_FALSE(std::is_copy_constructible_v<PreparedCertificate>);
  CHECK_FALSE(std::is_copy_constructible_v<RecordedIntent>);
  CHECK_FALSE(std::is_copy_constructible_v<SignedCertificate>);
  CHECK_FALSE(std::is_default_constructible_v<RecordedIntent>);
  CHECK_FALSE(std::is_constructible_v<RecordedIntent, PreparedCertificate>);
  CHECK_FALSE(std::is_constructible_v<SignedCertificate, RecordedIntent>);
  // Only Issuance makes one.
  CHECK_FALSE(std::is_constructible_v<RecordedIntent, std::unique_ptr<IssueDraft>>);
}

}  // namespace ca
