// A store of any size for the benchmarks: made by the real key ceremony with the published test keys.

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "ca/authority.h"
#include "ca/key_folder.h"
#include "pki/private_key.h"
#include "registry/residents.h"
#include "service/clock.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"

namespace bench {

// Where things lie below a folder; the same names as the product's data folder.
struct Folder {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path store() const { return root / "store"; }
  [[nodiscard]] ca::KeyFolder keys() const { return ca::KeyFolder(root / "keys"); }
  [[nodiscard]] std::filesystem::path crls() const { return root / "crl"; }
};

// Which distribution points get lists of their own beside the whole generation.
enum class Points { none, all };

struct StoreOptions {
  Folder folder;
  Points points = Points::none;
  pki::KeyAlgorithm responder_key = pki::KeyAlgorithm::rsa_2048;
  // How many generations the signing CA has. Certificates are filled into the first.
  std::uint64_t sign_keys = 1;
};

// The ceremony alone; every verifier class open to loopback. Nothing is synced: a benchmark syncs what it
// measures.
[[nodiscard]] std::unique_ptr<store::Environment> make_store(const StoreOptions& options,
                                                             const pki::Clock& clock);

// An existing one.
[[nodiscard]] std::unique_ptr<store::Environment> open_store(const Folder& folder,
                                                             store::Durability durability);

[[nodiscard]] ca::Authority load_authority(const store::Environment& environment, const Folder& folder);

// Every code that is a distribution point, by code: 1,892 of them.
[[nodiscard]] std::vector<pki::DistributionPoint> distribution_points();

// Issues and revokes one more certificate of sign-1 at a point, durably: a change that a delta has to say.
// Serials are above all that are filled in.
void make_a_change(store::Writer& writer, pki::DistributionPoint point);

// An invented resident of Kiyose, each number another one.
[[nodiscard]] registry::Resident make_resident(registry::ResidentId id, std::uint64_t number);

// The residents of the folders that `feed` makes, by number.
[[nodiscard]] inline registry::ResidentId feed_resident(std::uint64_t number) {
  return registry::make_resident_id(3'000'000'000 + number);
}

// A well-mixed number, so that records are spread in the same way in every run.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace bench
