// Signatures over given texts and digests, judged by pki/public_key.h and the vectors of RFC 6979.

#include "pki/plain_signature.h"

#include <doctest/doctest.h>

#include "pki/public_key.h"
#include "pki/test_keys.h"

using namespace pki;

TEST_CASE("a plain text stands where the DigestInfo does, as it is") {
  const PrivateKey key = make_test_key(KeyAlgorithm::rsa_2048, 1, "plain");
  const Bytes message = digest(HashAlgorithm::sha256, as_bytes("message"));
  Bytes digest_info = from_hex("3031300D060960864801650304020105000420").value();
  append(digest_info, message);
  CHECK(sign_plain_text(key, digest_info) == sign_digest(key, HashAlgorithm::sha256, message));
  CHECK(sign_plain_text(key, message) != sign_digest(key, HashAlgorithm::sha256, message));
  for (const std::size_t size : {std::size_t{1}, kPlainTextMax})
    CHECK(sign_plain_text(key, Bytes(size, 0x5A)).size() == 256);
}

TEST_CASE("a digest is signed under every key and hash, and verifies") {
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384}) {
    const PrivateKey key = make_test_key(algorithm, 1, "digest");
    const PublicKey verifying = PublicKey::load(key.public_key()).value();
    for (const HashAlgorithm hash : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
      const Bytes message = digest(hash, as_bytes("message")), other = digest(hash, as_bytes("other"));
      const Bytes signature = sign_digest(key, hash, message);
      CHECK(verifying.verify_digest(hash, message, signature));
      CHECK_FALSE(verifying.verify_digest(hash, other, signature));
      CHECK(sign_digest(key, hash, message) == signature);
    }
  }
}

TEST_CASE(
    "the salt of PSS is drawn, so no two signatures are the same, (tests/interop/opensc_test.sh verifies "
    "one)") {
  const PrivateKey key = make_test_key(KeyAlgorithm::rsa_2048, 1, "pss");
  const Bytes message = digest(HashAlgorithm::sha256, as_bytes("message"));
  const Bytes one = sign_pss(key, message), other = sign_pss(key, message);
  CHECK(one != other);
  CHECK(one.size() == 256);
}

TEST_CASE("ECDSA draws its nonce as RFC 6979 says: the vectors of A.2.5 and A.2.6") {
  const auto key_of = [](const char* curve_and_key) {
    return PrivateKey::from_pem(encode_pem("PRIVATE KEY", from_hex(curve_and_key).value())).value();
  };
  // PKCS#8 around the private numbers x of the RFC, without the public point.
  const PrivateKey p256 = key_of(
      "3041020100301306072A8648CE3D020106082A8648CE3D030107042730250201010420"
      "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
  const Bytes sample = digest(HashAlgorithm::sha256, as_bytes("sample"));
  CHECK(to_hex(sign_digest(p256, HashAlgorithm::sha256, sample)) ==
        "3046022100EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "022100F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
  const PrivateKey p384 = key_of(
      "304E020100301006072A8648CE3D020106052B81040022043730350201010430"
      "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8"
      "96D5724E4C70A825F872C9EA60D2EDF5");
  CHECK(to_hex(sign_digest(p384, HashAlgorithm::sha384, digest(HashAlgorithm::sha384, as_bytes("sample")))) ==
        "306602310094EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80"
        "FABE46"
        "02310099EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628A"
        "C8");
}
