// Fuzzes how the signer of a request is found, and the path check behind it: what is found stays inside the
// input, a request that was copied says the same, and no signature verifies with a byte of the signed part
// changed.

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
  const auto request = ocsp::decode_request(input);
  if (!request || !request->optional_signature) return 0;
  const auto named = ocsp::named_signers(*request);
  if (!named) return 0;
  const pki::Bytes copy(data, data + size);
  ocsp::Request copied = *request;
  copied.rebase(input, copy);
  pki::Bytes changed = pki::to_bytes(request->tbs_request);
  changed[size % changed.size()] ^= 1;
  for (const verifier::RequestSigner& signer : *named) {
    fuzz::check(is_inside(signer.certificate, input), "the signer's certificate is inside the input");
    fuzz::check(signer.others.size() < ocsp::kMaxSignatureCerts, "not more certificates than allowed");
    if (!ocsp::is_signed_with(*request, signer.certificate)) continue;
    fuzz::check(ocsp::is_signed_with(copied, signer.certificate), "a copied request verifies");
    check_paths(signer);
    ocsp::Request broken = *request;
    broken.tbs_request = changed;
    fuzz::check(!ocsp::is_signed_with(broken, signer.certificate), "a changed request does not verify");
  }
  return 0;
}
