// The facts about certificates: what was issued, what state it is in, and every change in order.
//
// `status` answers OCSP, `revoked` makes complete CRLs, `changes` makes delta CRLs; the three are written by
// one function each, in one transaction, and none holds personal data.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/distribution_point.h"
#include "pki/time.h"
#include "registry/certified_entry.h"
#include "registry/resident_id.h"
#include "registry/schema.h"
#include "store/environment.h"
#include "store/row_cursor.h"
#include "store/vault.h"

namespace registry {

// Why and since when a certificate is not good. Reason certificate_hold means held, any other revoked.
struct Revocation {
  pki::Time date;
  pki::CrlReason reason = pki::CrlReason::unspecified;
  // Since when the holder's key must be taken for known to others, when the holder said so: RFC 5280 section
  // 5.3.2.
  std::optional<pki::Time> invalidity_date = {};

  [[nodiscard]] bool is_hold() const { return reason == pki::CrlReason::certificate_hold; }
  friend bool operator==(const Revocation&, const Revocation&) = default;
};

// The present state of one certificate.
struct Status {
  pki::CertificateKind kind = pki::CertificateKind::sign;
  pki::DistributionPoint point;
  pki::Time not_after;
  // When the present state was recorded.
  pki::Time changed_at;
  // The change that made the present state; numbers of one issuer rise without gaps.
  std::uint64_t sequence = 0;
  // Absent while the certificate is good.
  std::optional<Revocation> revocation;
};

// One entry of a complete CRL.
struct RevokedEntry {
  pki::DistributionPoint point;
  pki::SerialNumber serial;
  Revocation revocation;
  pki::Time not_after;
  std::uint64_t sequence = 0;
};

// What a certificate was before or became by a change: absent (never issued), good, or not good.
struct ChangeState {
  bool issued = false;
  std::optional<Revocation> revocation;

  friend bool operator==(const ChangeState&, const ChangeState&) = default;
};

// One change, self-contained.
struct Change {
  std::uint64_t sequence = 0;
  CertificateId certificate;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  pki::DistributionPoint point;
  pki::Time not_after;
  pki::Time recorded_at;
  ChangeState before;
  ChangeState after;
};

// Nothing for a serial never issued, and for an issue left unfinished.
[[nodiscard]] std::optional<Status> find_status(const store::ReadTransaction& transaction,
                                                const CertificateId& id);

// A row of `status`: a certificate that was issued, and its present state.
struct StatusRow {
  CertificateId id;
  Status status;
};
using StatusCursor = store::RowCursor<StatusRow>;
// Every certificate, by issuer and serial; those of one issuer; those of an issuer with a greater serial than
// that of `after`, which need not exist.
[[nodiscard]] StatusCursor all_statuses(const store::ReadTransaction& transaction);
[[nodiscard]] StatusCursor statuses_of(const store::ReadTransaction& transaction, IssuerId issuer);
[[nodiscard]] StatusCursor statuses_after(const store::ReadTransaction& transaction,
                                          const CertificateId& after);

// The entries of `revoked` in the order of the table. With kWholeGeneration: those of all points of the
// issuer.
using RevokedCursor = store::RowCursor<RevokedEntry>;
[[nodiscard]] RevokedCursor revoked_entries(const store::ReadTransaction& transaction, IssuerId issuer,
                                            pki::DistributionPoint point);
// Those of `first` and of every later point of the issuer.
[[nodiscard]] RevokedCursor revoked_entries_from(const store::ReadTransaction& transaction, IssuerId issuer,
                                                 pki::DistributionPoint first);

// The first distribution point after `after` (kWholeGeneration: of all) that has an entry in `revoked`.
[[nodiscard]] std::optional<pki::DistributionPoint> next_revoked_point(
    const store::ReadTransaction& transaction, IssuerId issuer, pki::DistributionPoint after);

// The changes of one point, or of the whole generation, with a sequence greater than `after`, in order.
using ChangeCursor = store::RowCursor<Change>;
[[nodiscard]] ChangeCursor changes_after(const store::ReadTransaction& transaction, IssuerId issuer,
                                         pki::DistributionPoint point, std::uint64_t after);

// The sequence of the issuer's last change; 0 when there is none. A snapshot holds all changes up to it.
[[nodiscard]] std::uint64_t last_change_sequence(const store::ReadTransaction& transaction, IssuerId issuer);

// A certificate as it was issued.
struct IssuedCertificate {
  CertificateId id;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  ResidentId resident;
  pki::DistributionPoint point;
  pki::Time not_before;
  pki::Time not_after;
  pki::Bytes der;
  // What the register said of the holder when a signing certificate was made. Absent in records of before
  // this field, and of authentication certificates, which say nothing of their holder.
  std::optional<CertifiedEntry> entry = {};
};

[[nodiscard]] std::optional<IssuedCertificate> find_certificate(const store::ReadTransaction& transaction,
                                                                const store::Vault& vault,
                                                                const CertificateId& id);
// Every certificate that the resident was ever issued, by kind, then issuer and serial.
[[nodiscard]] std::vector<CertificateId> certificates_of(const store::ReadTransaction& transaction,
                                                         ResidentId resident);

// Every certificate with its holder, by holder, kind, issuer and serial.
struct Holding {
  ResidentId resident;
  CertificateId certificate;
};

using HoldingCursor = store::RowCursor<Holding>;
[[nodiscard]] HoldingCursor all_holdings(const store::ReadTransaction& transaction);

// Each of these writes `status`, `revoked` and both tables of changes together, under the next sequence.
// REQUIRES: the certificate does not exist; exists and is good or held; exists and is held.
void record_issue(store::WriteTransaction& transaction, const store::Vault& vault,
                  const IssuedCertificate& certificate, pki::Time now);
void record_revocation(store::WriteTransaction& transaction, const CertificateId& id,
                       const Revocation& revocation, pki::Time now);
void record_release(store::WriteTransaction& transaction, const CertificateId& id, pki::Time now);

// The next serial of a CA name, over all its generations; never given twice.
[[nodiscard]] pki::SerialNumber take_serial(store::WriteTransaction& transaction, pki::CaName ca);
// Starts or raises the counter; the next serial is greater than `value`.
void skip_serials(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t value);

}  // namespace registry
