// Views of a cluster: machines that answer status and hold nothing of the authorities' half. An operator adds
// each with the public key that was made on it; requests for its responders are signed with that key.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"

namespace registry {

struct View {
  // Its cluster.name, and its role in the database.
  std::string name;
  pki::Bytes public_key;  // SubjectPublicKeyInfo, DER.
  pki::Time added_at = {};
  // From then on nothing that it sends counts, and no responder is certified for it.
  std::optional<pki::Time> removed_at = {};
};

// Errc::invalid_value unless it has 1 to 32 letters a-z, digits and hyphens, begins with a letter, and is no
// name that a database has for others.
[[nodiscard]] pki::Result<void> check_view_name(std::string_view name);

// Present or removed.
[[nodiscard]] std::optional<View> find_view(const store::ReadTransaction& transaction, std::string_view name);
// By name.
[[nodiscard]] std::vector<View> all_views(const store::ReadTransaction& transaction);
void put_view(store::WriteTransaction& transaction, const View& view);

}  // namespace registry
