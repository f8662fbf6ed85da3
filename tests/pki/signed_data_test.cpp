// SignedData made by the real openssl: whoever signed is named, and the content comes out only when verified.

#include <doctest/doctest.h>

#include <string>

#include "pki/public_key.h"
#include "pki/signed_data.h"
#include "tests/support/command.h"

using namespace pki;

namespace {

constexpr const char* kContent = "the content of a declaration, not text:\r\n\x01\x02";

// A folder with the key pairs and self-signed certificates of two holders of one name.
class Holders final {
 public:
  explicit Holders(const std::string& key_arguments = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048") {
    support::write_file(folder_.file("content"), as_bytes(kContent));
    for (const char* name : {"one", "two"})
      shell("openssl genpkey " + key_arguments + " -out " + name +
            ".key 2>/dev/null && openssl req -x509 -new " + "-key " + name +
            ".key -subj /C=JP/CN=holder -days 30 -out " + name + ".pem && openssl x509 -in " + name +
            ".pem -outform DER -out " + name + ".cer");
  }

  void shell(const std::string& line) const {
    const auto ran = support::run("cd " + folder_.path().string() + " && " + line);
    if (ran.exit_code != 0) throw std::runtime_error("openssl: " + ran.output);
  }

  // `openssl cms -sign` over the content, by the holder of `certificate` with `key`.
  [[nodiscard]] Bytes sign(const std::string& options, const std::string& certificate = "one",
                           const std::string& key = "one") const {
    shell("openssl cms -sign -binary -outform DER -in content -out signed.der -signer " + certificate +
          ".pem -inkey " + key + ".key " + options);
    return support::read_file(folder_.file("signed.der"));
  }

  [[nodiscard]] Certificate certificate(const std::string& who = "one") const {
    return Certificate::decode(support::read_file(folder_.file(who + ".cer"))).value();
  }

 private:
  support::TemporaryFolder folder_;
};

const Holders& rsa_holders() {
  static const Holders holders;
  return holders;
}

Errc decode_error(ByteView der) {
  const auto decoded = SignedData::decode(der);
  REQUIRE(decoded.has_error());
  CHECK_FALSE(decoded.error().text().empty());
  return decoded.error().code;
}

}  // namespace

TEST_CASE("the content inside comes out when the signature verifies") {
  const Holders& holders = rsa_holders();
  for (const char* options : {"-nodetach", "-nodetach -nocerts", "-nodetach -keyid", "-nodetach -noattr",
                              "-nodetach -md sha384", "-nodetach -md sha512", "-nodetach -cades"}) {
    CAPTURE(std::string(options));
    const auto signed_data = SignedData::decode(holders.sign(options));
    REQUIRE(signed_data.has_value());
    CHECK(signed_data->is_attached());
    CHECK(to_string(signed_data->content_type()) == "1.2.840.113549.1.7.1");
    const std::string text = options;
    CHECK(signed_data->certificates().size() == (text.find("-nocerts") == std::string::npos ? 1 : 0));
    CHECK(signed_data->signing_time().has_value() == (text.find("-noattr") == std::string::npos));
    CHECK(signed_data->signer().key_identifier.empty() == (text.find("-keyid") == std::string::npos));
    const auto content = signed_data->verified_content(holders.certificate());
    REQUIRE(content.has_value());
    CHECK(as_text(*content) == kContent);
  }
}

TEST_CASE("content beside the signature is verified where it is given, and only there") {
  const Holders& holders = rsa_holders();
  const SignedData detached = SignedData::decode(holders.sign("")).value();
  CHECK_FALSE(detached.is_attached());
  const Certificate certificate = holders.certificate();
  CHECK(as_text(detached.verified_content(certificate, as_bytes(kContent)).value()) == kContent);
  CHECK(detached.verified_content(certificate).error().code == Errc::malformed);
  CHECK(detached.verified_content(certificate, as_bytes("other")).error().code == Errc::malformed);
  const SignedData attached = SignedData::decode(holders.sign("-nodetach")).value();
  CHECK(attached.verified_content(certificate, as_bytes(kContent)).error().code == Errc::malformed);
  const SignedData bare = SignedData::decode(holders.sign("-noattr")).value();
  CHECK(bare.verified_content(certificate, as_bytes(kContent)).has_value());
  CHECK(bare.verified_content(certificate, as_bytes("other")).error().code == Errc::malformed);
}

TEST_CASE("elliptic keys sign with any SHA-2") {
  for (const char* curve : {"P-256", "P-384"}) {
    const Holders holders(std::string("-algorithm EC -pkeyopt ec_paramgen_curve:") + curve);
    for (const char* hash : {"sha256", "sha384", "sha512"}) {
      CAPTURE(std::string(curve) + " " + hash);
      const auto signed_data = SignedData::decode(holders.sign(std::string("-nodetach -md ") + hash));
      REQUIRE(signed_data.has_value());
      CHECK(signed_data->verified_content(holders.certificate()).has_value());
      CHECK(signed_data->verified_content(holders.certificate("two")).has_error());
    }
  }
}

TEST_CASE("another's certificate is named as such, and another's key does not verify") {
  const Holders& holders = rsa_holders();
  for (const char* options : {"-nodetach", "-nodetach -keyid"}) {
    const SignedData by_two = SignedData::decode(holders.sign(options, "two", "two")).value();
    CHECK(by_two.signer().names(holders.certificate("two")));
    CHECK_FALSE(by_two.signer().names(holders.certificate()));
    CHECK(by_two.verified_content(holders.certificate()).error().code == Errc::invalid_value);
  }
  // The same issuer and serial, so named alike, but another key.
  holders.shell(
      "openssl req -x509 -new -key one.key -subj /CN=same -set_serial 77 -out same.pem && "
      "openssl req -x509 -new -key two.key -subj /CN=same -set_serial 77 -outform DER -out thief.cer");
  const SignedData by_one = SignedData::decode(holders.sign("-nodetach", "same")).value();
  REQUIRE(by_one.signer().names(holders.certificate("thief")));
  CHECK(by_one.verified_content(holders.certificate("thief")).error().code == Errc::malformed);
}

TEST_CASE("a certificate without a key identifier is named by the hash of its key") {
  const Holders& holders = rsa_holders();
  const Certificate certificate = holders.certificate();
  SignerIdentifier signer;
  signer.key_identifier = key_identifier(certificate.subject_public_key_info()).value();
  CHECK(signer.names(certificate));
  holders.shell(
      "openssl req -x509 -new -key one.key -subj /CN=bare -addext subjectKeyIdentifier=none "
      "-addext authorityKeyIdentifier=none -outform DER -out bare.cer");
  REQUIRE(holders.certificate("bare").find_extension(oids::kSubjectKeyIdentifier) == nullptr);
  CHECK(signer.names(holders.certificate("bare")));
  CHECK_FALSE(signer.names(holders.certificate("two")));
}

TEST_CASE("what this program does not verify is unsupported") {
  const Holders& holders = rsa_holders();
  CHECK(decode_error(holders.sign("-nodetach -md sha1")) == Errc::unsupported);
  CHECK(decode_error(holders.sign("-nodetach -md sha224")) == Errc::unsupported);
  CHECK(decode_error(holders.sign("-nodetach -keyopt rsa_padding_mode:pss")) == Errc::unsupported);
}

TEST_CASE("what is not one signature in DER is malformed") {
  const Holders& holders = rsa_holders();
  CHECK(decode_error(holders.sign("-nodetach -stream")) == Errc::malformed);
  CHECK(decode_error(holders.sign("-nodetach -signer two.pem -inkey two.key")) == Errc::malformed);
  CHECK(decode_error(support::read_file(support::source_folder() / "README.md")) == Errc::malformed);
  CHECK(decode_error({}) == Errc::malformed);
  const Bytes good = holders.sign("-nodetach");
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK(SignedData::decode(ByteView(good).first(size)).has_error());
  Bytes longer = good;
  longer.push_back(0);
  CHECK(decode_error(longer) == Errc::malformed);
}

TEST_CASE("content of another type needs signed attributes, and they bind the type") {
  const Holders& holders = rsa_holders();
  const char* const kOther = "-nodetach -econtent_type 1.3.6.1.4.1.99999.1";
  const SignedData typed = SignedData::decode(holders.sign(kOther)).value();
  CHECK(to_string(typed.content_type()) == "1.3.6.1.4.1.99999.1");
  CHECK(typed.verified_content(holders.certificate()).has_value());
  CHECK(decode_error(holders.sign(std::string(kOther) + " -noattr")) == Errc::malformed);
}

TEST_CASE("nothing is verified any more when any bit was changed") {
  const Holders& holders = rsa_holders();
  const Certificate certificate = holders.certificate();
  const Bytes good = holders.sign("-nodetach -nocerts");
  REQUIRE(SignedData::decode(good).value().verified_content(certificate).has_value());
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes altered = good;
    altered[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    const auto decoded = SignedData::decode(altered);
    CAPTURE(at);
    CHECK((decoded.has_error() || decoded->verified_content(certificate).has_error()));
  }
}

TEST_CASE("the verdict of each corpus file is in its name") {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(support::source_folder() / "tests/fuzz/corpus/signed_data")) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    CHECK(SignedData::decode(support::read_file(entry.path())).has_value() == !name.starts_with("invalid_"));
    ++files;
  }
  CHECK(files >= 8);
}
