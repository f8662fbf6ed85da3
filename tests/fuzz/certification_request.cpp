// Fuzzes the reading of PKCS#10 requests, DER and PEM.

#include "pki/certification_request.h"

#include "pki/public_key.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pki;
  const auto request = verify_certification_request({data, size});
  if (!request) return 0;
  const auto algorithm = key_algorithm_of(request->subject_public_key_info);
  fuzz::check(algorithm.has_value() && *algorithm == request->key_algorithm,
              "the key has the stated algorithm");
  return 0;
}
