// The writer, and the property that ties it to the reader: what it writes, the reader passes and reads back.

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "pki/der.h"
#include "tests/support/command.h"
#include "tests/support/seed.h"

using namespace pki;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) {
  return static_cast<std::size_t>(random() % bound);
}

Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>(random());
  return bytes;
}

void write_random_leaf(der::Writer& writer, Random& random) {
  switch (below(random, 8)) {
    case 0:
      writer.boolean(below(random, 2) == 0);
      break;
    // All sizes of integers, not only large ones.
    case 1:
      writer.integer(random() >> below(random, 64));
      break;
    case 2:
      writer.octet_string(random_bytes(random, below(random, 400)));
      break;
    case 3:
      writer.bit_string(random_bytes(random, below(random, 40)));
      break;
    case 4:
      writer.null();
      break;
    case 5:
      writer.oid(oids::kCrlNumber);
      break;
    case 6:
      writer.time(from_unix(static_cast<std::int64_t>(below(random, 4'000'000'000))));
      break;
    default:
      writer.text(der::tag::kUtf8String, "山田");
      break;
  }
}

void write_random_tree(der::Writer& writer, Random& random, int depth) {
  if (depth == 0 || below(random, 3) == 0) {
    write_random_leaf(writer, random);
    return;
  }
  const auto body = [&] {
    for (std::size_t children = below(random, 5); children > 0; --children)
      write_random_tree(writer, random, depth - 1);
  };
  switch (below(random, 3)) {
    case 0:
      writer.sequence(body);
      break;
    case 1:
      writer.context(static_cast<unsigned>(below(random, 31)), body);
      break;
    default:
      writer.wrapped(body);
      break;
  }
}

void copy(const der::Element& element, der::Writer& writer) {
  if ((element.tag & 0x20U) == 0) {
    writer.primitive(element.tag, element.content);
    return;
  }
  writer.constructed(element.tag, [&] {
    der::Reader reader(element.content);
    while (!reader.at_end())
      copy(reader.read_any().value(), writer);
  });
}

template <typename Write>
std::string written(Write&& write) {
  der::Writer writer;
  write(writer);
  return to_hex(writer.view());
}

}  // namespace

TEST_CASE("each type has its one encoding") {
  using W = der::Writer;
  CHECK(written([](W& w) { w.boolean(true); }) == "0101FF");
  CHECK(written([](W& w) { w.boolean(false); }) == "010100");
  CHECK(written([](W& w) { w.integer(0); }) == "020100");
  CHECK(written([](W& w) { w.integer(127); }) == "02017F");
  CHECK(written([](W& w) { w.integer(128); }) == "02020080");
  CHECK(written([](W& w) { w.integer(256); }) == "02020100");
  CHECK(written([](W& w) { w.integer(UINT64_MAX); }) == "020900FFFFFFFFFFFFFFFF");
  CHECK(written([](W& w) { w.enumerated(4); }) == "0A0104");
  CHECK(written([](W& w) { w.null(); }) == "0500");
  CHECK(written([](W& w) { w.oid(oids::kCrlNumber); }) == "0603551D14");
  CHECK(written([](W& w) { w.octet_string(Bytes{1, 2}); }) == "04020102");
  CHECK(written([](W& w) { w.bit_string(Bytes{0x06}, 1); }) == "03020106");
  CHECK(written([](W& w) { w.bit_string({}); }) == "030100");
  CHECK(written([](W& w) { w.text(der::tag::kPrintableString, "JP"); }) == "13024A50");
  CHECK(written([](W& w) { w.sequence([&] { w.null().null(); }); }) == "300405000500");
  CHECK(written([](W& w) { w.set([&] { w.integer(1); }); }) == "3103020101");
  CHECK(written([](W& w) { w.context(3, [&] { w.integer(1); }); }) == "A303020101");
  CHECK(written([](W& w) { w.wrapped([&] { w.integer(1); }); }) == "0403020101");
  CHECK(written([](W& w) { w.raw(Bytes{5, 0}); }) == "0500");
}

TEST_CASE("lengths are minimal at every boundary") {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    CAPTURE(size);
    der::Writer writer;
    writer.octet_string(Bytes(size, 0xAB));
    CHECK(der::validate(writer.view()).has_value());
    CHECK(writer.view().size() == 1 + der::length_of_length(size) + size);
    CHECK(equal(der::header(der::tag::kOctetString, size),
                writer.view().first(1 + der::length_of_length(size))));
    // A constructed element learns its length afterwards; it must be the same.
    der::Writer outer;
    outer.wrapped([&] { outer.raw(Bytes(size, 0xAB)); });
    CHECK(equal(outer.view(), writer.view()));
  }
  CHECK(to_hex(der::header(der::tag::kSequence, 0x1'0000'0000)) == "30850100000000");
  CHECK(der::length_of_length(UINT64_MAX) == 9);
}

TEST_CASE("integers round-trip and are minimal at every width") {
  for (unsigned bits = 0; bits < 64; ++bits)
    for (const std::uint64_t value : {(std::uint64_t{1} << bits) - 1, std::uint64_t{1} << bits}) {
      CAPTURE(value);
      der::Writer writer;
      writer.integer(value);
      CHECK(der::Reader(writer.view()).read_unsigned().value() == value);
      CHECK(der::decode_unsigned(der::integer_content(value)).value() == value);
    }
}

TEST_CASE("a random tree passes the strict reader and is copied without a change") {
  Random random(support::seed());
  for (int i = 0; i < 2000; ++i) {
    CAPTURE(i);
    der::Writer writer;
    writer.sequence([&] { write_random_tree(writer, random, 6); });
    REQUIRE(der::validate(writer.view()).has_value());
    der::Writer again;
    copy(der::Reader(writer.view()).read_any().value(), again);
    REQUIRE(equal(again.view(), writer.view()));
  }
}

TEST_CASE("a random tree that is cut or lengthened is refused") {
  Random random(support::seed() + 1);
  for (int i = 0; i < 500; ++i) {
    CAPTURE(i);
    der::Writer writer;
    writer.sequence([&] { write_random_tree(writer, random, 4); });
    Bytes cut = to_bytes(writer.view().first(below(random, writer.view().size())));
    CHECK(der::validate(cut).has_error());
    Bytes longer = to_bytes(writer.view());
    longer.push_back(static_cast<std::uint8_t>(random()));
    CHECK(der::validate(longer).has_error());
  }
}

TEST_CASE("openssl asn1parse reads what the writer writes") {
  Random random(support::seed() + 2);
  const support::TemporaryFolder folder;
  for (int i = 0; i < 10; ++i) {
    der::Writer writer;
    writer.sequence([&] {
      for (int k = 0; k < 20; ++k)
        write_random_tree(writer, random, 4);
    });
    support::write_file(folder.file("tree.der"), writer.view());
    const auto result =
        support::run("openssl asn1parse -inform DER -in " + folder.file("tree.der") + " -noout");
    CAPTURE(result.output);
    CHECK(result.exit_code == 0);
  }
}

TEST_CASE("a writer that has been taken is empty") {
  der::Writer writer(100);
  writer.null();
  CHECK(writer.take() == Bytes{5, 0});
  CHECK(writer.view().empty());
}
