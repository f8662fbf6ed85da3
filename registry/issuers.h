// CA generations, their responders and the names of their distribution points.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/distribution_point.h"
#include "pki/time.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace registry {

// A CA key's compromise is one fact (Act 14, 33): from its commit every good or held certificate of the
// generation answers revoked (cACompromise).
struct Compromise {
  pki::Time recorded_at;
  std::uint64_t sequence = 0;  // 1 for the first; compared like a status record's sequence.
  // The rows of the certificates are filled in afterwards, by rising serial (registry/compromise.h): up to
  // which serial that is done, how many rows were changed, and when the last one was.
  pki::SerialNumber filled_through = {};
  std::uint64_t filled = 0;
  std::optional<pki::Time> completed_at = {};
};

// Certificates by which trust in one key of a CA name goes to the next and back (RFC 4210 section 4.4). DER.
struct LinkCertificates {
  pki::Bytes new_with_old;  // This generation's key, certified with its predecessor's.
  pki::Bytes old_with_new;  // The predecessor's key, certified with this generation's.
};

struct Issuer {
  IssuerId id;
  pki::Bytes certificate;  // DER
  // The name of the key's file in the keys folder, without folder.
  std::string key_file;
  // The base of every URI in certificates of this generation, without a trailing slash; frozen.
  std::string public_url;
  std::optional<Compromise> compromise;
  // Between the generation before and this one; absent where none were made.
  std::optional<LinkCertificates> links = {};

  // Of the generation before; nothing of the first.
  [[nodiscard]] std::optional<IssuerId> predecessor() const {
    if (id.generation <= 1) return std::nullopt;
    return IssuerId{id.ca, static_cast<std::uint8_t>(id.generation - 1)};
  }
};

// A delegated OCSP responder of a generation (RFC 6960 section 4.2.2.2).
struct ResponderRecord {
  IssuerId issuer;
  pki::Bytes certificate;  // DER
  std::string key_file;
  // Of a cluster, whose key it is; empty: the generation's first responder, whose key was copied with the
  // others, or the only one without a log.
  std::string machine = {};
};

[[nodiscard]] std::optional<Issuer> find_issuer(const store::ReadTransaction& transaction, IssuerId id);
// In order of CA name and generation.
[[nodiscard]] std::vector<Issuer> all_issuers(const store::ReadTransaction& transaction);
// The newest generation of a CA name: the one that issues.
[[nodiscard]] std::optional<Issuer> current_issuer(const store::ReadTransaction& transaction, pki::CaName ca);
// The generations of a CA name, by number.
[[nodiscard]] std::vector<std::uint8_t> generations_of_name(const store::ReadTransaction& transaction,
                                                            pki::CaName ca);
void put_issuer(store::WriteTransaction& transaction, const Issuer& issuer);

// The machine's own, or else the generation's first one.
[[nodiscard]] std::optional<ResponderRecord> find_responder(const store::ReadTransaction& transaction,
                                                            IssuerId issuer, std::string_view machine = {});
void put_responder(store::WriteTransaction& transaction, const ResponderRecord& responder);

// The names under which a point is known in certificates and CRLs of a generation.
[[nodiscard]] std::optional<pki::DistributionPointNames> find_point_names(
    const store::ReadTransaction& transaction, IssuerId issuer, pki::DistributionPoint point);
// Whether both generations know the point, and by the same directoryName, byte for byte.
[[nodiscard]] bool have_same_directory_name(const store::ReadTransaction& transaction,
                                            pki::DistributionPoint point, IssuerId one, IssuerId other);
void put_point_names(store::WriteTransaction& transaction, IssuerId issuer, pki::DistributionPoint point,
                     const pki::DistributionPointNames& names);
// Every distribution point of a generation, by code.
[[nodiscard]] std::vector<pki::DistributionPoint> points_of(const store::ReadTransaction& transaction,
                                                            IssuerId issuer);

}  // namespace registry
