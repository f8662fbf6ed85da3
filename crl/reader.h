// Reading the CRL of any CA, RFC 5280 section 5: strict DER, no list of the entries.
//
// Everything decoded is a view into the input, which must outlive it. The checker, `jpki crl show` and the
// fuzzer use this reader; it shares nothing with the encoder.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/certificate.h"
#include "pki/crl_reason.h"
#include "pki/result.h"
#include "pki/time.h"

namespace crl {

// One element of revokedCertificates.
struct DecodedEntry {
  // The content bytes of the INTEGER userCertificate.
  pki::ByteView serial;
  pki::Time revocation_date;
  // Absent when the entry does not say: unspecified.
  std::optional<pki::CrlReason> reason;
  // invalidityDate (section 5.3.2), when the entry says it.
  std::optional<pki::Time> invalidity_date = {};
  // crlEntryExtensions, the whole SEQUENCE; empty when there are none.
  pki::ByteView extensions;
};

// Reads the entries one after another.
class EntryReader final {
 public:
  // The content of revokedCertificates.
  explicit EntryReader(pki::ByteView content) : rest_(content) {}
  // The next entry, nothing at the end, Errc::malformed for what is not an entry. Ends for good after an
  // error.
  pki::Result<std::optional<DecodedEntry>> next();
  // The same for an entry of the usual kind: UTCTime and at most a reasonCode. Null for any other, right or
  // wrong, and at the end; next() then says what is there. Valid until the next call.
  const DecodedEntry* next_usual();

 private:
  pki::ByteView rest_;
  DecodedEntry usual_;
};

// The parts of IssuingDistributionPoint (section 5.2.5).
struct DecodedIssuingDistributionPoint {
  // DistributionPointName, the whole [0] element; empty when absent.
  pki::ByteView name;
  bool only_contains_user_certs = false;
  bool only_contains_ca_certs = false;
  bool only_contains_attribute_certs = false;
  bool indirect_crl = false;
  // The content of the BIT STRING, when the list covers some reasons only.
  std::optional<pki::ByteView> only_some_reasons;
};

// A CertificateList without its entries.
struct DecodedCrl {
  pki::ByteView tbs;  // The whole encoding: what is signed.
  pki::ByteView signature_algorithm;
  pki::ByteView signature;
  unsigned version = 1;  // 1 or 2.
  pki::ByteView issuer;  // Name, the whole encoding.
  pki::Time this_update;
  std::optional<pki::Time> next_update;
  // The content of revokedCertificates; empty when the field is absent.
  pki::ByteView entries;
  // The field is there with nothing in it, which section 5.1.2.6 forbids and GnuTLS writes all the same.
  bool writes_empty_entries = false;
  std::vector<pki::Extension> extensions;

  [[nodiscard]] const pki::Extension* find_extension(const pki::Oid& id) const;
};

// The frame of the list and its extensions; entries are checked as EntryReader comes to them. Errc::malformed
// for anything that is not one whole CertificateList in DER.
[[nodiscard]] pki::Result<DecodedCrl> decode_crl(pki::ByteView der);

// The same for a TBSCertList alone, the whole encoding: what a list is before it is signed. The signature is
// empty, its algorithm the one inside.
[[nodiscard]] pki::Result<DecodedCrl> decode_tbs_cert_list(pki::ByteView tbs);

// The content bytes of the INTEGER in cRLNumber or deltaCRLIndicator (at most 20 by section 5.2.3).
[[nodiscard]] pki::Result<pki::ByteView> decode_crl_number(pki::ByteView extension_value);
// The keyIdentifier of an authorityKeyIdentifier; nothing when it has none.
[[nodiscard]] pki::Result<std::optional<pki::ByteView>> decode_key_identifier(pki::ByteView extension_value);
[[nodiscard]] pki::Result<DecodedIssuingDistributionPoint> decode_issuing_distribution_point(
    pki::ByteView extension_value);

// How many entries explain() prints before it only counts.
inline constexpr std::size_t kExplainedEntries = 20;

// The list in words, a line each, for `jpki crl show FILE`: issuer, times, number, scope, extensions, how
// many entries by reason, and the first kExplainedEntries of them. Reads every entry; Errc::malformed names
// what is wrong with a list that is none. The signature is not verified.
[[nodiscard]] pki::Result<std::vector<pki::Message>> explain(pki::ByteView der);

}  // namespace crl
