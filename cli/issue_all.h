// `jpki cert issue --all`: both certificates to everyone who may have them.

#pragma once

#include <string>

#include "cli/command.h"
#include "pki/key_pool.h"

namespace cli {

struct IssueAllRequest {
  std::string key_pool;
  // Files go to OUT/{resident}/; empty: none are written.
  std::string out;
  // sign or auth; empty: both.
  std::string kind;
  std::string p12_password;
};

// Refusals are counted by reason and are no failure: exit 0.
[[nodiscard]] int issue_to_all(const CommonOptions& common, const IssueAllRequest& request);

}  // namespace cli
