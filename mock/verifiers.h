// The verifier that every client of a mock is.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>

#include "mock/world.h"

namespace mock {

// Enters one verifier of every class, known by the loopback networks (with Openness::everywhere: by every
// network), and writes its credentials to `folder`. It is listed once for each of them: `verifiers` of the
// first line.
enum class Openness : std::uint8_t { loopback, everywhere };
struct VerifierSetting {
  std::uint64_t seed = 1;
  std::filesystem::path folder;
  Openness openness = Openness::loopback;
};
[[nodiscard]] pki::Result<boost::json::array> make_verifiers(World& world, const VerifierSetting& setting);

}  // namespace mock
