// Fuzzes Certificate::decode and what looks into extensions.

#include "pki/certificate.h"

#include "pki/name.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pki;
  const ByteView input(data, size);
  const auto certificate = Certificate::decode(input);
  if (!certificate) return 0;
  fuzz::check(equal(certificate->der(), input), "a certificate keeps its bytes");
  for (const Extension& extension : certificate->extensions()) {
    fuzz::check(certificate->find_extension(extension.id) == &extension, "an extension occurs once");
    (void)distribution_point_uris(extension.value);
    (void)ocsp_uri(extension.value);
  }
  for (const ByteView der : {certificate->issuer(), certificate->subject()})
    if (const auto name = Name::decode(der)) {
      fuzz::check(equal(name->encode(), der), "a name is written again as the same bytes");
      (void)name->to_string();
    }
  (void)key_identifier(certificate->subject_public_key_info());
  (void)is_signed_by(*certificate, certificate->subject_public_key_info());
  return 0;
}
