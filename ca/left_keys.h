// Key files of a generation that is not on record: what a rollover leaves that was killed before its commit.
//
// They may also be the keys of a generation that was published and that an older store, put back, does not
// know; so they are never removed, but renamed so that the next rollover can use their names.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ca/key_folder.h"
#include "pki/time.h"
#include "registry/issuers.h"

namespace ca {

struct LeftKey {
  // ca-sign-2.key
  std::string file;
  // ca-sign-2.left-20261201T040853Z.key, a name that no file has.
  std::string kept_as;
};

// The keys of the CA and the responders of a generation that lie in the folder, and the names that they are
// to have from `now` on. Those that were set aside before are not among them.
[[nodiscard]] std::vector<LeftKey> find_left_keys(const KeyFolder& keys, registry::IssuerId id,
                                                  pki::Time now);
// Renames them. Throws std::filesystem::filesystem_error. A key on a token stays there as it is.
void set_aside(const KeyFolder& keys, const std::vector<LeftKey>& left);
// For the audit log and its readers: "key ca-sign-2.key as ca-sign-2.left-20261201T040853Z.key".
[[nodiscard]] std::vector<std::string> subjects_of(const std::vector<LeftKey>& left);
inline constexpr std::string_view kSetAsideAction = "keys of a broken rollover set aside";

}  // namespace ca
