// Distinguished names: exact string types and order, since names are compared by their bytes.

#include <doctest/doctest.h>

#include <string>

#include "pki/certificate.h"
#include "pki/distribution_point.h"
#include "pki/name.h"
#include "pki/text.h"
#include "tests/pki/public_cas.h"
#include "tests/support/command.h"

using namespace pki;

namespace {

const Name kSignCa({country("JP"), organization("JPKI-SIM"),
                    organizational_unit("JPKI for digital signature")});

// A Name with one attribute of the given string type.
Bytes one_attribute(std::uint8_t tag, std::string_view value) {
  der::Writer writer;
  writer.sequence(
      [&] { writer.set([&] { writer.sequence([&] { writer.oid(oids::kCommonName).text(tag, value); }); }); });
  return writer.take();
}

}  // namespace

TEST_CASE("the country is PrintableString, everything else UTF8String, in the given order") {
  CHECK(to_hex(kSignCa.encode()) ==
        "3045310B3009060355040613024A503111300F060355040A0C084A504B492D53494D31233021060355040B0C1A"
        "4A504B4920666F72206469676974616C207369676E6174757265");
  CHECK(kSignCa.to_string() == "C=JP, O=JPKI-SIM, OU=JPKI for digital signature");
  const auto decoded = Name::decode(kSignCa.encode());
  REQUIRE(decoded.has_value());
  CHECK(*decoded == kSignCa);
  CHECK(decoded->find(oids::kOrganizationName) == "JPKI-SIM");
  CHECK(decoded->find(oids::kCommonName).empty());
}

TEST_CASE("order and string type make different names") {
  const Name swapped({organization("JPKI-SIM"), country("JP")});
  const Name name({country("JP"), organization("JPKI-SIM")});
  CHECK_FALSE(swapped == name);
  CHECK_FALSE(equal(swapped.encode(), name.encode()));
  const Name printable({country("JP"), {oids::kOrganizationName, der::tag::kPrintableString, "JPKI-SIM"}});
  CHECK_FALSE(printable == name);
}

TEST_CASE("openssl reads names as we mean them") {
  const support::TemporaryFolder folder;
  support::write_file(folder.file("name.der"), Name({country("JP"), common_name("山田　太郎")}).encode());
  const auto parsed = support::run("openssl asn1parse -inform DER -in " + folder.file("name.der"));
  CHECK(parsed.output.find("PRINTABLESTRING   :JP") != std::string::npos);
  CHECK(parsed.output.find("UTF8STRING        :山田　太郎") != std::string::npos);
}

TEST_CASE("an empty name is a name") {
  const auto name = Name::decode(Bytes{0x30, 0x00});
  REQUIRE(name.has_value());
  CHECK(name->attributes().empty());
  CHECK(to_hex(name->encode()) == "3000");
}

TEST_CASE("names that are torn, multi-valued or of other string types are refused") {
  CHECK(Name::decode({}).has_error());
  CHECK(Name::decode(Bytes{0x31, 0x00}).has_error());
  Bytes trailing = kSignCa.encode();
  trailing.push_back(0);
  CHECK(Name::decode(trailing).has_error());
  constexpr std::uint8_t kBmpString = 0x1E, kTeletexString = 0x14;
  CHECK(Name::decode(one_attribute(kBmpString, {"\0A", 2})).has_error());
  CHECK(Name::decode(one_attribute(kTeletexString, "A")).has_error());
  CHECK(Name::decode(one_attribute(der::tag::kUtf8String, "A")).has_value());
  CHECK(Name::decode(one_attribute(der::tag::kIa5String, "A")).has_value());
  CHECK(Name::decode(one_attribute(der::tag::kUtf8String, "\xC0\x80")).has_error());
  der::Writer writer;
  writer.sequence([&] {
    writer.set([&] {
      writer.sequence([&] { writer.oid(oids::kCommonName).text(der::tag::kUtf8String, "A"); });
      writer.sequence([&] { writer.oid(oids::kLocalityName).text(der::tag::kUtf8String, "B"); });
    });
  });
  CHECK(Name::decode(writer.view()).has_error());
}

TEST_CASE("PrintableString and IA5String hold their own characters only (X.680 section 41.4)") {
  CHECK(Name::decode(one_attribute(der::tag::kPrintableString, "JPKI-SIM (a) '+,./:=?")).has_value());
  CHECK(Name::decode(one_attribute(der::tag::kPrintableString, "a@b")).has_error());
  CHECK(Name::decode(one_attribute(der::tag::kPrintableString, "山")).has_error());
  CHECK(Name::decode(one_attribute(der::tag::kIa5String, "山")).has_error());
}

TEST_CASE("well-formed UTF-8 is RFC 3629's, without NUL") {
  for (const char* good : {"", "A", "é", "山", "𠮷", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    CAPTURE(std::string(good));
    CHECK(is_utf8(good));
  }
  CHECK_FALSE(is_utf8({"a\0b", 3}));
  for (const char* wrong :
       {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF", "\xE5\xB1", "A\xE5\xB1Z", "\xE5\xB1\xB1\xB1"}) {
    CAPTURE(to_hex(as_bytes(wrong)));
    CHECK_FALSE(is_utf8(wrong));
  }
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("a山𠮷") == 3);
}

TEST_CASE("the names of the public CA certificates are read and written again as the same bytes") {
  for (const auto& file : public_cas::files()) {
    CAPTURE(file.filename().string());
    const auto certificate = Certificate::decode(support::read_file(file));
    REQUIRE(certificate.has_value());
    for (const ByteView der : {certificate->issuer(), certificate->subject()}) {
      const auto name = Name::decode(der);
      REQUIRE(name.has_value());
      CHECK(equal(name->encode(), der));
      CHECK(name->find(oids::kCountryName) == "JP");
      for (const NameAttribute& attribute : name->attributes())
        CHECK(attribute.string_tag ==
              (attribute.type == oids::kCountryName ? der::tag::kPrintableString : der::tag::kUtf8String));
    }
  }
}

TEST_CASE("one function writes the names of a distribution point, the URI last and only if there is one") {
  const DistributionPointNames both{kSignCa, "http://127.0.0.1:8080/crl/sign-1/132217/full.crl"};
  der::Writer writer;
  encode_distribution_point_name(writer, both);
  REQUIRE(der::validate(writer.view()).has_value());
  der::Reader reader(writer.view());
  der::Reader point = reader.enter(der::tag::context_constructed(0)).value();
  der::Reader names = point.enter(der::tag::context_constructed(0)).value();
  const der::Element directory = names.read(der::tag::context_constructed(4)).value();
  CHECK(equal(directory.content, kSignCa.encode()));
  CHECK(as_text(names.read(der::tag::context(6)).value().content) == *both.uri);
  CHECK(names.at_end());
  der::Writer without;
  encode_distribution_point_name(without, {kSignCa, std::nullopt});
  CHECK(without.view().size() < writer.view().size());
  CHECK(to_string(DistributionPoint{132217}) == "132217");
  CHECK(to_string(DistributionPoint{13617}) == "013617");
  CHECK(kWholeGeneration.is_whole_generation());
}
