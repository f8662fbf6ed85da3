// Fuzzes ocsp::decode_request and decode_get_path: what is accepted keeps the limits and stays inside the
// input.

#include "ocsp/query.h"
#include "ocsp/request.h"
#include "tests/fuzz/check.h"

namespace {

bool is_inside(pki::ByteView part, pki::ByteView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_request(pki::ByteView input) {
  const auto request = ocsp::decode_request(input);
  if (!request) {
    fuzz::check(request.error().code == pki::Errc::malformed, "every refusal is malformed");
    return;
  }
  const auto ids = request->cert_ids.view();
  fuzz::check(!ids.empty() && ids.size() <= ocsp::kMaxCertIds, "1 to 100 CertIDs");
  fuzz::check(is_inside(request->tbs_request, input), "TBSRequest is inside the input");
  if (request->nonce) {
    const ocsp::Nonce& nonce = *request->nonce;
    fuzz::check(!nonce.value.empty() && nonce.value.size() <= ocsp::kMaxNonceBytes, "1 to 128 bytes");
    fuzz::check(is_inside(nonce.value, nonce.extension_value) && is_inside(nonce.extension_value, input),
                "the nonce is inside its extension, and that inside the input");
  }
  for (const ocsp::CertId& id : ids) {
    fuzz::check(is_inside(id.encoding, input) && is_inside(id.serial_content, id.encoding),
                "a CertID is inside");
    pki::der::Reader reader(id.encoding);
    const auto again = ocsp::decode_cert_id(reader);
    fuzz::check(again && pki::equal(again->encoding, id.encoding), "a CertID can be read again");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const pki::ByteView input(data, size);
  check_request(input);
  if (const auto bytes = ocsp::decode_get_path(pki::as_text(input))) check_request(*bytes);
  // A request begins with a SEQUENCE; text that begins with slashes would lose them.
  if (size > 0 && size < 40'000 && data[0] == pki::der::tag::kSequence) {
    const auto back = ocsp::decode_get_path(ocsp::get_target("", input).substr(1));
    fuzz::check(back && pki::equal(*back, input), "a GET target leads back");
  }
  return 0;
}
