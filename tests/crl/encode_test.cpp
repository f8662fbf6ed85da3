// The pieces of a CertificateList, byte by byte.

#include "crl/encode.h"

#include <doctest/doctest.h>

#include <array>

#include "pki/der.h"

namespace crl {

namespace {

pki::Bytes encode(const ListEntry& entry) {
  std::array<std::uint8_t, kLongestEntry> room{};
  const std::size_t size = encode_entry(room, entry);
  return pki::to_bytes(pki::ByteView(room).first(size));
}

std::string hex_of(const ListEntry& entry) {
  const pki::Bytes encoding = encode(entry);
  CHECK(pki::der::validate(encoding).has_value());
  return pki::to_hex(encoding);
}

pki::Time at(const char* text) {
  return pki::parse_rfc3339(text).value();
}

TEST_CASE("an entry is serial, date and reason; unspecified is left out") {
  CHECK(hex_of({{0x0186A0}, at("2026-11-23T05:06:07Z"), pki::CrlReason::key_compromise}) ==
        "30220203"
        "0186A0"
        "170D3236313132333035303630375A"
        "300C300A0603551D1504030A0101");
  CHECK(hex_of({{1}, at("1999-12-31T23:59:59Z"), pki::CrlReason::unspecified}) ==
        "3012020101"
        "170D3939313233313233353935395A");
}

TEST_CASE("serials are minimal and never negative") {
  for (const auto& [serial, hex] : {std::pair<std::uint64_t, const char*>{0x7F, "02017F"},
                                    {0x80, "02020080"},
                                    {0xFFFF, "020300FFFF"},
                                    {0x7FFFFFFFFFFFFFFF, "02087FFFFFFFFFFFFFFF"},
                                    {0x8000000000000000, "0209008000000000000000"}})
    CHECK(hex_of({{serial}, at("2026-11-23T05:06:07Z"), pki::CrlReason::superseded})
              .substr(4)
              .starts_with(hex));
}

TEST_CASE("dates from 2050 on are GeneralizedTime") {
  CHECK(hex_of({{1}, at("2049-12-31T23:59:59Z"), pki::CrlReason::unspecified}).find("170D343931323331") !=
        std::string::npos);
  CHECK(hex_of({{1}, at("2050-01-01T00:00:00Z"), pki::CrlReason::unspecified}) ==
        "3014020101"
        "180F32303530303130313030303030305A");
}

TEST_CASE("the longest entry fits the room that it is given") {
  CHECK(hex_of({{~std::uint64_t{0}},
                at("2050-01-01T00:00:00Z"),
                pki::CrlReason::key_compromise,
                at("2026-11-22T15:00:00Z")})
            .size() == 2 * kLongestEntry);
}

TEST_CASE("an invalidityDate follows the reason, as GeneralizedTime, section 5.3.2") {
  CHECK(
      hex_of({{1}, at("2026-11-23T00:00:00Z"), pki::CrlReason::key_compromise, at("2026-11-22T15:00:00Z")}) ==
      "303A020101"
      "170D3236313132333030303030305A"
      "3026300A0603551D1504030A0101"
      "30180603551D180411180F32303236313132323135303030305A");
}

TEST_CASE("encoded times agree with the library's for every day of a century") {
  for (pki::Time time = at("1960-01-01T01:02:03Z"); time < at("2060-01-01T00:00:00Z");
       time += pki::Seconds{86399 * 3}) {
    pki::der::Writer writer;
    writer.sequence([&] { writer.integer(5).time(time); });
    CHECK(pki::equal(encode({{5}, time, pki::CrlReason::unspecified}), writer.view()));
  }
}

TEST_CASE("paths name the generation, the point and the kind") {
  const registry::IssuerId auth{pki::CaName::auth, 2};
  CHECK(list_path({auth, {11002}}, registry::CrlKind::complete) == "/crl/auth-2/011002/full.crl");
  CHECK(list_uri("https://crl.example.test", {auth, pki::kWholeGeneration}, registry::CrlKind::delta) ==
        "https://crl.example.test/crl/auth-2/delta.crl");
}

}  // namespace

}  // namespace crl
