// Fuzzes the reading and verifying of CMS SignedData.

#include "pki/signed_data.h"

#include "pki/der.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pki;
  const auto decoded = SignedData::decode({data, size});
  if (!decoded) return 0;
  fuzz::check(der::validate({data, size}).has_value(), "what decodes is strict DER");
  const SignerIdentifier& signer = decoded->signer();
  fuzz::check(signer.key_identifier.empty() == !signer.issuer.empty(), "the signer is named in one way");
  for (const Bytes& der : decoded->certificates()) {
    const auto certificate = Certificate::decode(der);
    if (!certificate || !signer.names(*certificate)) continue;
    const auto content = decoded->is_attached() ? decoded->verified_content(*certificate)
                                                : decoded->verified_content(*certificate, ByteView());
    fuzz::check(content.has_value() || !content.error().text().empty(), "a refusal says why");
  }
  return 0;
}
