// Signatures by keys of strangers, made by OpenSSL: what a key may cost.

#include "pki/outside_signature.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/command.h"

namespace pki {

namespace {

// sha256WithRSAEncryption with NULL parameters (RFC 4055 section 5).
const Bytes kRsaSha256{0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                       0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};

// Whether a signature is believed that `openssl` has made with a new key, and itself finds right.
bool is_believed(const std::string& key_options) {
  const support::TemporaryFolder folder;
  const auto openssl = [&](const std::string& line) {
    const auto result = support::run("cd " + folder.path().string() + " && openssl " + line);
    INFO(result.output);
    REQUIRE(result.exit_code == 0);
  };
  const std::string message = "asked by a stranger";
  support::write_file(folder.file("message"), as_bytes(message));
  openssl("genpkey -algorithm RSA " + key_options + " -out key.pem");
  openssl("pkey -in key.pem -pubout -outform DER -out public.der");
  openssl("dgst -sha256 -sign key.pem -out signature message");
  openssl("dgst -sha256 -prverify key.pem -signature signature message");
  const Bytes key = support::read_file(folder.file("public.der"));
  const Bytes signature = support::read_file(folder.file("signature"));
  return verify_outside(key, {.algorithm = kRsaSha256, .signature = signature}, as_bytes(message));
}

}  // namespace

TEST_CASE("a right signature by a key that costs too much is refused") {
  CHECK(is_believed("-pkeyopt rsa_keygen_bits:2048"));
  CHECK(is_believed("-pkeyopt rsa_keygen_bits:4096"));
  CHECK_FALSE(is_believed("-pkeyopt rsa_keygen_bits:4104"));
  CHECK_FALSE(is_believed("-pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:65539"));
}

}  // namespace pki
