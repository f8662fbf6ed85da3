// Fuzzes ocsp::decode_response: what is accepted stays inside the input and can be judged.

#include <string>

#include "ocsp/query.h"
#include "ocsp/response.h"
#include "tests/fuzz/check.h"

namespace {

bool is_inside(pki::ByteView part, pki::ByteView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const pki::ByteView input(data, size);
  const auto response = ocsp::decode_response(input);
  if (!response) return 0;
  const bool is_successful = response->status == ocsp::ResponseStatus::successful;
  fuzz::check(response->basic.has_value() == is_successful, "only a successful response has content");
  if (!response->basic) return 0;
  const ocsp::BasicResponse& basic = *response->basic;
  fuzz::check(is_inside(basic.tbs_response_data, input), "ResponseData is inside the input");
  fuzz::check(is_inside(basic.signature, input), "the signature is inside the input");
  fuzz::check(basic.responses.size() <= ocsp::kMaxCertIds, "at most 100 single responses");
  for (const ocsp::SingleResponse& single : basic.responses) {
    fuzz::check(is_inside(single.cert_id.encoding, input), "a CertID is inside the input");
    fuzz::check(!ocsp::to_string(single.cert_status).empty(), "a status has a name");
  }
  for (const pki::ByteView certificate : basic.certs)
    fuzz::check(is_inside(certificate, input), "a certificate is inside the input");
  return 0;
}
