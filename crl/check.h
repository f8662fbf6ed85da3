// The independent checker: reads a finished CRL back from its file and compares it with the facts.
//
// It shares no code with the encoder (crl/encode, crl/stream, crl/delta): it decodes with crl/reader and
// computes afresh from the registry what the list must say. The publisher releases nothing that fails here;
// `jpki crl check` runs the same over everything that is current.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crl/entry_cut.h"
#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/crls.h"
#include "registry/decoded_issuer.h"
#include "store/environment.h"

namespace crl {

// A list among those of its scope and kind.
enum class ListAge : std::uint8_t {
  newest,
  past,
  // A past one before which lists were removed: which expired entries it had to keep is unknown.
  oldest_kept,
};

// A list as its record describes it, with what it must be compared to.
struct ListClaim {
  const registry::DecodedIssuer& issuer;
  const registry::CrlRecord& record;
  // For a delta its base; for a complete CRL the last regular one before it, whose thisUpdate decides which
  // expired entries stay (absent for the first of a scope).
  std::optional<registry::CrlRecord> previous_complete;
  ListAge age = ListAge::newest;
};

// Whether the bytes are the claimed list: signature, issuer, AKI, cRLNumber, IDP of the scope,
// deltaCRLIndicator, thisUpdate and nextUpdate, freshestCRL, entries in order and without duplicates, and
// equal to the state of the registry as of what the record covers. A record of an earlier version covers the
// generation that signed, and is checked so. The snapshot may be newer than the list. The error's detail
// (Errc::internal) says what differs.
[[nodiscard]] pki::Result<void> check_list(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                           pki::ByteView der);

// The two halves of check_list(), for a publisher that would not read 37 MB twice: what is signed is the
// digest of what stands in the file. The first looks at everything that a TBSCertList says (`tbs` is the
// whole encoding); the claim's record needs no length yet. The second looks at what is around it in `der` and
// verifies the signature over `digest`, which the caller has taken of the TBSCertList within `der`.
[[nodiscard]] pki::Result<void> check_content(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                              pki::ByteView tbs);
[[nodiscard]] pki::Result<void> check_signature(const ListClaim& claim, pki::ByteView der,
                                                pki::ByteView digest);

// A long TBSCertList and where the writer says that it may be cut: at its beginning, and wherever a part
// begins.
struct PartedList {
  const ListClaim& claim;
  pki::ByteView tbs;
  std::span<const EntryCut> cuts;
};

// check_content() on as many threads as there are snapshots, which must be of the same state and of which
// each belongs to one thread. The calling thread first does `meanwhile`, which must not throw.
[[nodiscard]] pki::Result<void> check_content_in_parts(const PartedList& list,
                                                       std::span<const store::ReadTransaction> snapshots,
                                                       const std::function<void()>& meanwhile);

// Whether two claims want the very same entries: lists of one scope of a name that differ in the key alone.
[[nodiscard]] bool claim_same_entries(const ListClaim& a, const ListClaim& b);

// The content of revokedCertificates of a list that check_content() has passed.
struct CheckedEntries {
  const ListClaim& claim;
  pki::ByteView content;
};

// check_content() of a list that claims the same entries as another one of the same run: they are compared
// byte by byte with those that the registry has confirmed, not with the registry once more.
[[nodiscard]] pki::Result<void> check_content_like(const store::ReadTransaction& snapshot,
                                                   const ListClaim& claim, pki::ByteView tbs,
                                                   const CheckedEntries& checked);

// One published list.
struct ListId {
  registry::CrlScope scope;
  registry::CrlKind kind = registry::CrlKind::complete;
  std::uint64_t number = 0;
};

// Something wrong with a published list.
struct CheckFinding {
  ListId list;
  pki::Message what;
};

enum class CheckExtent : std::uint8_t {
  current,     // What is served without a number.
  everything,  // The past lists that are kept, too.
};

struct CheckRequest {
  // Where the publication files lie: DATA/crl.
  std::filesystem::path folder = {};
  pki::Time now = {};
  CheckExtent extent = CheckExtent::everything;
  // Goes on behind this list, of an earlier report. Absent: from the beginning.
  std::optional<ListId> after = std::nullopt;
  // Stops after the list that brings the bytes read to this limit; a short list counts for 16 KiB.
  std::uint64_t bytes_max = std::uint64_t{1} << 62U;
};

struct CheckReport {
  std::uint64_t lists = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  // Empty when all is well.
  std::vector<CheckFinding> findings;
  // The last list that was checked, when others follow.
  std::optional<ListId> stopped_behind;
};

// Re-checks the published lists of every generation, by scope and kind, the newest first: the file is there,
// its digest is the recorded one, and check_list() holds, for a past list with the state of its own moment.
// Of a current list also that nextUpdate has not passed while its key goes on, and of a current delta that
// base + delta is the state of the `status` table as of what the delta covers. Lists of one scope and number
// say the same whichever key signed them, and no list is from the future.
[[nodiscard]] CheckReport check_published(const store::ReadTransaction& snapshot,
                                          const CheckRequest& request);

}  // namespace crl
