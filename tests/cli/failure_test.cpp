// The one table of exit codes, and how an error reads.

#include "cli/failure.h"

#include <doctest/doctest.h>

namespace cli {

TEST_CASE("exit codes are those of docs/cli.md") {
  using pki::Errc;
  for (const Errc code : {Errc::already_exists, Errc::conflict, Errc::forbidden, Errc::not_found,
                          Errc::refused_by_law, Errc::sig_required, Errc::unauthorized})
    CHECK(exit_code(code) == 1);
  for (const Errc code : {Errc::invalid_value, Errc::malformed, Errc::unsupported})
    CHECK(exit_code(code) == 2);
  CHECK(exit_code(Errc::unreachable) == 3);
  for (const Errc code : {Errc::internal, Errc::outcome_unknown, Errc::too_busy})
    CHECK(exit_code(code) == 4);
}

TEST_CASE("a refusal reads with its article") {
  const Failure failure(pki::Error{pki::Errc::refused_by_law, "one is in force", {}, "Act 6"});
  CHECK(failure.code() == 1);
  CHECK(std::string(failure.what()) == "one is in force (Act 6)");
  CHECK(std::string(Failure(pki::fail(pki::Errc::not_found, "no such thing")).what()) == "no such thing");
}

}  // namespace cli
