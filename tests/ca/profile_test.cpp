// Certificates as they leave the authority, read back field by field: docs/profiles.md.

#include "ca/profile.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>

#include "pki/birth_date.h"
#include "pki/certificate.h"
#include "pki/public_key.h"
#include "registry/issuers.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

namespace tag = pki::der::tag;
using pki::CertificateKind;
using support::AuthorityWorld;

// "2.5.29.15 critical", one text an extension, in order.
std::vector<std::string> extensions_of(const pki::Certificate& certificate) {
  std::vector<std::string> list;
  for (const pki::Extension& extension : certificate.extensions())
    list.push_back(pki::to_string(extension.id) + (extension.critical ? " critical" : ""));
  return list;
}

pki::ByteView value_of(const pki::Certificate& certificate, const pki::Oid& id) {
  const pki::Extension* const extension = certificate.find_extension(id);
  REQUIRE(extension != nullptr);
  return extension->value;
}

struct OtherName {
  std::string type, value;
  friend bool operator==(const OtherName&, const OtherName&) = default;
};

std::vector<OtherName> other_names(pki::ByteView value) {
  std::vector<OtherName> names;
  pki::der::Reader outer(value);
  for (auto list = outer.enter_sequence().value(); !list.at_end();) {
    auto name = list.enter(tag::context_constructed(0)).value();
    const std::string type = pki::to_string(name.read_oid().value());
    auto explicit_value = name.enter(tag::context_constructed(0)).value();
    names.push_back({type, std::string(pki::as_text(explicit_value.read(tag::kUtf8String)->content))});
  }
  return names;
}

// The directoryName that a GeneralNames consists of.
pki::Name only_directory_name(pki::ByteView value) {
  pki::der::Reader outer(value);
  auto names = outer.enter_sequence().value();
  const auto name = names.read(tag::context_constructed(4)).value();
  CHECK(names.at_end());
  return pki::Name::decode(name.content).value();
}

bool contains(const pki::Bytes& bytes, std::string_view text) {
  const pki::ByteView wanted = pki::as_bytes(text);
  return std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()) != bytes.end();
}

pki::Certificate decoded(const pki::Bytes& der) {
  return pki::Certificate::decode(der).value();
}

constexpr const char* kPolicyStart = "1.2.392.200149.8.5.1.";

}  // namespace

TEST_CASE("an authentication certificate has the extensions of JPKI in their order and criticality") {
  AuthorityWorld world;
  const auto issued = world.issue(world.add_resident(), CertificateKind::auth);
  const pki::Certificate certificate = decoded(issued.der);
  CHECK(extensions_of(certificate) ==
        std::vector<std::string>{"2.5.29.15 critical", "2.5.29.37", "2.5.29.32 critical", "2.5.29.18",
                                 "2.5.29.31", "1.3.6.1.5.5.7.1.1", "2.5.29.35", "2.5.29.14"});
  CHECK(pki::to_hex(value_of(certificate, pki::oids::kKeyUsage)) == "03020780");
  CHECK(pki::to_hex(value_of(certificate, pki::oids::kExtendedKeyUsage)) == "300A06082B06010505070302");
}

TEST_CASE("a signing certificate has the extensions of JPKI in their order and criticality, AIA last") {
  AuthorityWorld world;
  const auto issued = world.issue(world.add_resident(), CertificateKind::sign);
  const pki::Certificate certificate = decoded(issued.der);
  CHECK(extensions_of(certificate) ==
        std::vector<std::string>{"2.5.29.15 critical", "2.5.29.17", "2.5.29.32 critical", "2.5.29.18",
                                 "2.5.29.31", "2.5.29.35", "2.5.29.14", "1.3.6.1.5.5.7.1.1"});
  CHECK(pki::to_hex(value_of(certificate, pki::oids::kKeyUsage)) == "030206C0");
}

TEST_CASE("the switches of the profile add and take away what they name and nothing else") {
  AuthorityWorld world({.profile = {.crl_uri_in_certificates = false,
                                    .freshest_crl_in_certificates = true,
                                    .aia_in_signing_certificates = false}});
  const auto id = world.add_resident();
  CHECK(extensions_of(decoded(world.issue(id, CertificateKind::sign).der)) ==
        std::vector<std::string>{"2.5.29.15 critical", "2.5.29.17", "2.5.29.32 critical", "2.5.29.18",
                                 "2.5.29.31", "2.5.29.35", "2.5.29.14", "2.5.29.46"});
  const auto auth = world.issue(id, CertificateKind::auth);
  CHECK(extensions_of(decoded(auth.der)).back() == "2.5.29.46");
  const auto points =
      pki::distribution_point_uris(value_of(decoded(auth.der), pki::oids::kCrlDistributionPoints));
  CHECK(points->empty());
  CHECK(pki::distribution_point_uris(value_of(decoded(auth.der), pki::oids::kFreshestCrl))->front() ==
        "http://127.0.0.1:8080/crl/auth-1/132217/delta.crl");
}

TEST_CASE("the recorded items are six otherNames of UTF8String in the order .1 .4 .3 .5 .2 .6") {
  AuthorityWorld world;
  const auto id = world.add_resident([](registry::Resident& resident) {
    resident.name = "髙橋　花子";
    resident.sex = registry::Sex::female;
    resident.address = "東京都清瀬市𠮷町１－２";
  });
  const auto issued = world.issue(id, CertificateKind::sign);
  const std::string arc = "1.2.392.200149.8.5.5.";
  CHECK(other_names(value_of(decoded(issued.der), pki::oids::kSubjectAltName)) ==
        std::vector<OtherName>{{arc + "1", "高橋　花子"},
                               {arc + "4", "319800217"},
                               {arc + "3", "2"},
                               {arc + "5", "東京都清瀬市吉町１−２"},
                               {arc + "2", "10000"},
                               {arc + "6", "00000010000"}});
}

TEST_CASE("names are recorded in full width with one full-width space, as addresses are") {
  AuthorityWorld world;
  const auto recorded = [&](const std::string& name) {
    const auto id = world.add_resident([&](registry::Resident& resident) { resident.name = name; });
    const auto names = other_names(
        value_of(decoded(world.issue(id, CertificateKind::sign).der), pki::oids::kSubjectAltName));
    return names.at(0).value + "/" + names.at(4).value;
  };
  CHECK(recorded("模擬 太郎") == "模擬　太郎/00000");
  CHECK(recorded(" 模擬　 太郎 ") == "模擬　太郎/00000");
  CHECK(recorded("ﾓｷﾞ ﾀﾛｳ") == "モギ　タロウ/000000");
  CHECK(recorded("Taro Mogi") == "Ｔａｒｏ　Ｍｏｇｉ/000000000");
  CHECK(recorded("𠀋 太郎") == "〓　太郎/1000");
}

TEST_CASE("the operator's substitutes stand in the certificate and are flagged") {
  AuthorityWorld world;
  const auto id = world.add_resident([](registry::Resident& resident) { resident.name = "髙橋　花子"; });
  auto request = AuthorityWorld::issue_request(id, CertificateKind::sign);
  request.name_substitute = "高橋　花子";
  const auto issued = world.issuance->issue(request);
  REQUIRE(issued.has_value());
  const auto names = other_names(value_of(decoded(issued->der), pki::oids::kSubjectAltName));
  CHECK(names.at(0).value == "高橋　花子");
  CHECK(names.at(4).value == "10000");
}

TEST_CASE("birth dates carry the era's digit, unknown sex its configured code, people abroad their leaving") {
  AuthorityWorld world;
  const auto item = [&](std::size_t position, const std::function<void(registry::Resident&)>& change) {
    const auto issued = world.issue(world.add_resident(change), CertificateKind::sign);
    return other_names(value_of(decoded(issued.der), pki::oids::kSubjectAltName)).at(position).value;
  };
  const auto born = [&](pki::Date birth) {
    return item(1, [&](registry::Resident& resident) { resident.birth = birth; });
  };
  using support::day;
  CHECK(born(day(1912, 7, 29)) == "119120729");
  CHECK(born(day(1912, 7, 30)) == "219120730");
  CHECK(born(day(1926, 12, 25)) == "319261225");
  CHECK(born(day(1989, 1, 7)) == "319890107");
  CHECK(born(day(1989, 1, 8)) == "419890108");
  // Unknown parts are zeros; the era is 0 where they leave it open.
  CHECK(born(pki::parse_birth_date("1980-02-00").value()) == "319800200");
  CHECK(born(pki::parse_birth_date("1980-00-00").value()) == "319800000");
  CHECK(born(pki::parse_birth_date("1989-00-00").value()) == "019890000");
  CHECK(born(pki::parse_birth_date("0000-00-00").value()) == "000000000");
  CHECK(item(2, [](registry::Resident& resident) { resident.sex = registry::Sex::unknown; }) == "9");
  const std::string abroad = item(3, [](registry::Resident& resident) {
    resident.residency = registry::Residency::abroad;
    resident.left_japan = day(2026, 6, 1);
    resident.address.clear();
  });
  CHECK(abroad.find("国外転出者") == 0);
  CHECK(abroad.find("２０２６年６月１日") != std::string::npos);
}

TEST_CASE("the subject of a signing certificate is C, L prefecture, L municipality and a CN of 28") {
  AuthorityWorld world;
  const auto id =
      world.add_resident([](registry::Resident& resident) { resident.municipality = support::kSapporoChuo; });
  const auto issued = world.issue(id, CertificateKind::sign);
  const pki::Name subject = pki::Name::decode(decoded(issued.der).subject()).value();
  const auto& attributes = subject.attributes();
  REQUIRE(attributes.size() == 4);
  CHECK(attributes[0] == pki::NameAttribute{pki::oids::kCountryName, tag::kPrintableString, "JP"});
  CHECK(attributes[1].type == pki::oids::kLocalityName);
  CHECK(attributes[1].value == "Hokkaido");
  CHECK(attributes[2].value == "Sapporo-shi-Chuo-ku");
  CHECK(attributes[3].string_tag == tag::kUtf8String);
  // The request's moment in Japan, five digits, the window of the municipality.
  CHECK(std::regex_match(attributes[3].value, std::regex("20261123140000[0-9]{5}01101001A")));
}

TEST_CASE("the subject of an authentication certificate is C and a CN of 23 that is drawn") {
  AuthorityWorld world;
  const auto first = world.issue(world.add_resident(), CertificateKind::auth);
  const auto second = world.issue(world.add_resident(), CertificateKind::auth);
  std::vector<std::string> names;
  for (const auto& issued : {first, second}) {
    const pki::Name subject = pki::Name::decode(decoded(issued.der).subject()).value();
    REQUIRE(subject.attributes().size() == 2);
    names.emplace_back(subject.find(pki::oids::kCommonName));
    CHECK(std::regex_match(names.back(), std::regex("[0-9A-Z]{14}13221001A")));
  }
  CHECK(names[0] != names[1]);
}

TEST_CASE("no bytes of an authentication certificate give name, address, birth or id of its holder") {
  AuthorityWorld world;
  // "模擬" itself stands in the issuer's alternative name.
  const auto id = world.add_resident([](registry::Resident& resident) { resident.name = "架空　花子"; });
  const auto issued = world.issue(id, CertificateKind::auth);
  for (const std::string& item : {std::string("架空"), std::string("花子"), std::string("東京都清瀬市"),
                                  std::string("1980"), to_string(id)}) {
    CAPTURE(item);
    CHECK_FALSE(contains(issued.der, item));
  }
  CHECK(contains(world.issue(id, CertificateKind::sign).der, "架空　花子"));
}

TEST_CASE("policies, issuerAltName, CRLDP, AIA, AKI and SKI hold what the profile says") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  for (const auto kind : {CertificateKind::auth, CertificateKind::sign}) {
    const bool sign = kind == CertificateKind::sign;
    CAPTURE(sign);
    const auto issued = world.issue(id, kind);
    const pki::Certificate certificate = decoded(issued.der);
    const registry::SigningIssuer& ca = world.authority->current(pki::ca_of(kind));

    pki::der::Reader policies(value_of(certificate, pki::oids::kCertificatePolicies));
    auto policy = policies.enter_sequence()->enter_sequence().value();
    CHECK(pki::to_string(policy.read_oid().value()) == kPolicyStart + std::string(sign ? "1.20" : "3.30"));
    auto qualifier = policy.enter_sequence()->enter_sequence().value();
    CHECK(pki::to_string(qualifier.read_oid().value()) == "1.3.6.1.5.5.7.2.1");
    CHECK(pki::as_text(qualifier.read(tag::kIa5String)->content) == "http://127.0.0.1:8080/cps");

    CHECK(only_directory_name(value_of(certificate, pki::oids::kIssuerAltName)).to_string() ==
          std::string("C=JP, O=公的個人認証サービス（模擬）, OU=公的個人認証サービス") +
              (sign ? "署名用" : "利用者証明用") + "（模擬）, OU=地方公共団体情報システム機構");

    const std::string name = sign ? "sign" : "auth";
    CHECK(pki::distribution_point_uris(value_of(certificate, pki::oids::kCrlDistributionPoints)).value() ==
          std::vector<std::string>{"http://127.0.0.1:8080/crl/" + name + "-1/132217/full.crl"});
    CHECK(pki::ocsp_uri(value_of(certificate, pki::oids::kAuthorityInfoAccess)).value() ==
          "http://127.0.0.1:8080/ocsp/" + name);

    pki::der::Reader identifier(value_of(certificate, pki::oids::kAuthorityKeyIdentifier));
    auto parts = identifier.enter_sequence().value();
    CHECK(pki::equal(parts.read(tag::context(0))->content,
                     pki::key_identifier(ca.signer()->public_key()).value()));
    const auto issuer = parts.enter(tag::context_constructed(1))->read(tag::context_constructed(4)).value();
    CHECK(pki::equal(issuer.content, decoded(ca.certificate()).subject()));
    CHECK(pki::read_big_endian(parts.read(tag::context(2))->content) == ca.serial().value);
    CHECK(parts.at_end());

    pki::der::Reader own(value_of(certificate, pki::oids::kSubjectKeyIdentifier));
    CHECK(pki::equal(own.read_octet_string().value(),
                     pki::key_identifier(certificate.subject_public_key_info()).value()));
    CHECK(pki::equal(certificate.issuer(), decoded(ca.certificate()).subject()));
    CHECK(pki::is_signed_by(certificate, ca.signer()->public_key()));
  }
}

TEST_CASE("a distribution point is named by CA, prefecture and municipality") {
  AuthorityWorld world;
  const auto name = registry::find_point_names(world.read(), {pki::CaName::auth, 1}, {support::kKiyose});
  REQUIRE(name.has_value());
  CHECK(name->directory_name.to_string() ==
        "C=JP, O=JPKI-SIM, OU=JPKI for user authentication, OU=CRL Distribution Points, OU=Tokyo-to, "
        "CN=Kiyose-shi CRLDP");
  CHECK(name->uri == "http://127.0.0.1:8080/crl/auth-1/132217/full.crl");
}

TEST_CASE("the 1,892 distribution points of each CA have different names, both called Esashi among them") {
  AuthorityWorld world({.profile = {}, .places = support::Places::all});
  const auto transaction = world.read();
  std::set<pki::Bytes> names;
  std::set<std::string> uris;
  std::size_t points = 0;
  for (const auto ca : {pki::CaName::sign, pki::CaName::auth}) {
    const registry::IssuerId issuer{ca, 1};
    const auto all = registry::points_of(transaction, issuer);
    CHECK(all.size() == 1892);
    for (const pki::DistributionPoint point : all) {
      const auto found = registry::find_point_names(transaction, issuer, point).value();
      names.insert(found.directory_name.encode());
      uris.insert(found.uri.value());
      ++points;
    }
    for (const auto& [code, cn] : {std::pair{support::kEsashiHiyama, "Esashi-cho 013617 CRLDP"},
                                   std::pair{support::kEsashiSoya, "Esashi-cho 015148 CRLDP"}})
      CHECK(registry::find_point_names(transaction, issuer, {code})
                ->directory_name.find(pki::oids::kCommonName) == cn);
  }
  CHECK(names.size() == points);
  CHECK(uris.size() == points);
}

TEST_CASE("the names of J-LIS's own certificates are refused, in any spelling") {
  for (const char* name : {"JPKI", "jpki", "Jpki", " JPKI ", "J P K I", "JPKI-TEST", "jpki-test"}) {
    CAPTURE(name);
    const auto profile = Profile::make({.organization = name});
    REQUIRE(profile.has_error());
    CHECK(profile.error().code == pki::Errc::invalid_value);
    CHECK(profile.error().field == "organization");
  }
  for (const char* name : {"JPKI-SIM", "Example", "模擬機構"})
    CHECK(Profile::make({.organization = name}).has_value());
}

TEST_CASE("a profile with a wrong value names the field") {
  const auto field = [](const ProfileConfig& config) {
    const auto profile = Profile::make(config);
    return profile ? std::string("accepted") : profile.error().field;
  };
  CHECK(field({.organization = ""}) == "organization");
  CHECK(field({.organization = std::string(65, 'x')}) == "organization");
  CHECK(field({.organization = "\xFF"}) == "organization");
  for (const char* url : {"", "http://", "ftp://x", "http://x/", "http://x y", "example.com", "http://x?y"})
    CHECK(field({.public_url = url}) == "urls.public");
  for (const char* code : {"", "10", "x"})
    CHECK(field({.unknown_sex_code = code}) == "unknown_sex_code");
  CHECK(field({.issuing = {.minimum_age_for_signing = -1}}) == "minimum_age_for_signing");
  CHECK(field({}) == "accepted");
}

}  // namespace ca
