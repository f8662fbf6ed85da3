// Every table on one page: key bytes, value bytes, order. All integers are big-endian and fixed in width,
// so the order of keys is the order of their meaning.
//
//   issuer    2  CA name (1 sign, 2 auth, 3 operations), generation
//   point     3  six-digit municipality code as an integer; 0 is the whole generation
//   serial    8
//   time      5  seconds since 1970
//   sequence  8
//   resident  8  住民票コード as an integer
//   DER          a SEQUENCE written and read by the file named
//   sealed       XChaCha20-Poly1305 of a DER record (store/vault.h); associated data is table and key
//
// table          key                          value
// meta           name                         schema_version, last_write_time, verifiers_version, audit_head,
//                                             audit_followed, ledger_closed, reported_keys_listed,
//                                             mark_kept, resident_index
// counters       purpose(1) …                 u64: serials by CA name, change sequences by issuer,
//                                             CRL numbers by CA name and point, verifier numbers
// issuers        issuer                       DER: CA certificate, compromise           registry/issuers
// responders     issuer [machine]             DER: responder certificate, key file      registry/issuers
// point_names    issuer point                 DER: directoryName, URI; frozen           registry/issuers
// municipalities point time(valid from)        DER: level, names, valid to, successor registry/municipalities
// residents      resident                     sealed: the register's entry              registry/residents
// events         resident sequence            sealed: what happened, and what it caused registry/events
// event_ids      SHA-256 of the feed's id     resident sequence                         registry/events
// status         issuer serial                33 bytes, no personal data:              registry/certificates
//                                             state(1) reason(1) kind(1) point not_after(5) revoked(5)
//                                             changed(5) sequence, then [invalidity(5)] when a holder
//                                             said since when others knew the key, then the CRC-32C(4) of
//                                             key and value
// revoked        issuer point serial          19 bytes: reason(1) revoked(5) not_after(5) sequence, then
//                                             [invalidity(5)]
// changes        issuer sequence              36 bytes: serial kind(1) point not_after(5) recorded(5), then
//                                             before and after, each state(1) reason(1) date(5), then
//                                             [invalidity(5)] of the state after
// point_changes  issuer point sequence        the same value as in `changes`
// certificates   issuer serial                sealed: kind, resident, DER as issued     registry/certificates
// holdings       resident kind(1) issuer serial   empty: every certificate a resident ever had
// intents        issuer serial                sealed: what is about to be signed        registry/issuance
// reservations   resident kind(1)             issuer serial: the one issue in progress
// due            time cause(1) resident       empty: what time brings (an index of residents) registry/due
// crls           issuer point kind(1) number  DER: where the file is, what it covers    registry/crls
// verifiers      id(8)                        DER: classes, steps, networks             verifier/verifiers
// operators      name                         DER: roles, state, credentials            registry/operators
// audit          sequence                     DER, each with the hash of the one before store/audit
// server_certificates issuer                  DER: our HTTPS listeners' certificate, key file
//                                                                          registry/server_certificates
// idempotency    SHA-256 of actor and key     sealed: the answer given                  store/idempotency
// credentials    serial of the operations CA  DER: verifier, use, dates, certificate    verifier/credentials
// ledger         day(4) verifier(8) credential(8) ca(1) item(1) answer(1) recognition(1) purpose(1)
//                                             u64: how often; no serials of residents   verifier/ledger
// withdrawals    resident verifier(8)         DER: since when consents count no more    verifier/consents
// lost           issuer serial                proof(1): a certificate of which a restored store knows nothing
//                                             but its serial                            registry/lost
// unissued       CA name(1) first serial      last serial: taken, and on no certificate registry/unissued
// operator_credentials serial of the operations CA  the operator's name (an index of operators)
// requests       number(8)                    DER: what waits for a second person       registry/requests
// reported_keys  SHA-256 of the public key    time certificate: when it was reported, and of which
//                                             one                             registry/reported_keys
// resident_names digest(16) resident          empty: name and birth, digested with a secret that lies sealed
//                                             in meta (an index of residents)  registry/resident_index
// views          name                         DER: its public key, added, removed      registry/views

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/distribution_point.h"
#include "pki/serial_number.h"
#include "pki/time.h"
#include "store/key.h"
#include "store/table.h"

namespace registry {

// A CA generation: one key of one CA name. All generations of JPKI share one name, so the name is no key.
struct IssuerId {
  pki::CaName ca = pki::CaName::sign;
  std::uint8_t generation = 1;

  friend auto operator<=>(const IssuerId&, const IssuerId&) = default;
};

// sign-1, auth-2, ops-1.
[[nodiscard]] std::string to_string(IssuerId issuer);
[[nodiscard]] std::optional<IssuerId> parse_issuer_id(std::string_view text);

// One certificate, over all CAs.
struct CertificateId {
  IssuerId issuer;
  pki::SerialNumber serial;

  friend auto operator<=>(const CertificateId&, const CertificateId&) = default;
};

// sign-1/108816930
[[nodiscard]] std::string to_string(const CertificateId& id);

// A key of the tables below.
class Key final : public store::KeyBuilder<Key> {
 public:
  Key& point(pki::DistributionPoint value) { return number(value.code, 3); }
  Key& issuer(IssuerId value) { return u8(static_cast<std::uint64_t>(value.ca)).u8(value.generation); }
  Key& certificate(const CertificateId& value) { return issuer(value.issuer).u64(value.serial.value); }
};

// Reads the fields of a key or a fixed-width value of the tables below.
class Fields final : public store::Fields {
 public:
  using store::Fields::Fields;
  [[nodiscard]] pki::DistributionPoint point() { return {static_cast<std::uint32_t>(number(3))}; }
  [[nodiscard]] IssuerId issuer();
};

// The layout that this program reads and writes.
inline constexpr std::uint64_t kSchemaVersion = 2;

// Whether a view may have a table's rows is decided here, row by row of this list; what does not say so is
// for authorities alone; of `meta` and `counters` single keys (store/readers.h). `holdings`, `due`,
// `event_ids`, `audit`, `reservations`, `withdrawals` and `resident_names` hold resident ids in plain.
namespace tables {

using store::Readers;
using store::Table;

inline constexpr Table issuers{2, "issuers", Readers::views};
inline constexpr Table responders{3, "responders", Readers::views};
inline constexpr Table point_names{4, "point_names", Readers::views};
inline constexpr Table municipalities{5, "municipalities", Readers::views};
inline constexpr Table residents{6, "residents"};
inline constexpr Table events{7, "events"};
inline constexpr Table event_ids{8, "event_ids"};
inline constexpr Table status{9, "status", Readers::views};
inline constexpr Table revoked{10, "revoked", Readers::views};
inline constexpr Table changes{11, "changes", Readers::views};
inline constexpr Table point_changes{12, "point_changes", Readers::views};
inline constexpr Table certificates{13, "certificates"};
inline constexpr Table holdings{14, "holdings"};
inline constexpr Table intents{15, "intents"};
inline constexpr Table reservations{16, "reservations"};
inline constexpr Table due{17, "due"};
inline constexpr Table crls{18, "crls", Readers::views};
inline constexpr Table verifiers{19, "verifiers", Readers::views};
inline constexpr Table operators{20, "operators"};
inline constexpr Table credentials{23, "credentials", Readers::views};
inline constexpr Table server_certificates{24, "server_certificates"};
inline constexpr Table ledger{25, "ledger"};
inline constexpr Table withdrawals{26, "withdrawals"};
inline constexpr Table lost{27, "lost", Readers::views};
inline constexpr Table unissued{28, "unissued", Readers::views};
inline constexpr Table operator_credentials{29, "operator_credentials"};
inline constexpr Table requests{30, "requests"};
inline constexpr Table reported_keys{31, "reported_keys"};
inline constexpr Table resident_names{32, "resident_names"};
inline constexpr Table views{33, "views"};

}  // namespace tables

// Every table, in the order of the indices.
inline constexpr std::array kTables = {store::tables::meta,
                                       store::tables::counters,
                                       tables::issuers,
                                       tables::responders,
                                       tables::point_names,
                                       tables::municipalities,
                                       tables::residents,
                                       tables::events,
                                       tables::event_ids,
                                       tables::status,
                                       tables::revoked,
                                       tables::changes,
                                       tables::point_changes,
                                       tables::certificates,
                                       tables::holdings,
                                       tables::intents,
                                       tables::reservations,
                                       tables::due,
                                       tables::crls,
                                       tables::verifiers,
                                       tables::operators,
                                       store::tables::audit,
                                       store::tables::idempotency,
                                       tables::credentials,
                                       tables::server_certificates,
                                       tables::ledger,
                                       tables::withdrawals,
                                       tables::lost,
                                       tables::unissued,
                                       tables::operator_credentials,
                                       tables::requests,
                                       tables::reported_keys,
                                       tables::resident_names,
                                       tables::views};

inline constexpr store::Schema kSchema{kSchemaVersion, kTables};

static_assert([] {
  for (std::size_t i = 0; i < kTables.size(); ++i)
    if (kTables.at(i).index != i) return false;
  return kTables.size() <= store::kTablesMax;
}());

}  // namespace registry
