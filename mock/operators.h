// The operators of a mock, for tests of what municipalities and the call centre send over HTTPS.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "mock/credential_keys.h"
#include "mock/world.h"

namespace mock {

struct OperatorSetting {
  // Where the credentials go.
  std::filesystem::path folder;
  // For whose residents the operator of the municipalities acts; one at least.
  std::set<std::uint32_t> municipalities;
  // Those of operator_key_purposes() at least; outlives the call.
  const CredentialKeys& keys;
};

// What the operators' keys are made for.
[[nodiscard]] std::vector<std::string> operator_key_purposes();

// Enters one operator for each role of people who administer, each with a credential in PKCS#12 (kPassword),
// and lists them: `operators` of the first line. Once, on a world that has none.
[[nodiscard]] pki::Result<boost::json::array> make_operators(World& world, const OperatorSetting& setting);

}  // namespace mock
