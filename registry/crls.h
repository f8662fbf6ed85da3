// What has been published: one record for each complete and delta CRL, and the counter of CRL numbers.
//
// The CRLs themselves lie in publication files (crl/store), many in one file; a record says where.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/distribution_point.h"
#include "pki/time.h"
#include "registry/schema.h"
#include "store/environment.h"
#include "store/row_cursor.h"

namespace registry {

// Stored in keys: never change a value.
enum class CrlKind : std::uint8_t {
  complete = 1,
  delta = 2,
  arl = 3,  // An ARL: revoked CA certificates; in the scope of a whole generation alone.
};
inline constexpr std::array kCrlKinds = {CrlKind::complete, CrlKind::delta, CrlKind::arl};

// complete, delta, authority.
[[nodiscard]] std::string_view to_string(CrlKind kind);

// One published scope.
struct CrlScope {
  IssuerId issuer;
  pki::DistributionPoint point;

  friend auto operator<=>(const CrlScope&, const CrlScope&) = default;
};

// "/crl/sign-1/132217/full.crl", without the code for the whole generation; "…/delta.crl" for the delta,
// "…/arl.crl" for the list of CAs. The one function that makes these paths, for certificates, CRLs and the
// service alike.
[[nodiscard]] std::string list_path(const CrlScope& scope, CrlKind kind);
// The same below the public URL of a generation.
[[nodiscard]] std::string list_uri(std::string_view public_url, const CrlScope& scope, CrlKind kind);

// Whether a complete CRL is one of the schedule, RFC 5280 section 3.3: an entry leaves the lists only after
// it has been on a regular one made when its certificate had expired. The first complete CRL of a scope after
// a daily mark is regular, on demand or not; further ones until the next mark are extra.
enum class CrlOccasion : std::uint8_t { regular, extra };

// Whether entries carry the date since which a holder's key was known to others (RFC 5280 section 5.3.2).
enum class InvalidityDates : bool { omitted, given };

// A generation whose certificates a list speaks of, and the last of its changes that the list shows.
struct Covered {
  std::uint8_t generation = 1;
  std::uint64_t sequence = 0;

  friend auto operator<=>(const Covered&, const Covered&) = default;
};

// By generation.
using Coverage = std::vector<Covered>;

// Of what a list speaks. RFC 5280 section 5: "the scope of a CRL is not affected by the key used to sign the
// CRL", so a list speaks of all generations of its CA's name; and one without an IDP of CA certificates, too.
// Lists of earlier versions speak of the holders' certificates of the generation that signed them.
enum class CrlMeaning : std::uint8_t { signing_generation, name };

// Whether another list by the same key follows in the scope.
enum class CrlFinality : std::uint8_t { followed, last_of_key };

// 99991231235959Z: RFC 5280 section 4.1.2.5 names it for "no well-defined expiration date", and ETSI EN 319
// 411-1 asks for it in the last CRL of a CA.
inline constexpr pki::Time kNoNextUpdate{pki::Seconds{253'402'300'799}};

struct CrlRecord {
  CrlScope scope;
  CrlKind kind = CrlKind::complete;
  std::uint64_t number = 0;
  pki::Time this_update;
  pki::Time next_update;
  // The generations that this CRL speaks of; for each the last change in the snapshot that it shows.
  Coverage covered;
  CrlMeaning meaning = CrlMeaning::name;
  // The base's number, for a delta.
  std::optional<std::uint64_t> base_number;
  std::uint64_t entries = 0;
  // The publication file's name (no folder), and where in it the DER lies.
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  // Of the TBSCertList, as most signatures are over just that; records of the first builds have that of the
  // whole list.
  pki::Bytes sha256;
  // Of a complete CRL; deltas are regular.
  CrlOccasion occasion = CrlOccasion::regular;
  InvalidityDates invalidity_dates = InvalidityDates::omitted;
  // Certificates whose notAfter lies before this are left out. Absent in deltas and in records of former
  // builds, of which thisUpdate of the regular list before says it.
  std::optional<pki::Time> oldest_not_after;
  CrlFinality finality = CrlFinality::followed;
};

// The last change of a generation that the list shows; nothing when it does not speak of the generation.
[[nodiscard]] std::optional<std::uint64_t> covered_sequence(const Coverage& covered, std::uint8_t generation);
// Whether both speak of the same generations in the same meaning: a delta and its base must (RFC 5280 section
// 5.2.4).
[[nodiscard]] bool have_same_scope(const CrlRecord& one, const CrlRecord& other);

// Above every number: they fit 63 bits.
inline constexpr std::uint64_t kAnyCrlNumber = ~std::uint64_t{0};

// The current one of a scope and kind: that with the greatest number.
[[nodiscard]] std::optional<CrlRecord> current_crl(const store::ReadTransaction& transaction,
                                                   const CrlScope& scope, CrlKind kind);
// The complete CRL with the greatest number below `number`: the base of a delta with that number.
[[nodiscard]] std::optional<CrlRecord> complete_crl_below(const store::ReadTransaction& transaction,
                                                          const CrlScope& scope, std::uint64_t number);
// The regular list of a kind with the greatest number below `number`.
[[nodiscard]] std::optional<CrlRecord> regular_crl_below(const store::ReadTransaction& transaction,
                                                         const CrlScope& scope, CrlKind kind,
                                                         std::uint64_t number);
// Those at the beginning of a scope and kind, by number, whose thisUpdate lies before a moment.
[[nodiscard]] std::vector<CrlRecord> crls_before(const store::ReadTransaction& transaction,
                                                 const CrlScope& scope, CrlKind kind, pki::Time moment);
// The list of a kind with the greatest number below `number`.
[[nodiscard]] std::optional<CrlRecord> crl_below(const store::ReadTransaction& transaction,
                                                 const CrlScope& scope, CrlKind kind, std::uint64_t number);
[[nodiscard]] std::optional<CrlRecord> find_crl(const store::ReadTransaction& transaction,
                                                const CrlScope& scope, CrlKind kind, std::uint64_t number);
// The complete CRL that a delta names as its base; nothing when it is on record no longer.
[[nodiscard]] std::optional<CrlRecord> base_of(const store::ReadTransaction& transaction,
                                               const CrlRecord& delta);
// All of a scope, complete ones first, by number.
[[nodiscard]] std::vector<CrlRecord> crls_of(const store::ReadTransaction& transaction,
                                             const CrlScope& scope);
// Every record of an issuer, in the order of the table: there may be millions.
using CrlCursor = store::RowCursor<CrlRecord>;
[[nodiscard]] CrlCursor crls_of_issuer(const store::ReadTransaction& transaction, IssuerId issuer);
void put_crl(store::WriteTransaction& transaction, const CrlRecord& record);
// The file is another's business (crl/retention).
void erase_crl(store::WriteTransaction& transaction, const CrlRecord& record);

// The generations that share the scope's name, by number: of a distribution point those that know its code by
// the same directoryName, byte for byte, since that is what RFC 5280 section 6.3.3 compares; of the whole
// all of the CA name. Empty when the scope's own generation does not know the point.
[[nodiscard]] std::vector<std::uint8_t> generations_of(const store::ReadTransaction& transaction,
                                                       const CrlScope& scope);
// The same with the present last change of each.
[[nodiscard]] Coverage present_coverage(const store::ReadTransaction& transaction, const CrlScope& scope);

// No delta names a base of this number or a lower one: what was published since is unknown to a store that
// came from a backup. 0 at first.
[[nodiscard]] std::uint64_t greatest_renounced_base(const store::ReadTransaction& transaction);
void renounce_bases(store::WriteTransaction& transaction, std::uint64_t up_to_number);

// The last number used for a CA name and point, over all generations; 0 at first.
[[nodiscard]] std::uint64_t last_crl_number(const store::ReadTransaction& transaction, pki::CaName ca,
                                            pki::DistributionPoint point);
// A greater last number without a list: a restore leaves out what the lost store may have given.
void raise_crl_number(store::WriteTransaction& transaction, pki::CaName ca, pki::DistributionPoint point,
                      std::uint64_t value);

// Publication files up to this number are kept although no record names them: they were published before a
// restore, and their records are lost. 0 when the store was never restored.
[[nodiscard]] std::uint64_t lists_kept_through(const store::ReadTransaction& transaction);
void keep_lists_through(store::WriteTransaction& transaction, std::uint64_t number);
// max(last + 1, now in milliseconds since 1970): rises even after a restore or a clock set back.
[[nodiscard]] std::uint64_t take_crl_number(store::WriteTransaction& transaction, const CrlScope& scope,
                                            std::int64_t now_milliseconds);

}  // namespace registry
