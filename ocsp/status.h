// The state of one certificate in one snapshot of the store, as OCSP answers it.
//
// Pure reading: the answer follows from `registry`'s facts alone, the compromise of a generation first.

#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "ocsp/response.h"
#include "pki/bytes.h"
#include "pki/certificate.h"
#include "pki/time.h"
#include "registry/issuers.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace ocsp {

// The two hashes by which a CertID names a CA generation (RFC 6960 section 4.1.1), under every algorithm: of
// the subject's encoding, and of the content of the BIT STRING subjectPublicKey. All generations of JPKI
// share one name, so it is the key that distinguishes them.
class IssuerHashes final {
 public:
  // REQUIRES: the certificate's key is acceptable to pki::key_algorithm_of().
  explicit IssuerHashes(const pki::Certificate& ca_certificate);

  [[nodiscard]] bool matches(const CertId& id) const;

 private:
  struct Pair {
    pki::Bytes name;
    pki::Bytes key;
  };
  // By HashAlgorithm.
  std::array<Pair, 4> hashes_;
};

// Whether a generation's key is compromised, without decoding its record again for every request: the
// record's bytes are compared with those decoded last. Usable from any thread.
class CompromiseCache final {
 public:
  explicit CompromiseCache(registry::IssuerId issuer) : issuer_(issuer) {}

  // Throws StoreError when the store does not know the generation: then it is not our store.
  [[nodiscard]] std::optional<registry::Compromise> read(const store::ReadTransaction& transaction) const;

 private:
  registry::IssuerId issuer_;
  mutable std::mutex mutex_;
  mutable pki::Bytes record_;                               // Guarded by mutex_.
  mutable std::optional<registry::Compromise> compromise_;  // Guarded by mutex_.
};

// Which facts an answer was made from: the sequence of the certificate's own last change, and that of its
// generation's compromise; 0 where there is none. An answer is right as long as both are what they were.
struct FactsVersion {
  std::uint64_t status = 0;
  std::uint64_t compromise = 0;

  friend bool operator==(const FactsVersion&, const FactsVersion&) = default;
};

// What is known about one serial of a generation.
struct Facts {
  CertStatus status;
  // When the present state was recorded; absent for a serial never issued.
  std::optional<pki::Time> changed_at;
  FactsVersion version;
  // The certificate's own end; absent for a serial never issued.
  std::optional<pki::Time> not_after = {};
};

// Unknown for a serial never issued, an issue left unfinished, and a serial that cannot be ours. From a
// compromise on, what was good is revoked (cACompromise) at its moment; what was held is revoked at the date
// of the hold, as any revocation that follows a hold; what was revoked keeps its date and reason. An expired
// certificate keeps its last state.
[[nodiscard]] Facts read_facts(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                               pki::ByteView serial_content, const CompromiseCache& compromises);

// Whether the serial is that of a certificate on a phone (移動端末設備用); no for a serial never issued.
[[nodiscard]] bool is_of_phone(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                               pki::ByteView serial_content);

// read_facts(…).version alone, for comparing.
[[nodiscard]] FactsVersion read_version(const store::ReadTransaction& transaction, registry::IssuerId issuer,
                                        pki::ByteView serial_content, const CompromiseCache& compromises);

// When answers made at a moment begin and end.
struct AnswerWindow {
  // thisUpdate, unless the certificate changed later.
  pki::Time grid_start;
  // The first moment of the next window.
  pki::Time grid_end;
  pki::Time next_update;
};

// `grid` 0 means that each second is a window of its own.
[[nodiscard]] AnswerWindow window_at(pki::Time now, pki::Seconds grid, pki::Seconds next_update_after);

}  // namespace ocsp
