// Every table on one page: key octets, value octets, order. All integers are big-endian and fixed in width,
// so the order of keys is the order of their meaning.
//
//   issuer    2  CA name (1 sign, 2 auth, 3 operations), generation
//   point     3  six-digit municipality code as an integer; 0 is the whole generation
//   serial    8
//   time      5  seconds since 1970
//   sequence  8
//   resident  8  住民票コード as an integer
//   DER          a SEQUENCE written and read by the file named
//   sealed       XChaCha20-Poly1305 of a DER record (registry/vault.h); associated data is table and key
//
// table          key                          value
// meta           name                         schema_version, last_write_time, verifiers_version, audit_head,
//                                             ledger_closed
// counters       purpose(1) …                 u64: serials by CA name, change sequences by issuer, CRL
// numbers
//                                             by CA name and point, verifier and audit numbers
// issuers        issuer                       DER: CA certificate, compromise           registry/issuers
// responders     issuer                       DER: responder certificate, key file      registry/issuers
// point_names    issuer point                 DER: directoryName, URI; frozen           registry/issuers
// municipalities point time(valid from)        DER: level, names, valid to, successor registry/municipalities
// residents      resident                     sealed: the register's entry              registry/residents
// events         resident sequence            sealed: what happened, and what it caused registry/events
// event_ids      SHA-256 of the feed's id     resident sequence                         registry/events
// status         issuer serial                29 octets, no personal data:              registry/certificates
//                                             state(1) reason(1) kind(1) point not_after(5) revoked(5)
//                                             changed(5) sequence, then [invalidity(5)] when a holder
//                                             said since when others knew the key
// revoked        issuer point serial          19 octets: reason(1) revoked(5) not_after(5) sequence, then
//                                             [invalidity(5)]
// changes        issuer sequence              36 octets: serial kind(1) point not_after(5) recorded(5), then
//                                             before and after, each state(1) reason(1) date(5), then
//                                             [invalidity(5)] of the state after
// point_changes  issuer point sequence        the same value as in `changes`
// certificates   issuer serial                sealed: kind, resident, DER as issued     registry/certificates
// holdings       resident kind(1) issuer serial   empty: every certificate a resident ever had
// intents        issuer serial                sealed: what is about to be signed        registry/issuance
// reservations   resident kind(1)             issuer serial: the one issue in progress
// due            time cause(1) resident       empty: what time brings (an index of residents) registry/due
// crls           issuer point kind(1) number  DER: where the file is, what it covers    registry/crls
// verifiers      id(8)                        DER: classes, steps, networks             registry/verifiers
// operators      name                         DER: role, municipality
// audit          sequence                     DER, each with the hash of the one before registry/audit
// server_certificates issuer                  DER: our HTTPS listeners' certificate, key file
//                                                                          registry/server_certificates
// idempotency    SHA-256 of actor and key     sealed: the answer given                  registry/idempotency
// credentials    serial of the operations CA  DER: verifier, use, dates, certificate    registry/credentials
// ledger         day(4) verifier(8) credential(8) ca(1) item(1) answer(1) recognition(1) purpose(1)
//                                             u64: how often; no serials of residents   registry/ledger
// withdrawals    resident verifier(8)         DER: since when consents count no more    registry/consents

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
#include "registry/table_id.h"

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

// A key under construction: at most 48 octets, on the stack.
class Key final {
 public:
  Key& u8(std::uint64_t value) { return number(value, 1); }
  Key& point(pki::DistributionPoint value) { return number(value.code, 3); }
  Key& u32(std::uint64_t value) { return number(value, 4); }
  Key& u64(std::uint64_t value) { return number(value, 8); }
  Key& time(pki::Time value) { return number(static_cast<std::uint64_t>(pki::to_unix(value)), 5); }
  Key& issuer(IssuerId value) { return u8(static_cast<std::uint64_t>(value.ca)).u8(value.generation); }
  Key& certificate(const CertificateId& value) { return issuer(value.issuer).u64(value.serial.value); }
  [[nodiscard]] pki::ByteView view() const { return {octets_.data(), size_}; }
  operator pki::ByteView() const { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  Key& number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i > 0; --i)
      octets_.at(size_++) = static_cast<std::uint8_t>(value >> (8 * (i - 1)));
    return *this;
  }

  std::array<std::uint8_t, 48> octets_{};
  std::size_t size_ = 0;
};

// Reads the fields of a key or a fixed-width value in order. Reading past the end is Corruption.
class Fields final {
 public:
  explicit Fields(pki::ByteView octets) : octets_(octets) {}
  [[nodiscard]] std::uint64_t number(std::size_t width) {
    if (octets_.size() < width) fail_short();
    const std::uint64_t value = pki::read_big_endian(octets_.first(width));
    octets_ = octets_.subspan(width);
    return value;
  }
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint64_t u64() { return number(8); }
  [[nodiscard]] pki::DistributionPoint point() { return {static_cast<std::uint32_t>(number(3))}; }
  [[nodiscard]] pki::Time time() { return pki::from_unix(static_cast<std::int64_t>(number(5))); }
  [[nodiscard]] IssuerId issuer();
  // For what was added to a layout later: older records end before it.
  [[nodiscard]] bool at_end() const { return octets_.empty(); }

 private:
  [[noreturn]] static void fail_short();

  pki::ByteView octets_;
};

}  // namespace registry
