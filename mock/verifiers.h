// The verifier that every client of a mock is.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mock/credential_keys.h"
#include "mock/world.h"

namespace mock {

// Enters one verifier of every class, known by the loopback networks (with Openness::everywhere: by every
// network), and writes its credentials to `folder`. It is listed once for each of them: `verifiers` of the
// first line.
enum class Openness : std::uint8_t { loopback, everywhere };
struct VerifierSetting {
  std::filesystem::path folder;
  Openness openness = Openness::loopback;
  // Those of verifier_key_purposes() at least; outlives the call.
  const CredentialKeys& keys;
};
// What the credentials' keys are made for.
[[nodiscard]] std::vector<std::string> verifier_key_purposes();
[[nodiscard]] pki::Result<boost::json::array> make_verifiers(World& world, const VerifierSetting& setting);

}  // namespace mock
