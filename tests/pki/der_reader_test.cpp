// The strict reader: what BER allows and DER does not is refused, row by row (X.690 sections 8 to 11).

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "pki/der.h"
#include "tests/support/command.h"

using namespace pki;

namespace {

Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != ' ') digits.push_back(c);
  return from_hex(digits).value();
}

// `levels` SEQUENCEs inside one another, the innermost empty.
Bytes nested(int levels) {
  Bytes encoding;
  for (int i = 0; i < levels; ++i) {
    Bytes outer = der::header(der::tag::kSequence, encoding.size());
    append(outer, encoding);
    encoding = outer;
  }
  return encoding;
}

struct Row {
  const char* rule;
  const char* encoding;
};

}  // namespace

TEST_CASE("validate accepts what DER allows") {
  const std::vector<Row> rows = {
      {"NULL", "05 00"},
      {"TRUE", "01 01 FF"},
      {"FALSE", "01 01 00"},
      {"zero", "02 01 00"},
      {"127", "02 01 7F"},
      {"128 with its sign byte", "02 02 00 80"},
      {"minus one", "02 01 FF"},
      {"minus 129", "02 02 FF 7F"},
      {"an integer beyond 64 bits", "02 0A 01 00 00 00 00 00 00 00 00 00"},
      {"an empty OCTET STRING", "04 00"},
      {"an empty BIT STRING", "03 01 00"},
      {"a BIT STRING with seven unused bits", "03 02 07 80"},
      {"an empty SEQUENCE", "30 00"},
      {"an empty SET", "31 00"},
      {"a SET OF in order", "31 06 02 01 01 02 01 02"},
      {"a SET OF equal elements", "31 06 02 01 01 02 01 01"},
      {"an OID", "06 03 55 1D 14"},
      {"[0] primitive", "80 02 01 02"},
      {"[0] constructed", "A0 02 05 00"},
      {"UTF8String", "0C 02 C3 A9"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.rule));
    CHECK(der::validate(hex(row.encoding)).has_value());
  }
}

TEST_CASE("validate refuses what only BER allows, and what no encoding allows") {
  const std::vector<Row> rows = {
      {"nothing at all", ""},
      {"a tag without a length", "05"},
      {"an indefinite length", "30 80 05 00 00 00"},
      {"an indefinite length of a string", "24 80 04 01 00 00 00"},
      {"a reserved length byte", "04 FF 00"},
      {"a long length that fits the short form", "04 81 01 00"},
      {"a long length of 127 bytes", "04 81 7F"},
      {"a length with a leading zero byte", "04 82 00 81"},
      {"a length cut short", "04 82 01"},
      {"a length of five bytes", "04 85 01 00 00 00 00"},
      {"content cut short", "04 02 00"},
      {"content far shorter than promised", "04 84 7F FF FF FF 00"},
      {"bytes after the end", "05 00 00"},
      {"two elements", "05 00 05 00"},
      {"a high tag number", "1F 20 00"},
      {"a high context tag", "9F 81 00 00"},
      {"an empty INTEGER", "02 00"},
      {"an INTEGER with a redundant 00", "02 02 00 7F"},
      {"an INTEGER with a redundant FF", "02 02 FF 80"},
      {"an ENUMERATED with a redundant 00", "0A 02 00 01"},
      {"an empty BOOLEAN", "01 00"},
      {"a BOOLEAN of 01", "01 01 01"},
      {"a BOOLEAN of two bytes", "01 02 FF FF"},
      {"a NULL with content", "05 01 00"},
      {"an empty BIT STRING without its count", "03 00"},
      {"a BIT STRING with eight unused bits", "03 02 08 00"},
      {"unused bits of nothing", "03 01 01"},
      {"unused bits that are set", "03 02 07 81"},
      {"an empty OID", "06 00"},
      {"an OID cut short", "06 02 55 9D"},
      {"an OID arc with a leading 80", "06 03 55 80 01"},
      {"a SET OF out of order", "31 06 02 01 02 02 01 01"},
      {"a mistake deep inside", "30 06 A0 04 30 02 05 01"},
      {"a child longer than its parent", "30 03 04 02 00"},
      {"a constructed element with a torn child", "30 01 05"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.rule));
    const auto result = der::validate(hex(row.encoding));
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::malformed);
    CHECK_FALSE(result.error().text().empty());
  }
}

TEST_CASE(
    "universal string and sequence types come in one form only: strings primitive, SEQUENCE constructed") {
  const std::vector<Row> rows = {
      {"a constructed OCTET STRING", "24 03 04 01 00"}, {"a constructed BIT STRING", "23 04 03 02 00 00"},
      {"a constructed UTF8String", "2C 03 0C 01 41"},   {"a constructed INTEGER", "22 03 02 01 01"},
      {"a primitive SEQUENCE", "10 02 05 00"},          {"a primitive SET", "11 00"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.rule));
    CHECK(der::validate(hex(row.encoding)).has_error());
  }
}

TEST_CASE("nesting is limited, whatever the input's size") {
  CHECK(der::validate(nested(30)).has_value());
  CHECK(der::validate(nested(33 + 1)).has_error());
  CHECK(der::validate(nested(10'000)).has_error());
}

TEST_CASE("the verdict of each corpus file is in its name") {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(support::source_folder() / "tests/fuzz/corpus/der")) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const bool valid = der::validate(support::read_file(entry.path())).has_value();
    if (name.starts_with("good_")) CHECK(valid);
    if (name.starts_with("invalid_")) CHECK_FALSE(valid);
    ++files;
  }
  CHECK(files >= 15);
}

TEST_CASE("read leaves the reader after the element and checks the tag") {
  const Bytes input = hex("02 01 05 04 01 AA");
  der::Reader reader(input);
  CHECK(reader.peek() == der::tag::kInteger);
  CHECK(reader.read_unsigned().value() == 5);
  CHECK(reader.finish().has_error());
  CHECK(reader.read_optional(der::tag::kInteger).value() == std::nullopt);
  CHECK(to_hex(reader.read_octet_string().value()) == "AA");
  CHECK(reader.at_end());
  CHECK(reader.peek() == std::nullopt);
  CHECK(reader.finish().has_value());
  CHECK(reader.read_optional(der::tag::kInteger).value() == std::nullopt);
  CHECK(reader.read_any().has_error());
  CHECK(der::Reader(input).read(der::tag::kNull).has_error());
}

TEST_CASE("an element gives its content and its whole encoding") {
  const Bytes input = hex("30 03 02 01 05");
  der::Reader reader(input);
  const der::Element element = reader.read_any().value();
  CHECK(element.tag == der::tag::kSequence);
  CHECK(to_hex(element.content) == "020105");
  CHECK(equal(element.encoding, input));
}

TEST_CASE("unsigned integers reach up to 64 bits and are never negative") {
  const auto read = [](std::string_view text) {
    const Bytes input = hex(text);
    return der::Reader(input).read_unsigned();
  };
  CHECK(read("02 01 00").value() == 0);
  CHECK(read("02 09 00 FF FF FF FF FF FF FF FF").value() == UINT64_MAX);
  CHECK(read("02 08 7F FF FF FF FF FF FF FF").value() == INT64_MAX);
  CHECK(read("02 09 01 00 00 00 00 00 00 00 00").has_error());
  CHECK(read("02 0A 01 00 00 00 00 00 00 00 00 00").has_error());
  CHECK(read("02 01 80").has_error());
  CHECK(read("02 08 FF 00 00 00 00 00 00 00").has_error());
  CHECK(read("02 00").has_error());
  CHECK(read("0A 01 05").has_error());
}

TEST_CASE("enumerated values have one byte") {
  const auto read = [](std::string_view text) {
    const Bytes input = hex(text);
    return der::Reader(input).read_enumerated();
  };
  CHECK(read("0A 01 0A").value() == 10);
  CHECK(read("0A 01 80").has_error());
  CHECK(read("0A 02 00 80").has_error());
  CHECK(read("0A 00").has_error());
  CHECK(read("02 01 01").has_error());
}

TEST_CASE("a BOOLEAN is FF or 00") {
  const auto read = [](std::string_view text) {
    const Bytes input = hex(text);
    return der::Reader(input).read_boolean();
  };
  CHECK(read("01 01 FF").value() == true);
  CHECK(read("01 01 00").value() == false);
  CHECK(read("01 01 01").has_error());
  CHECK(read("01 00").has_error());
}

TEST_CASE("a BIT STRING gives its bytes and unused bits") {
  const Bytes input = hex("03 03 04 AB C0");
  const der::BitString bits = der::Reader(input).read_bit_string().value();
  CHECK(to_hex(bits.bytes) == "ABC0");
  CHECK(bits.unused == 4);
}

TEST_CASE("an object identifier too long to be one of ours is refused, not cut") {
  const Bytes longest(31, 0x01), too_long(32, 0x01);
  CHECK(der::decode_oid(longest).value().content().size() == 31);
  CHECK(der::decode_oid(too_long).has_error());
  CHECK(der::decode_oid({}).has_error());
}
