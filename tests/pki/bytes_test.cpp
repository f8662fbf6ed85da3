// Text forms of bytes: hexadecimal, base64 in the forms that OCSP clients send, integers; and digests.

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "pki/bytes.h"
#include "pki/hash.h"
#include "tests/support/seed.h"

using namespace pki;

TEST_CASE("hexadecimal is upper-case out and either case in") {
  CHECK(to_hex(Bytes{0x00, 0xAB, 0xFF}) == "00ABFF");
  CHECK(from_hex("00abFF") == Bytes{0x00, 0xAB, 0xFF});
  CHECK(from_hex("") == Bytes{});
  for (const char* wrong : {"0", "0g", " 00", "00 ", "0x00", "00\n00", "+1"}) {
    CAPTURE(std::string(wrong));
    CHECK(from_hex(wrong) == std::nullopt);
  }
}

TEST_CASE("the vectors of RFC 4648 section 10") {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, encoded] : rows) {
    CHECK(to_base64(as_bytes(text)) == encoded);
    CHECK(from_base64(encoded) == to_bytes(as_bytes(text)));
  }
}

TEST_CASE("base64 is read with either alphabet and with or without padding") {
  const Bytes bytes = {0xFB, 0xFF, 0xFE};
  CHECK(from_base64("+//+") == bytes);
  CHECK(from_base64("-__-") == bytes);
  CHECK(from_base64("+_/-") == bytes);
  CHECK(from_base64("Zg") == Bytes{'f'});
  CHECK(from_base64("Zm8") == Bytes{'f', 'o'});
}

TEST_CASE("what is not base64 is refused, white space too") {
  for (const char* wrong :
       {"Z", "Zm9vY", "Zm9v Zm9v", "Zm9v\n", " Zm9v", "Zm9v!", "Zg=a", "%2B//+", "Zm\xC3\xA9v"}) {
    CAPTURE(std::string(wrong));
    CHECK(from_base64(wrong) == std::nullopt);
  }
}

TEST_CASE("base64 whose last bits are not zero is refused or read as the same bytes, never as others") {
  // RFC 4648 section 3.5 allows either; a decoder must not crash or invent bytes.
  const auto decoded = from_base64("Zh==");
  CHECK((!decoded || *decoded == Bytes{'f'}));
}

TEST_CASE("random bytes survive every text form") {
  std::mt19937_64 random(support::seed());
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random());
    CHECK(from_hex(to_hex(bytes)) == bytes);
    std::string base64 = to_base64(bytes);
    CHECK(from_base64(base64) == bytes);
    for (char& c : base64)
      c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (base64.ends_with('='))
      base64.pop_back();
    CHECK(from_base64(base64) == bytes);
  }
}

TEST_CASE("integers stand in network byte order") {
  Bytes out;
  append_big_endian(out, 0x0102030405060708, 8);
  append_big_endian(out, 0xABCD, 2);
  append_big_endian(out, 0x1FF, 1);
  CHECK(to_hex(out) == "0102030405060708ABCDFF");
  CHECK(read_big_endian(ByteView(out).first(8)) == 0x0102030405060708);
  CHECK(read_big_endian({}) == 0);
}

TEST_CASE("known digests of \"abc\" (FIPS 180-4)") {
  const auto hex_digest = [](HashAlgorithm algorithm) { return to_hex(digest(algorithm, as_bytes("abc"))); };
  CHECK(hex_digest(HashAlgorithm::sha1) == "A9993E364706816ABA3E25717850C26C9CD0D89D");
  CHECK(hex_digest(HashAlgorithm::sha256) ==
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
  CHECK(hex_digest(HashAlgorithm::sha384).starts_with("CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED163"));
  CHECK(hex_digest(HashAlgorithm::sha512).starts_with("DDAF35A193617ABACC417349AE204131"));
}

TEST_CASE("a digest of pieces is the digest of the whole, and finish starts again") {
  Hash hash(HashAlgorithm::sha256);
  hash.update(as_bytes("a"));
  hash.update({});
  hash.update(as_bytes("bc"));
  CHECK(hash.finish() == digest(HashAlgorithm::sha256, as_bytes("abc")));
  CHECK(hash.finish() == digest(HashAlgorithm::sha256, {}));
}
