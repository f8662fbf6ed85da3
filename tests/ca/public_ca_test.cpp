// Our CA certificates against the six that J-LIS published, where a copy of those lies at hand.
//
// JPKI_PUBLIC_CA_DIR names a folder with them; they are not part of this repository.

#include <doctest/doctest.h>

#include "law/validity.h"
#include "pki/certificate.h"
#include "store/write_time.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

namespace tag = pki::der::tag;

enum class OctetStrings { opened, closed };

// Tags and object identifiers, nested, without any other content: what two encodings have in common that
// differ in names, numbers and keys alone. The value of an extension is opened, its own content is not.
std::string shape(pki::ByteView content, OctetStrings octet_strings = OctetStrings::opened) {
  std::string text;
  pki::der::Reader reader(content);
  while (!reader.at_end()) {
    const pki::der::Element element = reader.read_any().value();
    text += pki::to_hex({&element.tag, 1});
    if ((element.tag & 0x20U) != 0) {
      text += "{" + shape(element.content, octet_strings) + "}";
    } else if (element.tag == tag::kOid) {
      text += "(" + pki::to_string(pki::der::decode_oid(element.content).value()) + ")";
    } else if (element.tag == tag::kBoolean) {
      text += "(" + pki::to_hex(element.content) + ")";
    } else if (element.tag == tag::kOctetString && octet_strings == OctetStrings::opened &&
               pki::der::validate(element.content)) {
      text += "[" + shape(element.content, OctetStrings::closed) + "]";
    }
    text += " ";
  }
  return text;
}

std::vector<pki::Certificate> public_certificates() {
  // Where the sources lie beside the material of this project, nobody has to say where.
  const char* const named = std::getenv("JPKI_PUBLIC_CA_DIR");  // NOLINT(concurrency-mt-unsafe)
  const std::filesystem::path folder = named != nullptr
                                           ? std::filesystem::path(named)
                                           : support::source_folder().parent_path() / "shared/data/jpki-ca";
  std::vector<pki::Certificate> list;
  if (!std::filesystem::is_directory(folder)) return list;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto certificate = pki::Certificate::decode(support::read_file(entry.path()));
    CAPTURE(entry.path().string());
    REQUIRE(certificate.has_value());
    list.push_back(std::move(*certificate));
  }
  return list;
}

}  // namespace

TEST_CASE("our CA certificates have the shape of the six public ones, extension by extension") {
  const auto published = public_certificates();
  if (published.empty()) {
    MESSAGE("skipped: JPKI_PUBLIC_CA_DIR names no folder with the public CA certificates");
    return;
  }
  CHECK(published.size() == 6);
  support::AuthorityWorld world;
  for (const pki::Certificate& theirs : published) {
    const pki::Name name = pki::Name::decode(theirs.subject()).value();
    CAPTURE(name.to_string());
    const bool sign = name.to_string().find("digital signature") != std::string::npos;
    const auto& ca = world.authority->current(sign ? pki::CaName::sign : pki::CaName::auth);
    const pki::Certificate ours = pki::Certificate::decode(ca.certificate()).value();
    CHECK(shape(ours.der()) == shape(theirs.der()));
    for (const pki::Oid& same : {pki::oids::kKeyUsage, pki::oids::kBasicConstraints})
      CHECK(pki::equal(ours.find_extension(same)->value, theirs.find_extension(same)->value));
    CHECK(pki::equal(theirs.subject(), theirs.issuer()));
    CHECK(theirs.not_after() == law::end_of_ca_validity(theirs.not_before()));
    // The same names but for the organisation, which is J-LIS's own.
    auto attributes = name.attributes();
    CHECK(attributes.at(1).value == "JPKI");
    attributes.at(1).value = "JPKI-SIM";
    CHECK(pki::Name::decode(ours.subject())->attributes() == attributes);
  }
}

TEST_CASE("a CA certificate is self-signed, v3, with five extensions and its own name as CRLDP") {
  support::AuthorityWorld world;
  for (const auto name : {pki::CaName::sign, pki::CaName::auth}) {
    const auto& ca = world.authority->current(name);
    const pki::Certificate certificate = pki::Certificate::decode(ca.certificate()).value();
    std::vector<std::string> extensions;
    for (const pki::Extension& extension : certificate.extensions())
      extensions.push_back(pki::to_string(extension.id) + (extension.critical ? " critical" : ""));
    CHECK(extensions == std::vector<std::string>{"2.5.29.15 critical", "2.5.29.17", "2.5.29.19 critical",
                                                 "2.5.29.31", "2.5.29.14"});
    CHECK(pki::to_hex(certificate.find_extension(pki::oids::kKeyUsage)->value) == "03020106");
    CHECK(pki::to_hex(certificate.find_extension(pki::oids::kBasicConstraints)->value) == "30030101FF");
    CHECK(pki::is_signed_by(certificate, ca.signer()->public_key()));
    CHECK(certificate.not_before() == support::kStart);
    CHECK(pki::to_rfc3339(certificate.not_after()) == "2036-11-22T14:59:59Z");
    CHECK(pki::Name::decode(certificate.subject())->to_string() ==
          std::string("C=JP, O=JPKI-SIM, OU=JPKI for ") +
              (name == pki::CaName::sign ? "digital signature" : "user authentication") +
              ", OU=Japan Agency for Local Authority Information Systems");
  }
}

TEST_CASE("a responder's certificate is short-lived, for OCSP signing alone, and marked nocheck") {
  support::AuthorityWorld world;
  const auto responders = load_responders(world.read(), world.keys).value();
  CHECK(responders.size() == 2);
  for (const registry::SigningResponder& responder : responders) {
    const pki::Certificate certificate = pki::Certificate::decode(responder.certificate).value();
    std::vector<std::string> extensions;
    for (const pki::Extension& extension : certificate.extensions())
      extensions.push_back(pki::to_string(extension.id));
    CHECK(extensions == std::vector<std::string>{"2.5.29.15", "2.5.29.37", "1.3.6.1.5.5.7.48.1.5",
                                                 "2.5.29.35", "2.5.29.14"});
    CHECK(certificate.not_after() == support::kStart + kResponderLife);
    CHECK(pki::is_signed_by(certificate,
                            pki::Certificate::decode(responder.ca_certificate)->subject_public_key_info()));
  }
}

namespace {

struct RenewalWorld : support::AuthorityWorld {
  bool renew() {
    return renew_responder_if_due({.writer = *writer,
                                   .environment = *environment,
                                   .keys = keys,
                                   .make_key = make_key,
                                   .algorithm = pki::KeyAlgorithm::ecdsa_p256},
                                  authority->current(pki::CaName::sign), clock.now())
        .value();
  }
  [[nodiscard]] pki::Certificate responder() const {
    return pki::Certificate::decode(load_responders(read(), keys)->at(0).certificate).value();
  }

  pki::Rng rng = pki::Rng::seeded(1);
  const KeySource make_key = [this](std::string_view, pki::KeyAlgorithm algorithm) {
    return pki::PrivateKey::generate(algorithm, rng);
  };
};

// What `jpki clock repair` does to a store that was written in a false future.
void take_changes_again(support::AuthorityWorld& world) {
  auto transaction = store::begin_exclusive_write(*world.environment);
  store::set_last_write_time(transaction, world.clock.now());
  transaction.commit();
}

}  // namespace

// RFC 5280 section 6.1.3: a path is valid only while the CA's certificate is.
TEST_CASE("a responder ends no later than its CA, and has no successor then") {
  RenewalWorld world;
  const pki::Time end = world.authority->current(pki::CaName::sign).not_after();
  world.clock.set(end - std::chrono::days{29});
  CHECK(world.renew());
  CHECK(world.responder().not_after() == end);
  world.clock.set(end - std::chrono::days{5});
  CHECK_FALSE(world.renew());
  world.clock.set(end + std::chrono::hours{1});
  CHECK_FALSE(world.renew());
}

TEST_CASE("a responder that was made in a false future is replaced") {
  RenewalWorld world;
  world.clock.advance(std::chrono::days{1096});
  CHECK(world.renew());
  world.clock.set(support::kStart + std::chrono::hours{1});
  take_changes_again(world);
  CHECK(world.renew());
  CHECK(world.responder().not_before() == world.clock.now());
  CHECK_FALSE(world.renew());
}

TEST_CASE("a responder is renewed within its last ten days, with a new key and serial") {
  RenewalWorld world;
  const auto renew = [&] { return world.renew(); };
  CHECK_FALSE(renew());
  const pki::Bytes before = load_responders(world.read(), world.keys)->at(0).certificate;
  world.clock.advance(kResponderLife - kResponderRenewal - std::chrono::seconds{1});
  CHECK_FALSE(renew());
  world.clock.advance(std::chrono::seconds{1});
  CHECK(renew());
  CHECK_FALSE(renew());
  const pki::Certificate after =
      pki::Certificate::decode(load_responders(world.read(), world.keys)->at(0).certificate).value();
  CHECK(after.not_after() == world.clock.now() + kResponderLife);
  CHECK_FALSE(pki::equal(after.serial_content(), pki::Certificate::decode(before)->serial_content()));
  CHECK_FALSE(pki::equal(after.subject_public_key_info(),
                         pki::Certificate::decode(before)->subject_public_key_info()));
}

}  // namespace ca
