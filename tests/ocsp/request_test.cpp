// Decoding of requests: those of outside clients, those that no client makes, and damaged ones.

#include "ocsp/request.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "ocsp/query.h"
#include "pki/certificate.h"
#include "pki/random.h"
#include "tests/ocsp/world.h"
#include "tests/support/seed.h"

namespace {

using namespace ocsp;
using ocsp_world::data;

Request decoded(const pki::Bytes& der) {
  auto request = decode_request(der);
  REQUIRE(request.has_value());
  return *request;
}

}  // namespace

TEST_CASE("the name of a request file says whether it parses") {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(support::source_folder() / "tests/ocsp/data")) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() != ".der" || name.find("response") != std::string::npos) continue;
    const auto request = decode_request(support::read_file(file.path()));
    INFO(name, ": ", (request ? std::string("accepted") : request.error().text()));
    CHECK(request.has_value() == !name.starts_with("invalid_"));
    if (!request) CHECK(request.error().code == pki::Errc::malformed);
    ++files;
  }
  CHECK(files > 40);
}

TEST_CASE("every field of a request by openssl is found") {
  const pki::Bytes der = data("good_openssl.der");
  const Request request = decoded(der);
  REQUIRE(request.cert_ids.size() == 1);
  const CertId& id = request.cert_ids.view().front();
  CHECK(id.hash_algorithm == pki::HashAlgorithm::sha1);
  CHECK(id.hash_parameters == HashParameters::null);
  CHECK(pki::to_hex(id.serial_content) == "1234");
  const auto ca = pki::Certificate::decode(data("sign_ca.cer")).value();
  CHECK(pki::equal(id.issuer_name_hash, pki::digest(pki::HashAlgorithm::sha1, ca.subject())));
  REQUIRE(request.nonce.has_value());
  CHECK(request.nonce->value.size() == 16);
  CHECK_FALSE(request.requestor_name.has_value());
  CHECK_FALSE(request.optional_signature.has_value());
}

TEST_CASE("our own CertID is the one that openssl makes") {
  const auto ca = pki::Certificate::decode(data("sign_ca.cer")).value();
  const std::array<std::uint8_t, 2> serial{0x12, 0x34};
  const std::pair<pki::HashAlgorithm, const char*> rows[] = {{pki::HashAlgorithm::sha1, "good_no_nonce.der"},
                                                             {pki::HashAlgorithm::sha256, "good_sha256.der"},
                                                             {pki::HashAlgorithm::sha384, "good_sha384.der"},
                                                             {pki::HashAlgorithm::sha512, "good_sha512.der"}};
  for (const auto& [hash, file] : rows) {
    const pki::Bytes ours = make_cert_id(ca, serial, hash).value();
    const pki::Bytes der = data(file);
    CHECK(pki::equal(ours, decoded(der).cert_ids.view().front().encoding));
    CHECK(make_request({&ours, 1}, std::nullopt).value() == der);
  }
}

TEST_CASE("a hundred CertIDs are kept in order") {
  const pki::Bytes der = data("good_100.der");
  const Request request = decoded(der);
  REQUIRE(request.cert_ids.size() == 100);
  std::uint8_t expected = 1;
  for (const CertId& id : request.cert_ids.view())
    CHECK(id.serial_content.back() == expected++);
}

TEST_CASE("a nonce is found in either list, and that of the whole request wins") {
  const pki::Bytes single = data("good_nonce_in_single.der");
  REQUIRE(decoded(single).nonce.has_value());
  CHECK(decoded(single).nonce->value.size() == 8);
  const pki::Bytes longest = data("good_nonce_128.der");
  CHECK(decoded(longest).nonce->value.size() == 128);
}

// What Java clients write: Keycloak up to 24 in a single request, digidoc4j and others in requestExtensions.
TEST_CASE("an extnValue that is one OCTET STRING is the wrapped nonce, any other content the nonce itself") {
  const auto value_of = [](const pki::Bytes& content) {
    const auto nonce = decode_nonce(content);
    return nonce ? std::optional(pki::to_bytes(nonce->value)) : std::nullopt;
  };
  CHECK(value_of({0x04, 0x02, 0xAA, 0xBB}) == pki::Bytes{0xAA, 0xBB});
  // Not to the last byte, cut, and a length in more bytes than needed: no well-formed OCTET STRING.
  for (const pki::Bytes& bare :
       {pki::Bytes{0x04, 0x01, 0xAA, 0xBB}, pki::Bytes{0x04, 0x05, 0xAA, 0xBB},
        pki::Bytes{0x04, 0x81, 0x01, 0xAA}, pki::Bytes{0x04}, pki::Bytes(128, 0x55), pki::Bytes{0x00}})
    CHECK(value_of(bare) == bare);
  // The wrapped form counts as that whatever its length.
  pki::Bytes wrapped_129 = {0x04, 0x81, 0x81};
  wrapped_129.resize(3 + 129, 0x55);
  for (const pki::Bytes& wrong : {pki::Bytes{0x04, 0x00}, wrapped_129, pki::Bytes(129, 0x55), pki::Bytes{}})
    CHECK_FALSE(value_of(wrong).has_value());
  CHECK(decoded(data("good_nonce_raw.der")).nonce->value.size() == 16);
  CHECK(decoded(data("good_nonce_raw_in_single.der")).nonce->value.size() == 16);
}

TEST_CASE("a request over a copy of its bytes says the same") {
  for (const char* file : {"good_100.der", "good_signed.der", "good_known_extensions.der"}) {
    const pki::Bytes der = data(file), copy = der;
    const Request request = decoded(der);
    Request moved = request;
    moved.rebase(der, copy);
    REQUIRE(moved.cert_ids.size() == request.cert_ids.size());
    for (std::size_t i = 0; i < moved.cert_ids.size(); ++i) {
      const CertId& one = moved.cert_ids.view()[i];
      CHECK(one.encoding.data() >= copy.data());
      CHECK(one.encoding.data() < copy.data() + copy.size());
      CHECK(pki::equal(one.encoding, request.cert_ids.view()[i].encoding));
      CHECK(pki::equal(one.serial_content, request.cert_ids.view()[i].serial_content));
    }
    CHECK(moved.tbs_request.data() - copy.data() == request.tbs_request.data() - der.data());
    CHECK(moved.nonce.has_value() == request.nonce.has_value());
    if (moved.nonce) CHECK(pki::equal(moved.nonce->value, request.nonce->value));
    if (moved.optional_signature)
      CHECK(moved.optional_signature->certs.data() - copy.data() ==
            request.optional_signature->certs.data() - der.data());
  }
}

TEST_CASE("signature and requestor name are kept") {
  const pki::Bytes der = data("good_signed.der");
  const Request request = decoded(der);
  REQUIRE(request.optional_signature.has_value());
  CHECK(request.optional_signature->signature.size() == 256);
  CHECK_FALSE(request.optional_signature->certs.empty());
  CHECK(request.requestor_name.has_value());
}

TEST_CASE("an unknown hash or odd parameters leave a CertID that matches no issuer") {
  for (const char* file : {"bad_md5.der", "bad_odd_parameters.der"}) {
    const pki::Bytes der = data(file);
    CHECK_FALSE(decoded(der).cert_ids.view().front().hash_algorithm.has_value());
  }
}

TEST_CASE("no prefix of a request is a request") {
  for (const char* file : {"good_openssl.der", "good_signed.der", "good_known_extensions.der"}) {
    const pki::Bytes der = data(file);
    for (std::size_t size = 0; size < der.size(); ++size)
      CHECK_FALSE(decode_request(pki::ByteView(der).first(size)).has_value());
  }
}

TEST_CASE("a damaged request is refused or read within its bounds") {
  pki::Rng rng = pki::Rng::seeded(support::seed());
  for (const char* file :
       {"good_openssl.der", "good_signed.der", "good_three.der", "good_known_extensions.der"}) {
    const pki::Bytes der = data(file);
    for (std::size_t round = 0; round < 4000; ++round) {
      pki::Bytes damaged = der;
      for (std::uint64_t changes = rng.below(3) + 1; changes > 0; --changes)
        damaged[rng.below(damaged.size())] = static_cast<std::uint8_t>(rng.below(256));
      const auto request = decode_request(damaged);
      if (!request) continue;
      for (const CertId& id : request->cert_ids.view())
        CHECK(id.encoding.size() <= damaged.size());
    }
  }
}

TEST_CASE("a GET path is understood in every spelling that clients use") {
  // Bytes whose base64 has both + and /, and padding.
  const pki::Bytes bytes = {0x30, 0xFB, 0xEF, 0xFF, 0xFE, 0x3F, 0x01};
  const std::string base64 = pki::to_base64(bytes);
  REQUIRE(base64 == "MPvv//4/AQ==");
  for (const char* path :
       {"MPvv//4/AQ==", "MPvv//4/AQ", "MPvv%2F%2F4%2FAQ%3D%3D", "MPvv%2f%2f4%2fAQ%3d%3d", "MPvv__4_AQ",
        "/MPvv//4/AQ==", "//MPvv//4/AQ==", "%2FMPvv//4/AQ==", "MPvv/%2F4%2FAQ=%3D"}) {
    INFO(path);
    const auto decoded = decode_get_path(path);
    REQUIRE(decoded.has_value());
    CHECK(*decoded == bytes);
  }
  const pki::Bytes plus = {0x30, 0xFB, 0xE0};
  CHECK(decode_get_path("MPvg").value() == plus);
  CHECK(decode_get_path("M%2B+A").value() == decode_get_path("M--A").value());
  for (const char* path : {"MPv v", "MP%", "MP%2", "MP%zz", "MPv=v", "M\xE3\x81\x82"}) {
    INFO(path);
    CHECK_FALSE(decode_get_path(path).has_value());
  }
  CHECK_FALSE(decode_get_path(std::string(kMaxRequestBytes + 1, 'A')).has_value());
}

TEST_CASE("the target of a GET leads back to the request") {
  const pki::Bytes der = data("good_sha512.der");
  const std::string target = get_target("/ocsp/sign", der);
  CHECK(target.starts_with("/ocsp/sign/"));
  CHECK(target.find_first_of("+=", 11) == std::string::npos);
  CHECK(decode_get_path(target.substr(11)).value() == der);
}
