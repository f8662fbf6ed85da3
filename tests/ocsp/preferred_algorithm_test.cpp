// Preferred signature algorithms, RFC 6960 section 4.4.7: what a client prefers is used where the responder
// has a key for it, and never makes an answer fail or change.

#include <doctest/doctest.h>

#include "pki/der.h"
#include "pki/oid.h"
#include "pki/signature_algorithm.h"
#include "tests/ocsp/world.h"

namespace {

using namespace ocsp_world;
using pki::SignatureAlgorithm;

constexpr std::uint64_t kSerial = 4660;
constexpr std::string_view kSignPath = "/ocsp/sign";
enum class Criticality : std::uint8_t { normal, critical };

// Extension, with PreferredSignatureAlgorithms ::= SEQUENCE OF SEQUENCE { sigIdentifier AlgorithmIdentifier,
// … OPTIONAL }
void write_preference(pki::der::Writer& writer, const std::vector<pki::Bytes>& algorithms,
                      Criticality criticality) {
  writer.sequence([&] {
    writer.oid(pki::oids::kOcspPreferredSignatureAlgorithms);
    if (criticality == Criticality::critical) writer.boolean(true);
    writer.wrapped([&] {
      writer.sequence([&] {
        for (const pki::Bytes& algorithm : algorithms)
          writer.sequence([&] { writer.raw(algorithm); });
      });
    });
  });
}

// A question with the extension, and no nonce.
pki::Bytes preferring(const std::vector<pki::Bytes>& algorithms,
                      Criticality criticality = Criticality::normal) {
  const pki::Bytes plain = question("sign_ca.cer", {kSerial});
  pki::der::Reader outer(plain);
  auto fields = outer.enter_sequence();
  const auto tbs = fields->read(pki::der::tag::kSequence);
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.sequence([&] {
      writer.raw(tbs->content);
      writer.context(2, [&] { writer.sequence([&] { write_preference(writer, algorithms, criticality); }); });
    });
  });
  return writer.take();
}

pki::Bytes identifier(SignatureAlgorithm algorithm) {
  return pki::encode_algorithm_identifier(algorithm);
}

// ecdsa-with-SHA512, which no responder of ours has.
pki::Bytes stranger() {
  pki::der::Writer writer;
  writer.sequence([&] { writer.oid(pki::make_oid("1.2.840.10045.4.3.4")); });
  return writer.take();
}

// What an answer is signed with, after it has been verified.
SignatureAlgorithm signed_with(World& world, const pki::Bytes& request) {
  const pki::Bytes answer = world.post(kSignPath, request);
  CHECK(verified(request, answer, "sign_ca.cer", world.clock.now()).front().cert_status ==
        ocsp::CertStatus(ocsp::Good{}));
  const auto response = ocsp::decode_response(answer).value();
  return pki::signature_algorithm_from(response.basic->signature_algorithm).value();
}

}  // namespace

TEST_CASE("a preference that the responder has no key for is answered with the responder's own algorithm") {
  struct Row {
    registry::SigningResponder material;
    SignatureAlgorithm own;
  };
  for (const Row& row : {Row{sign_material(), SignatureAlgorithm::rsa_sha256},
                         Row{p256_material(), SignatureAlgorithm::ecdsa_p256_sha256}}) {
    World world({.access = ocsp::AccessPolicy::open_to_all}, {row.material});
    world.issue(kSerial);
    const pki::Bytes rsa = identifier(SignatureAlgorithm::rsa_sha256);
    const pki::Bytes p256 = identifier(SignatureAlgorithm::ecdsa_p256_sha256);
    for (const auto& preferred : std::vector<std::vector<pki::Bytes>>{
             {rsa}, {p256}, {rsa, p256}, {p256, rsa}, {stranger()}, {stranger(), p256, rsa}, {}})
      for (const auto criticality : {Criticality::normal, Criticality::critical})
        CHECK(signed_with(world, preferring(preferred, criticality)) == row.own);
    CHECK(signed_with(world, question("sign_ca.cer", {kSerial})) == row.own);
    // Whatever is preferred, one kept answer serves all.
    CHECK(world.service->counters().cached_answers == 1);
  }
}
