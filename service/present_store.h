// What the store that a restore replaces says, when it can be read: whatever is stricter than the backup.
//
// An older store that was put back only knows less, so taking from it what revokes, disables and forbids
// never opens anything; what it permits is not taken.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/time.h"
#include "registry/operators.h"
#include "registry/schema.h"
#include "registry/unissued.h"
#include "store/environment.h"
#include "verifier/credentials.h"
#include "verifier/verifiers.h"

namespace service {

struct PresentStore {
  std::optional<pki::Time> last_write;
  // What restores have skipped.
  std::map<pki::CaName, std::vector<registry::SerialRange>> skipped;
  // Since when the key of a generation is compromised.
  std::map<registry::IssuerId, pki::Time> compromised;
  // Credentials of verifiers that are revoked, and verifiers that are cancelled.
  std::vector<verifier::Credential> revoked_credentials;
  std::vector<verifier::Verifier> cancelled_verifiers;
  std::vector<registry::Operator> operators;
  // Lost certificates of which no list spoke when an earlier restore held them, and the date of that hold:
  // lists have shown them as held since, and that says nothing about them.
  std::map<std::pair<pki::CaName, std::uint64_t>, pki::Time> presumed_lost;
  // Rows of the keys that were reported as known to others.
  std::vector<std::pair<pki::Bytes, pki::Bytes>> reported_keys;
};

// Throws store::StoreError and store::Corruption where the store cannot be read.
[[nodiscard]] PresentStore look_at_present_store(const store::ReadTransaction& snapshot);

// How many of each were taken over.
struct StricterRecords {
  std::uint64_t credentials = 0, operators = 0, verifiers = 0, keys = 0;
};

// Records in the backup's store what the present one says of credentials, verifiers, operators and reported
// keys that the backup knows. `subjects` gets a line for the audit log for each, but for keys.
StricterRecords take_over_stricter(store::WriteTransaction& transaction, const PresentStore& present,
                                   std::vector<std::string>& subjects);

}  // namespace service
