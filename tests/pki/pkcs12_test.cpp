// PKCS#12 files as a person's software gets them: read back by us and by the real openssl.

#include <doctest/doctest.h>

#include <algorithm>

#include "pki/certificate.h"
#include "pki/pkcs12.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

using namespace pki;

namespace {

constexpr const char* kPassword = "correct horse";

// A self-signed certificate of a key, by openssl.
Bytes self_signed(const PrivateKey& key, const std::string& name) {
  const support::TemporaryFolder folder;
  support::write_file(folder.file("key.pem"), as_bytes(key.to_pem()));
  const auto made = support::run("openssl req -x509 -new -key " + folder.file("key.pem") +
                                 " -subj /CN=" + name + " -outform DER -out " + folder.file("out.der"));
  if (made.exit_code != 0) throw std::runtime_error(made.output);
  return support::read_file(folder.file("out.der"));
}

struct Sample {
  PrivateKey key = support::authority_keys()[0];
  Pkcs12Content content{
      "sign", self_signed(key, "holder"), {self_signed(support::authority_keys()[1], "issuer")}};
};

}  // namespace

TEST_CASE("a file gives back the certificate and its chain") {
  const Sample sample;
  const auto read = read_pkcs12(make_pkcs12(sample.key, sample.content, kPassword), kPassword);
  REQUIRE(read.has_value());
  CHECK(read->certificate == sample.content.certificate);
  CHECK(read->chain == sample.content.chain);
}

TEST_CASE("a file gives back the key, whatever its algorithm, and not with another password") {
  Rng rng = Rng::seeded(1);
  for (const PrivateKey& key :
       {support::authority_keys()[0], PrivateKey::generate(KeyAlgorithm::ecdsa_p256, rng),
        PrivateKey::generate(KeyAlgorithm::ecdsa_p384, rng)}) {
    const Bytes file = make_pkcs12(key, {"asker", self_signed(key, "asker"), {}}, kPassword);
    const auto read = read_pkcs12_key(file, kPassword);
    REQUIRE(read.has_value());
    CHECK(read->public_key() == key.public_key());
    CHECK(read_pkcs12_key(file, "wrong").error().code == Errc::malformed);
  }
  CHECK(read_pkcs12_key(as_bytes("not PKCS#12"), kPassword).error().code == Errc::malformed);
}

TEST_CASE("a chain of several certificates keeps its order, the issuer first") {
  Sample sample;
  sample.content.chain.push_back(self_signed(support::authority_keys()[2], "root"));
  const auto read = read_pkcs12(make_pkcs12(sample.key, sample.content, kPassword), kPassword);
  REQUIRE(read.has_value());
  CHECK(read->chain == sample.content.chain);
}

TEST_CASE("a certificate of another key is refused") {
  Sample sample;
  sample.content.certificate = sample.content.chain[0];
  CHECK_THROWS(make_pkcs12(sample.key, sample.content, kPassword));
}

TEST_CASE("a holder's certificate and key have the same local key id, which the issuer's has not") {
  const Sample sample;
  const support::TemporaryFolder folder;
  support::write_file(folder.file("card.p12"), make_pkcs12(sample.key, sample.content, kPassword));
  support::write_file(folder.file("password"), as_bytes(kPassword));
  const auto shown = support::run("openssl pkcs12 -in " + folder.file("card.p12") + " -passin file:" +
                                  folder.file("password") + " -nodes | grep localKeyID | sort | uniq -c");
  REQUIRE(shown.exit_code == 0);
  CHECK(shown.output.find(" 2 ") != std::string::npos);
  CHECK(std::count(shown.output.begin(), shown.output.end(), '\n') == 1);
}

TEST_CASE("the friendly name comes back") {
  const Sample sample;
  const auto read = read_pkcs12(make_pkcs12(sample.key, sample.content, kPassword), kPassword);
  REQUIRE(read.has_value());
  CHECK(read->friendly_name == "sign");
}

TEST_CASE("openssl pkcs12 reads the file: key, certificate, name, modern algorithms") {
  const Sample sample;
  const support::TemporaryFolder folder;
  support::write_file(folder.file("card.p12"), make_pkcs12(sample.key, sample.content, kPassword));
  support::write_file(folder.file("password"), as_bytes(kPassword));
  const std::string base =
      "openssl pkcs12 -in " + folder.file("card.p12") + " -passin file:" + folder.file("password") + " ";
  const auto keys = support::run(base + "-nocerts -nodes");
  REQUIRE(keys.exit_code == 0);
  CHECK(PrivateKey::from_pem(keys.output).value().public_key() == sample.key.public_key());
  const auto certificates = support::run(base + "-nokeys");
  const auto blocks = decode_pem_blocks(certificates.output, "CERTIFICATE").value();
  CHECK(blocks.size() == 2);
  CHECK(certificates.output.find("friendlyName: sign") != std::string::npos);
  const auto info = support::run(base + "-info -noout");
  CHECK(info.output.find("AES-256-CBC") != std::string::npos);
  CHECK(info.output.find("sha256") != std::string::npos);
}

TEST_CASE("a wrong password or a file that is no PKCS#12 is malformed") {
  const Sample sample;
  const Bytes file = make_pkcs12(sample.key, sample.content, kPassword);
  CHECK(read_pkcs12(file, "wrong").error().code == Errc::malformed);
  CHECK(read_pkcs12(file, "").error().code == Errc::malformed);
  CHECK(read_pkcs12({}, kPassword).error().code == Errc::malformed);
  CHECK(read_pkcs12(ByteView(file).first(file.size() / 2), kPassword).error().code == Errc::malformed);
  Bytes altered = file;
  altered[file.size() / 2] ^= 1;
  CHECK(read_pkcs12(altered, kPassword).error().code == Errc::malformed);
  CHECK(read_pkcs12(sample.content.certificate, kPassword).error().code == Errc::malformed);
}

TEST_CASE("a certificate of another key is our own mistake and throws") {
  Sample sample;
  CHECK_THROWS((void)make_pkcs12(support::authority_keys()[3], sample.content, kPassword));
  sample.content.certificate = {0x30, 0x00};
  CHECK_THROWS((void)make_pkcs12(sample.key, sample.content, kPassword));
}
