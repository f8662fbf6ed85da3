// Who asks: evidence → verifier → standing. The one function that OCSP, CRLs and the verifier services use.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/replaceable.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"
#include "verifier/credentials.h"
#include "verifier/verifiers.h"

namespace verifier {

// How a verifier was recognised. Stored in records: never change a value.
enum class RecognitionMethod : std::uint8_t { network = 1, signature = 2, tls = 3 };
// network, signature, tls.
[[nodiscard]] std::string_view to_string(RecognitionMethod method);

// Who signed a request, by a signature that verifies with the key of `certificate`: before recognise() for a
// credential, after it for a certificate of a registered CA, whose path is checked first.
struct RequestSigner {
  pki::ByteView certificate;
  // What else came with it: intermediate certificates.
  std::vector<pki::ByteView> others;
};

// What a certificate that came with a signature claims to be, found by look-ups alone: no signature was
// verified.
enum class SignerClaim : std::uint8_t {
  none,           // A stranger's: not worth a calculation.
  credential,     // The bytes of a credential on record, in force or not.
  registered_ca,  // Its issuers' names lead to a CA that a verifier has registered.
};

// What a request shows about its sender.
struct Evidence {
  // IPv6, or IPv4 as ::ffff:a.b.c.d.
  std::array<std::uint8_t, 16> address{};
  // DER of the certificate that the client proved to hold in the TLS handshake; empty without one.
  pki::ByteView client_certificate = {};
  std::optional<RequestSigner> request_signer = {};
  Purpose purpose = Purpose::normal;
};

// Who asks and by what right: what the ledger of answers counts by (Act 40, 規則71).
struct Requester {
  std::uint64_t verifier = 0;
  // The serial of the credential; absent without one (a network, a registered CA of the verifier's own).
  std::optional<pki::SerialNumber> credential = {};
  RecognitionMethod method = RecognitionMethod::network;
  Purpose purpose = Purpose::normal;

  friend bool operator==(const Requester&, const Requester&) = default;
};

// Who it is and what it may do now.
struct Identification {
  Requester requester;
  Standing standing;
};

// Keeps the parsed verifiers of the newest version seen; every call compares it with the snapshot's, so a
// change takes effect with its commit. Credentials are read from the snapshot itself. Usable from any thread.
class Recognition final {
 public:
  Recognition();
  ~Recognition();
  Recognition(const Recognition&) = delete;
  Recognition& operator=(const Recognition&) = delete;

  // Errc::unauthorized when no verifier is registered for the evidence, when two kinds of it name different
  // verifiers, and when a certificate shown is not (or no longer) a credential for this use. A kind counts
  // only if the verifier's agreement lists it; the credential of the PIN-less path needs no listing, since
  // the approval is about it (規則64-11). The result may still be barred: ask its standing. Of overlapping
  // networks the longest prefix alone decides, whatever its standing.
  [[nodiscard]] pki::Result<Identification> recognise(const store::ReadTransaction& transaction,
                                                      const Evidence& evidence, pki::Time now) const;
  // The same, and Errc::unauthorized when the verifier may not ask about this CA for this purpose now.
  [[nodiscard]] pki::Result<Requester> require(const store::ReadTransaction& transaction,
                                               const Evidence& evidence, pki::CaName ca, pki::Time now) const;

  // Whether the address lies in a network that a verifier has registered, whatever its standing.
  [[nodiscard]] bool is_registered_network(const store::ReadTransaction& transaction,
                                           const std::array<std::uint8_t, 16>& address) const;
  // Of a certificate that came with a signature; never `registered_ca` for the PIN-less purpose, which takes
  // credentials alone.
  [[nodiscard]] SignerClaim claim_of(const store::ReadTransaction& transaction, const RequestSigner& signer,
                                     Purpose purpose) const;

 private:
  struct Directory;
  [[nodiscard]] std::shared_ptr<const Directory> directory(const store::ReadTransaction& transaction) const;

  mutable pki::Replaceable<Directory> directory_;
};

}  // namespace verifier
