// How long records are kept (Act 8, 11-14, 16-7, 27 …; Order 2-7, 7-3 to 7-8, 18-23), and their removal.
//
// Nothing is removed without an order. Removal takes what is due in small steps, each a command of its own.

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"

namespace registry {

// How long an issue record is kept after the certificate's end (Order 2, 7-3, 18, 23-3).
inline constexpr int kIssueRecordYears = 10;
// How long the record of a removed resident is kept (除票).
inline constexpr int kRemovedResidentYears = 150;
// A revocation record is kept until the original end (Order 3-6, 19-22); some days more, so that it has been
// in a regular CRL after that end (RFC 5280 section 3.3).
inline constexpr std::chrono::days kRevocationMargin{31};
// How long the answer to a request under an Idempotency-Key is kept.
inline constexpr std::chrono::hours kAnswerLife{24};

// A class of records, in the order in which they are removed: a resident goes after the certificates.
enum class RetentionClass { issue_record, revocation_record, removed_resident, answer };

// issue-records, revocation-records, removed-residents, answers.
[[nodiscard]] std::string_view to_string(RetentionClass records);
inline constexpr std::array kRetentionClasses = {RetentionClass::issue_record,
                                                 RetentionClass::revocation_record,
                                                 RetentionClass::removed_resident, RetentionClass::answer};

// What is asked: which records of a class are due at a moment.
struct RetentionQuestion {
  RetentionClass records = RetentionClass::issue_record;
  pki::Time on;
};

// Keys of records that are due, and where to go on looking; nothing when the table was read to its end.
struct DuePage {
  std::vector<pki::Bytes> keys;
  std::optional<pki::Bytes> next;
};

// At most `most` records of a class that are due at `on`, from a key on (empty: from the start). Looks at a
// limited number of records, so a page may be empty and have a next one.
[[nodiscard]] DuePage find_due(const store::ReadTransaction& transaction, const store::Vault& vault,
                               const RetentionQuestion& question, pki::ByteView from, std::size_t most);

// How many are due. Reads the whole table.
[[nodiscard]] std::uint64_t count_due(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      const RetentionQuestion& question);

// Removes those of the records that are still there and due, and gives what the audit entry names: ids of
// certificates and residents, for the other classes their number.
//
// An issue record goes with the certificate, its place among the resident's and its status: from then on the
// serial answers `unknown`, which is no better than what it answered. A revocation record leaves `revoked`;
// the status keeps it. A removed resident goes with the events about him, once no issue record names him.
[[nodiscard]] std::vector<std::string> remove_due(store::WriteTransaction& transaction,
                                                  const store::Vault& vault,
                                                  const RetentionQuestion& question,
                                                  const std::vector<pki::Bytes>& keys);

// Where steps of removal work; all of it outlives them.
struct RetentionStore {
  const store::Environment& environment;
  store::Writer& writer;
  const store::Vault& vault;
};

// Removes everything of a class that is due, step by step: each is a command of 200 records at most, so that
// other writes have their turn between two. Ends early when `is_stopping` says so.
[[nodiscard]] pki::Result<void> remove_in_steps(const RetentionStore& store, const Actor& actor,
                                                const RetentionQuestion& question,
                                                const std::function<bool()>& is_stopping);

}  // namespace registry
