// Keys and signatures: Botan and OpenSSL must agree, each verifies the other's, and openssl the program both.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pki/der.h"
#include "pki/oid.h"
#include "pki/private_key.h"
#include "pki/public_key.h"
#include "pki/signer.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

using namespace pki;

namespace {

constexpr std::array kAlgorithms = {KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p256,
                                    KeyAlgorithm::ecdsa_p384};

PrivateKey make_key(KeyAlgorithm algorithm) {
  if (algorithm == KeyAlgorithm::rsa_2048) return support::authority_keys()[0];
  Rng rng = Rng::seeded(7).derive("test key", to_string(algorithm));
  return PrivateKey::generate(algorithm, rng);
}

// PrivateKeyInfo with an ECPrivateKey (RFC 5915) that leaves the public key out.
PrivateKey key_of_number(const Oid& curve, const char* number) {
  der::Writer key;
  key.sequence([&] {
    key.integer(0).sequence([&] { key.oid(oids::kEcPublicKey).oid(curve); });
    key.wrapped([&] { key.sequence([&] { key.integer(1).octet_string(from_hex(number).value()); }); });
  });
  return PrivateKey::from_pem(encode_pem("PRIVATE KEY", key.view())).value();
}

}  // namespace

TEST_CASE("both signers make signatures that verify, for every algorithm") {
  for (const KeyAlgorithm algorithm : kAlgorithms) {
    CAPTURE(std::string(to_string(algorithm)));
    const PrivateKey key = make_key(algorithm);
    for (const auto& signer : {make_openssl_signer(key), make_botan_signer(key)}) {
      CHECK(signer->algorithm() == default_signature_algorithm(algorithm));
      CHECK(signer->public_key() == key.public_key());
      const Bytes message = {1, 2, 3};
      const Bytes hash = digest(hash_of(signer->algorithm()), message);
      const Bytes signature = signer->sign(hash);
      CHECK(verify_digest(key.public_key(), signer->algorithm(), hash, signature));
      CHECK(verify_message(key.public_key(), signer->algorithm(), message, signature));
      // A key that stays in use is Botan's to verify with, one that is used once OpenSSL's.
      CHECK(PublicKey::load(key.public_key()).value().verify_digest(signer->algorithm(), hash, signature));
    }
  }
}

TEST_CASE("RSA signatures of the two signers are the same bytes") {
  const PrivateKey key = make_key(KeyAlgorithm::rsa_2048);
  const Bytes hash = digest(HashAlgorithm::sha256, as_bytes("the same"));
  CHECK(make_openssl_signer(key)->sign(hash) == make_botan_signer(key)->sign(hash));
}

// RFC 6979 appendix A.2.5 and A.2.6, the message "sample".
TEST_CASE("Botan's ECDSA takes k from key and digest, as the RFC prints it") {
  struct Vector {
    Oid curve;
    const char* key;
    const char* r;
    const char* s;
  };
  const std::array vectors = {
      Vector{oids::kSecp256r1, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
             "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
             "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
      Vector{
          oids::kSecp384r1,
          "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
          "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
          "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC"
          "8"}};
  for (const Vector& vector : vectors) {
    CAPTURE(vector.r);
    const PrivateKey key = key_of_number(vector.curve, vector.key);
    const auto signer = make_botan_signer(key);
    const Bytes signature = signer->sign(digest(hash_of(signer->algorithm()), as_bytes("sample")));
    der::Writer expected;
    expected.sequence([&] {
      for (const char* number : {vector.r, vector.s}) {
        // Both begin with a bit that is set, and so with a zero in DER.
        Bytes content{0};
        append(content, from_hex(number).value());
        expected.integer_content(content);
      }
    });
    CHECK(to_hex(signature) == to_hex(expected.view()));
  }
}

TEST_CASE("what does not belong together does not verify") {
  for (const KeyAlgorithm algorithm : kAlgorithms) {
    CAPTURE(std::string(to_string(algorithm)));
    const PrivateKey key = make_key(algorithm);
    const auto signer = make_openssl_signer(key);
    const HashAlgorithm hash = hash_of(signer->algorithm());
    const Bytes good = digest(hash, as_bytes("message"));
    const Bytes signature = signer->sign(good);
    CHECK_FALSE(
        verify_digest(key.public_key(), signer->algorithm(), digest(hash, as_bytes("other")), signature));
    CHECK_FALSE(verify_digest(key.public_key(), signer->algorithm(),
                              digest(HashAlgorithm::sha1, as_bytes("message")), signature));
    CHECK_FALSE(verify_digest(key.public_key(), signer->algorithm(), {}, signature));
    CHECK_FALSE(verify_digest(key.public_key(), signer->algorithm(), good, {}));
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      Bytes altered = signature;
      altered[at] ^= 1;
      CHECK_FALSE(verify_digest(key.public_key(), signer->algorithm(), good, altered));
    }
    Bytes longer = signature;
    longer.push_back(0);
    CHECK_FALSE(verify_digest(key.public_key(), signer->algorithm(), good, longer));
    for (const KeyAlgorithm other : kAlgorithms)
      if (other != algorithm) {
        CHECK_FALSE(verify_digest(key.public_key(), default_signature_algorithm(other), good, signature));
        CHECK_FALSE(verify_digest(make_key(other).public_key(), signer->algorithm(), good, signature));
      }
    CHECK_FALSE(verify_digest({}, signer->algorithm(), good, signature));
  }
}

TEST_CASE("a signature is as long as the key says, and a point is uncompressed and on its curve") {
  const PrivateKey rsa = make_key(KeyAlgorithm::rsa_2048);
  const auto signer = make_openssl_signer(rsa);
  // One in 256 begins with a zero, without which it is the same number.
  Bytes hash, signature;
  for (std::uint64_t i = 0; signature.empty() || signature[0] != 0; ++i) {
    hash = digest(HashAlgorithm::sha256, as_bytes(std::to_string(i)));
    signature = signer->sign(hash);
  }
  CHECK(verify_digest(rsa.public_key(), signer->algorithm(), hash, signature));
  CHECK_FALSE(verify_digest(rsa.public_key(), signer->algorithm(), hash, ByteView(signature).subspan(1)));

  const PrivateKey ec = make_key(KeyAlgorithm::ecdsa_p256);
  const auto ec_signer = make_openssl_signer(ec);
  hash = digest(HashAlgorithm::sha256, as_bytes("point"));
  signature = ec_signer->sign(hash);
  Bytes key = ec.public_key();
  CHECK(verify_digest(key, ec_signer->algorithm(), hash, signature));
  // The point ends the key: 04 x y.
  const std::size_t form = key.size() - 65;
  for (const std::uint8_t other : {std::uint8_t{2}, std::uint8_t{6}, std::uint8_t{7}}) {
    Bytes altered = key;
    altered[form] = other;
    CHECK_FALSE(verify_digest(altered, ec_signer->algorithm(), hash, signature));
  }
  key.back() ^= 1;
  CHECK_FALSE(verify_digest(key, ec_signer->algorithm(), hash, signature));
}

TEST_CASE("a digest of the wrong length is refused by the signer, not signed") {
  const auto signer = make_openssl_signer(make_key(KeyAlgorithm::rsa_2048));
  CHECK_THROWS((void)signer->sign(digest(HashAlgorithm::sha1, as_bytes("short"))));
  CHECK_THROWS((void)make_botan_signer(make_key(KeyAlgorithm::rsa_2048))->sign(Bytes(20, 1)));
}

TEST_CASE("openssl dgst verifies our signatures and we verify its") {
  for (const KeyAlgorithm algorithm : kAlgorithms) {
    CAPTURE(std::string(to_string(algorithm)));
    const support::TemporaryFolder folder;
    const PrivateKey key = make_key(algorithm);
    const auto signer = make_botan_signer(key);
    const std::string hash = algorithm == KeyAlgorithm::ecdsa_p384 ? "-sha384" : "-sha256";
    support::write_file(folder.file("message"), as_bytes("message"));
    support::write_file(folder.file("key.pem"), as_bytes(key.to_pem()));
    support::write_file(folder.file("public.pem"), as_bytes(encode_pem("PUBLIC KEY", key.public_key())));
    support::write_file(folder.file("ours"),
                        signer->sign(digest(hash_of(signer->algorithm()), as_bytes("message"))));
    const auto verified = support::run("cd " + folder.path().string() + " && openssl dgst " + hash +
                                       " -verify public.pem -signature ours message && openssl dgst " + hash +
                                       " -sign key.pem -out theirs message");
    CAPTURE(verified.output);
    REQUIRE(verified.exit_code == 0);
    CHECK(verify_message(key.public_key(), signer->algorithm(), as_bytes("message"),
                         support::read_file(folder.file("theirs"))));
  }
}

TEST_CASE("one signer serves many threads at once") {
  for (const KeyAlgorithm algorithm : kAlgorithms)
    for (const auto& signer :
         {make_openssl_signer(make_key(algorithm)), make_botan_signer(make_key(algorithm))}) {
      const Bytes hash = digest(hash_of(signer->algorithm()), as_bytes("shared"));
      std::vector<Bytes> signatures(4);
      std::vector<std::thread> threads;
      threads.reserve(signatures.size());
      for (Bytes& signature : signatures)
        threads.emplace_back([&signature, &signer, &hash] {
          for (int i = 0; i < 5; ++i)
            signature = signer->sign(hash);
        });
      for (std::thread& thread : threads)
        thread.join();
      for (const Bytes& signature : signatures)
        CHECK(verify_digest(signer->public_key(), signer->algorithm(), hash, signature));
    }
}

TEST_CASE("a signed structure is tbs, algorithm and signature") {
  const PrivateKey key = make_key(KeyAlgorithm::rsa_2048);
  const Bytes tbs = {0x30, 0x00};
  const Bytes structure = sign_structure(*make_openssl_signer(key), tbs);
  REQUIRE(der::validate(structure).has_value());
  der::Reader outer(structure);
  der::Reader parts = outer.enter_sequence().value();
  CHECK(equal(parts.read_any().value().encoding, tbs));
  CHECK(signature_algorithm_from(parts.read_any().value().encoding) == SignatureAlgorithm::rsa_sha256);
  CHECK(verify_message(key.public_key(), SignatureAlgorithm::rsa_sha256, tbs,
                       parts.read_bit_string().value().bytes));
  CHECK(parts.at_end());
}

TEST_CASE("RSA has NULL parameters, ECDSA none (RFC 4055, RFC 5758)") {
  const auto hex_of = [](SignatureAlgorithm algorithm) {
    return to_hex(encode_algorithm_identifier(algorithm));
  };
  CHECK(hex_of(SignatureAlgorithm::rsa_sha256) == "300D06092A864886F70D01010B0500");
  CHECK(hex_of(SignatureAlgorithm::ecdsa_p256_sha256) == "300A06082A8648CE3D040302");
  CHECK(hex_of(SignatureAlgorithm::ecdsa_p384_sha384) == "300A06082A8648CE3D040303");
  CHECK(signature_algorithm_from(from_hex("300B06092A864886F70D01010B").value()) == std::nullopt);
  CHECK(signature_algorithm_from(from_hex("300D06092A864886F70D0101050500").value()) == std::nullopt);
  CHECK(signature_algorithm_from({}) == std::nullopt);
  for (const KeyAlgorithm algorithm : kAlgorithms)
    CHECK(parse_key_algorithm(to_string(algorithm)) == algorithm);
  CHECK(parse_key_algorithm("rsa-1024") == std::nullopt);
}

TEST_CASE("the key identifier is SHA-1 of the bits of the key, as openssl computes it") {
  const support::TemporaryFolder folder;
  for (const KeyAlgorithm algorithm : kAlgorithms) {
    CAPTURE(std::string(to_string(algorithm)));
    const PrivateKey key = make_key(algorithm);
    support::write_file(folder.file("key.pem"), as_bytes(key.to_pem()));
    const auto certificate =
        support::run("openssl req -x509 -new -key " + folder.file("key.pem") +
                     " -subj /CN=t -addext subjectKeyIdentifier=hash -noout -ext "
                     "subjectKeyIdentifier 2>/dev/null || openssl req -x509 -new -key " +
                     folder.file("key.pem") + " -subj /CN=t | openssl x509 -noout -ext subjectKeyIdentifier");
    std::string hex;
    for (const char c : certificate.output.substr(certificate.output.find('\n') + 1))
      if (std::isxdigit(static_cast<unsigned char>(c)) != 0) hex.push_back(c);
    CHECK(to_hex(key_identifier(key.public_key()).value()) == hex);
    CHECK(key_algorithm_of(key.public_key()).value() == algorithm);
  }
}

TEST_CASE("private keys survive PEM, and only ours are accepted") {
  for (const KeyAlgorithm algorithm : kAlgorithms) {
    const PrivateKey key = make_key(algorithm);
    const auto again = PrivateKey::from_pem("text before\n" + key.to_pem() + "text after\n");
    REQUIRE(again.has_value());
    CHECK(again->public_key() == key.public_key());
    CHECK(again->algorithm() == algorithm);
    CHECK(again->to_der() == key.to_der());
  }
  CHECK(PrivateKey::from_pem("").error().code == Errc::malformed);
  CHECK(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n").error().code == Errc::malformed);
  CHECK(PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nBQA=\n-----END PRIVATE KEY-----\n").error().code ==
        Errc::malformed);
  const std::string twice =
      make_key(KeyAlgorithm::ecdsa_p256).to_pem() + make_key(KeyAlgorithm::ecdsa_p384).to_pem();
  CHECK(PrivateKey::from_pem(twice).has_error());
  CHECK(PrivateKey::all_from_pem(twice).value().size() == 2);
}

TEST_CASE("keys of other sizes and curves are unsupported") {
  for (const char* arguments :
       {"-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
        "-algorithm RSA -pkeyopt rsa_keygen_pubexp:3", "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1",
        "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP384r1",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "-algorithm ED25519"}) {
    CAPTURE(std::string(arguments));
    const auto made = support::run(std::string("openssl genpkey -quiet ") + arguments +
                                   " 2>/dev/null || openssl genpkey " + arguments + " 2>/dev/null");
    REQUIRE(made.output.find("BEGIN PRIVATE KEY") != std::string::npos);
    const auto key = PrivateKey::from_pem(made.output);
    CHECK(key.has_error());
    if (key.has_error()) CHECK(key.error().code == Errc::unsupported);
  }
}

TEST_CASE("every committed test key is usable, and no two are the same") {
  std::vector<Bytes> public_keys;
  for (const char* file : {"authority.pem", "pool-1.pem"})
    for (const PrivateKey& key :
         PrivateKey::all_from_pem(
             as_text(support::read_file(support::source_folder() / "testdata/keys" / file)))
             .value()) {
      CHECK(key.algorithm() == KeyAlgorithm::rsa_2048);
      public_keys.push_back(key.public_key());
    }
  CHECK(public_keys.size() == 8 + 256);
  std::ranges::sort(public_keys);
  CHECK(std::ranges::adjacent_find(public_keys) == public_keys.end());
}

TEST_CASE("PEM blocks are found by their label, with any line ends") {
  CHECK(decode_pem_blocks("-----BEGIN A-----\r\nAQ==\r\n-----END A-----\r\n", "A").value() ==
        std::vector<Bytes>{{1}});
  CHECK(decode_pem_blocks("-----BEGIN A-----\nAQ==\n-----END A-----\n", "B").value().empty());
  CHECK(decode_pem_blocks("-----BEGIN A-----\nA*==\n-----END A-----\n", "A").has_error());
  CHECK(decode_pem_blocks("-----BEGIN A-----\nAQ==\n", "A").has_error());
  const Bytes long_block(100, 7);
  CHECK(decode_pem_blocks(encode_pem("A", long_block), "A").value() == std::vector<Bytes>{long_block});
}
