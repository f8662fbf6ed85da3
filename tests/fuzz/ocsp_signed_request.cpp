// Fuzzes ocsp::verify_request_signature and the path check behind it: what is accepted stays inside the
// input, and nothing is accepted with an octet of the signed part changed.

#include "ocsp/request_signature.h"

#include "pki/certification_path.h"
#include "tests/fuzz/check.h"

namespace {

bool is_inside(pki::ByteView part, pki::ByteView whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// Every certificate that came along as the anchor, and the signer itself.
void check_paths(const verifier::RequestSigner& signer) {
  const auto certificate = pki::Certificate::decode(signer.certificate);
  fuzz::check(certificate.has_value(), "the signer's certificate decodes");
  const pki::Time now = certificate->not_before();
  static_cast<void>(pki::check_request_signer_path(
      {.signer = *certificate, .others = signer.others, .anchor = *certificate, .now = now}));
  for (const pki::ByteView other : signer.others) {
    const auto anchor = pki::Certificate::decode(other);
    if (!anchor) continue;
    static_cast<void>(pki::check_request_ca(*anchor, now));
    static_cast<void>(pki::check_request_signer_path(
        {.signer = *certificate, .others = signer.others, .anchor = *anchor, .now = now}));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const pki::ByteView input(data, size);
  auto request = ocsp::decode_request(input);
  if (!request || !request->optional_signature) return 0;
  const auto signer = ocsp::verify_request_signature(*request);
  if (!signer) return 0;
  fuzz::check(is_inside(signer->certificate, input), "the signer's certificate is inside the input");
  fuzz::check(signer->others.size() < ocsp::kMaxSignatureCerts, "not more certificates than allowed");
  check_paths(*signer);

  pki::Bytes changed = pki::to_bytes(request->tbs_request);
  changed[size % changed.size()] ^= 1;
  request->tbs_request = changed;
  fuzz::check(ocsp::verify_request_signature(*request).has_error(), "a changed request does not verify");
  return 0;
}
