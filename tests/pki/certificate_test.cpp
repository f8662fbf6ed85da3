// Reading certificates made by others: openssl's, the published ones of JPKI, and broken ones.

#include <doctest/doctest.h>

#include "pki/certificate.h"
#include "pki/decode_openssl.h"
#include "pki/name.h"
#include "pki/serial_number.h"
#include "pki/signer.h"
#include "tests/pki/public_cas.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

using namespace pki;

namespace {

const std::filesystem::path kCorpus = support::source_folder() / "tests/fuzz/corpus/certificate";

Certificate sample() {
  return Certificate::decode(support::read_file(kCorpus / "good_p256_extensions.der")).value();
}

struct TbsOptions {
  // Nothing: the default, which is not encoded.
  std::optional<std::uint64_t> version = 2;
  bool has_extensions = true;
  Time not_before = from_unix(1'700'000'000);
  Time not_after = from_unix(1'800'000'000);
  int copies_of_an_extension = 1;
  std::string_view inner_algorithm = "rsa";
};

// A to-be-signed certificate with one extension, or as wrong as the options say.
Bytes make_tbs(const TbsOptions& options) {
  der::Writer writer;
  const Bytes name = Name({country("JP"), organization("JPKI-SIM")}).encode();
  const auto algorithm = options.inner_algorithm == "rsa" ? SignatureAlgorithm::rsa_sha256
                                                          : SignatureAlgorithm::ecdsa_p256_sha256;
  writer.sequence([&] {
    if (options.version) writer.context(0, [&] { writer.integer(*options.version); });
    writer.integer(42).raw(encode_algorithm_identifier(algorithm)).raw(name);
    writer.sequence([&] { writer.time(options.not_before).time(options.not_after); });
    writer.raw(name).raw(support::authority_keys()[0].public_key());
    if (!options.has_extensions) return;
    writer.context(3, [&] {
      writer.sequence([&] {
        for (int i = 0; i < options.copies_of_an_extension; ++i)
          writer.sequence([&] {
            writer.oid(oids::kSubjectKeyIdentifier).wrapped([&] { writer.octet_string(Bytes(20, 1)); });
          });
      });
    });
  });
  return writer.take();
}

Bytes make_certificate(const TbsOptions& options) {
  return sign_structure(*make_openssl_signer(support::authority_keys()[0]), make_tbs(options));
}

}  // namespace

TEST_CASE("the fields of a certificate of openssl") {
  const Certificate certificate = sample();
  CHECK(Name::decode(certificate.subject()).value().to_string() == "C=JP, O=Example, CN=CA");
  CHECK(equal(certificate.issuer(), certificate.subject()));
  CHECK(key_algorithm_of(certificate.subject_public_key_info()).value() == KeyAlgorithm::ecdsa_p256);
  CHECK(certificate.not_after() - certificate.not_before() == std::chrono::days{4000});
  REQUIRE(certificate.find_extension(oids::kBasicConstraints) != nullptr);
  CHECK(certificate.find_extension(oids::kBasicConstraints)->critical);
  CHECK_FALSE(certificate.find_extension(oids::kCrlDistributionPoints)->critical);
  CHECK(certificate.find_extension(oids::kCrlNumber) == nullptr);
  CHECK(is_signed_by(certificate, certificate.subject_public_key_info()));
  CHECK_FALSE(is_signed_by(certificate, support::authority_keys()[0].public_key()));
}

TEST_CASE("URIs are found in CRLDP, freshestCRL and AIA") {
  const Certificate certificate = sample();
  const std::vector<std::string> expected = {"http://127.0.0.1:8080/crl/full.crl"};
  CHECK(distribution_point_uris(certificate.find_extension(oids::kCrlDistributionPoints)->value).value() ==
        expected);
  CHECK(distribution_point_uris(certificate.find_extension(oids::kFreshestCrl)->value).value() == expected);
  CHECK(ocsp_uri(certificate.find_extension(oids::kAuthorityInfoAccess)->value).value() ==
        "http://127.0.0.1:8080/ocsp/sign");
  CHECK(distribution_point_uris({}).has_error());
  CHECK(ocsp_uri(Bytes{0x05, 0x00}).has_error());
  CHECK(ocsp_uri(Bytes{0x30, 0x00}).value() == std::nullopt);
}

TEST_CASE("a copy outlives its original, with its views") {
  std::optional<Certificate> original = sample();
  const Certificate copy = *original;
  const Bytes subject = to_bytes(original->subject());
  original.reset();
  CHECK(equal(copy.subject(), subject));
  CHECK(copy.find_extension(oids::kKeyUsage) != nullptr);
}

TEST_CASE("the verdict of each corpus file is in its name") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    CHECK(Certificate::decode(support::read_file(entry.path())).has_value() == name.starts_with("good_"));
    ++files;
  }
  CHECK(files >= 4);
}

TEST_CASE("certificates of versions 1 and 2 are read, and have no extensions") {
  for (const std::optional<std::uint64_t> version :
       {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{1}}) {
    const auto certificate =
        Certificate::decode(make_certificate({.version = version, .has_extensions = false}));
    REQUIRE(certificate.has_value());
    CHECK(certificate->extensions().empty());
    CHECK(is_signed_by(*certificate, support::authority_keys()[0].public_key()));
  }
}

TEST_CASE("certificates that break a rule of RFC 5280 section 4.1 are refused") {
  CHECK(Certificate::decode(make_certificate({})).has_value());
  CHECK(Certificate::decode(make_certificate({.version = 3})).error().code == Errc::unsupported);
  // Extensions came with version 3, and a default value is not encoded in DER (X.690 section 11.5).
  CHECK(Certificate::decode(make_certificate({.version = 1})).error().code == Errc::malformed);
  CHECK(Certificate::decode(make_certificate({.version = {}})).error().code == Errc::malformed);
  CHECK(Certificate::decode(make_certificate({.version = 0, .has_extensions = false})).error().code ==
        Errc::malformed);
  CHECK(Certificate::decode(make_certificate({.copies_of_an_extension = 2})).error().code == Errc::malformed);
  CHECK(Certificate::decode(make_certificate({.copies_of_an_extension = 0})).error().code == Errc::malformed);
  CHECK(Certificate::decode(make_certificate({.inner_algorithm = "ecdsa"})).error().code == Errc::malformed);
  Bytes trailing = make_certificate({});
  trailing.push_back(0);
  CHECK(Certificate::decode(trailing).error().code == Errc::malformed);
  CHECK(Certificate::decode({}).error().code == Errc::malformed);
}

TEST_CASE("no cut of a certificate is a certificate, and none is read beyond its end") {
  const Bytes der = make_certificate({});
  for (std::size_t size = 0; size < der.size(); ++size) {
    const auto cut = std::make_unique<std::uint8_t[]>(size);
    std::copy_n(der.begin(), size, cut.get());
    CHECK(Certificate::decode({cut.get(), size}).has_error());
  }
}

TEST_CASE("no changed bit leaves the signature of a certificate valid") {
  const Bytes der = make_certificate({});
  const Bytes& key = support::authority_keys()[0].public_key();
  REQUIRE(is_signed_by(Certificate::decode(der).value(), key));
  for (std::size_t at = 0; at < der.size(); at += 3) {
    Bytes altered = der;
    altered[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    const auto certificate = Certificate::decode(altered);
    CAPTURE(at);
    CHECK_FALSE((certificate && is_signed_by(*certificate, key)));
  }
}

TEST_CASE("a signature is whole bytes") {
  // Needs a signature that ends with a zero bit, for which one unused bit would still be DER.
  Bytes der;
  for (std::int64_t i = 0; der.empty() || (der.back() & 1U) != 0; ++i)
    der = make_certificate({.not_after = from_unix(1'800'000'000 + i)});
  REQUIRE(Certificate::decode(der).has_value());
  der[der.size() - 257] = 1;
  CHECK(Certificate::decode(der).has_error());
}

TEST_CASE("critical FALSE is a default and must not be written") {
  der::Writer writer;
  writer.sequence(
      [&] { writer.sequence([&] { writer.oid(oids::kKeyUsage).boolean(false).octet_string({}); }); });
  CHECK(decode_extensions(writer.view()).has_error());
}

TEST_CASE("OpenSSL's decoder passes a sound to-be-signed certificate and names what is not") {
  const Bytes algorithm = encode_algorithm_identifier(SignatureAlgorithm::rsa_sha256);
  CHECK(check_tbs_certificate_with_openssl(make_tbs({}), algorithm).has_value());
  CHECK(check_tbs_certificate_with_openssl(sample().tbs(), sample().signature_algorithm()).has_value());
  Bytes cut = make_tbs({});
  cut.pop_back();
  const auto refused = check_tbs_certificate_with_openssl(cut, algorithm);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::internal);
}

TEST_CASE("OpenSSL's decoder notices an extension whose value is not its type") {
  der::Writer writer;
  const Bytes name = Name({country("JP")}).encode();
  writer.sequence([&] {
    writer.context(0, [&] { writer.integer(2); });
    writer.integer(42).raw(encode_algorithm_identifier(SignatureAlgorithm::rsa_sha256)).raw(name);
    writer.sequence([&] { writer.time(from_unix(0)).time(from_unix(1)); });
    writer.raw(name).raw(support::authority_keys()[0].public_key());
    writer.context(3, [&] {
      writer.sequence([&] {
        writer.sequence([&] { writer.oid(oids::kBasicConstraints).wrapped([&] { writer.null(); }); });
      });
    });
  });
  CHECK(check_tbs_certificate_with_openssl(writer.view(),
                                           encode_algorithm_identifier(SignatureAlgorithm::rsa_sha256))
            .has_error());
}

TEST_CASE("the published CA certificates: structure as JPKI issued them") {
  for (const auto& file : public_cas::files()) {
    CAPTURE(file.filename().string());
    const auto certificate = Certificate::decode(support::read_file(file));
    REQUIRE(certificate.has_value());
    CHECK(equal(certificate->issuer(), certificate->subject()));
    CHECK(is_signed_by(*certificate, certificate->subject_public_key_info()));
    CHECK(check_tbs_certificate_with_openssl(certificate->tbs(), certificate->signature_algorithm())
              .has_value());
    CHECK(serial_from_content(certificate->serial_content()).has_value());
    CHECK(jst_end_of_day(jst_date(certificate->not_after())) == certificate->not_after());
    const Extension* const identifier = certificate->find_extension(oids::kSubjectKeyIdentifier);
    REQUIRE(identifier != nullptr);
    der::Reader value(identifier->value);
    CHECK(equal(value.read_octet_string().value(),
                key_identifier(certificate->subject_public_key_info()).value()));
  }
}
