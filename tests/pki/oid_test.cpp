// Object identifiers: our compile-time encoder against OpenSSL's.

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "pki/der.h"
#include "pki/hash.h"
#include "pki/oid.h"
#include "tests/support/command.h"

using namespace pki;

namespace {

struct Known {
  Oid oid;
  const char* dotted;
};

const std::vector<Known> kKnown = {
    {make_oid("0.0"), "0.0"},
    {make_oid("0.39"), "0.39"},
    {make_oid("1.0"), "1.0"},
    {make_oid("1.39.1"), "1.39.1"},
    {make_oid("2.0"), "2.0"},
    {make_oid("2.40.7"), "2.40.7"},
    {make_oid("2.999.3"), "2.999.3"},
    {make_oid("1.2.127.128.16383.16384.4294967295"), "1.2.127.128.16383.16384.4294967295"},
    {oids::kCrlNumber, "2.5.29.20"},
    {oids::kOcspNonce, "1.3.6.1.5.5.7.48.1.2"},
    {oids::kSha256WithRsa, "1.2.840.113549.1.1.11"},
    {oids::kPolicySign, "1.2.392.200149.8.5.1.1.20"},
    {oids::kPolicyAuth, "1.2.392.200149.8.5.1.3.30"},
    {oids::kItemName, "1.2.392.200149.8.5.5.1"},
    {oids::kItemAddressSubstitutes, "1.2.392.200149.8.5.5.6"},
    {oids::kSecp384r1, "1.3.132.0.34"},
    {make_oid("2.47"), "2.47"},
    {make_oid("2.48.1"), "2.48.1"},
    {oids::kKeyPurposeRequestSigning, "1.3.6.1.4.1.32473.1.1"},
    {oids::kKeyPurposePinlessRequest, "1.3.6.1.4.1.32473.1.2"},
    {oids::kFormerKeyPurposePinlessRequest, "2.25.48656613947607663598996213135220003476.1.2"},
    {make_oid("2.25.340282366920938463463374607431768211455.0"),
     "2.25.340282366920938463463374607431768211455.0"},
};

}  // namespace

TEST_CASE("known encodings") {
  CHECK(to_hex(make_oid("1.2.840.113549").content()) == "2A864886F70D");
  CHECK(to_hex(make_oid("2.999.3").content()) == "883703");
  CHECK(to_hex(oids::kSha256.content()) == "608648016503040201");
}

TEST_CASE("the dotted form comes back") {
  for (const Known& known : kKnown)
    CHECK(to_string(known.oid) == known.dotted);
}

TEST_CASE("OpenSSL writes the same bytes") {
  const support::TemporaryFolder folder;
  for (const Known& known : kKnown) {
    CAPTURE(std::string(known.dotted));
    const auto made = support::run(std::string("openssl asn1parse -noout -genstr OID:") + known.dotted +
                                   " -out " + folder.file("oid.der"));
    REQUIRE(made.exit_code == 0);
    der::Writer writer;
    writer.oid(known.oid);
    CHECK(to_hex(support::read_file(folder.file("oid.der"))) == to_hex(writer.view()));
    CHECK(der::Reader(writer.view()).read_oid().value() == known.oid);
  }
}

TEST_CASE("identifiers are compared by value, whatever their length") {
  CHECK(make_oid("1.2.3") == make_oid("1.2.3"));
  CHECK(make_oid("1.2.3") != make_oid("1.2.3.0"));
  const std::set<Oid> set = {make_oid("1.2.3"), make_oid("1.2.4"), make_oid("1.2.3")};
  CHECK(set.size() == 2);
}

TEST_CASE("digest algorithms are known by their identifiers") {
  for (const auto algorithm :
       {HashAlgorithm::sha1, HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    CHECK(hash_algorithm_from(oid_of(algorithm)) == algorithm);
    CHECK(digest(algorithm, {}).size() == digest_size(algorithm));
  }
  CHECK(hash_algorithm_from(oids::kRsaEncryption) == std::nullopt);
}
