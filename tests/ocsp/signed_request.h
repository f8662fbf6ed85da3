// Certificates of askers and requests signed by them, for the tests of this folder: written with the DER
// writer alone, so that no encoder of the program judges itself.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/oid.h"
#include "pki/signer.h"
#include "pki/time.h"

namespace ocsp_world {

struct AskerCertificate {
  std::uint64_t serial = 1;
  std::string common_name = "asker";
  std::string issuer_name = "operations";
  pki::Time not_before = pki::from_unix(1'700'000'000);
  pki::Time not_after = pki::from_unix(1'900'000'000);
  // First byte of keyUsage; 0: no extension.
  std::uint8_t key_usage = 0x80;
  std::optional<pki::Oid> key_purpose = {};
  // basicConstraints CA, without a path length.
  bool is_ca = false;
};

// Name with one common name.
pki::Bytes name_of(std::string_view common_name);

// `subject_key` is the asker's, `issuer` signs.
pki::Bytes make_certificate(const AskerCertificate& certificate, const pki::Signer& subject_key,
                            const pki::Signer& issuer);

struct RequestSigning {
  const pki::Signer& key;
  // DER, in the order in which they are sent.
  std::vector<pki::Bytes> certificates;
  // GeneralName directoryName of this common name; absent: no requestorName.
  std::optional<std::string> requestor = {};
};

// The request with a requestorName and a signature. REQUIRES: an unsigned request without requestorName.
pki::Bytes sign_request(pki::ByteView request, const RequestSigning& signing);

}  // namespace ocsp_world
