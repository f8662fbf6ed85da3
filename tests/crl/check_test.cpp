// The checker finds what is wrong, and the reader explains what is there.

#include "crl/check.h"

#include <doctest/doctest.h>

#include <array>

#include "crl/encode.h"
#include "crl/store.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

// A world with two published revocations.
struct CheckWorld : World {
  CheckWorld() {
    issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
    issue_revoked(11, kKiyose, CrlReason::superseded);
    issue_revoked(12, kSapporo, CrlReason::superseded);
    publish();
  }

  // What the checker says about a list made by hand for a record like the current one.
  std::string verdict(const ListDescription& description, const std::vector<ListEntry>& entries) {
    const store::ReadTransaction snapshot = environment->read();
    const registry::DecodedIssuer decoded =
        registry::decode_issuer(*registry::find_issuer(snapshot, kIssuer)).value();
    pki::der::Writer list;
    list.sequence([&] {
      list.raw(encode_list_head(decoded, description));
      if (!entries.empty())
        list.sequence([&] {
          std::array<std::uint8_t, kLongestEntry> room{};
          for (const ListEntry& entry : entries)
            list.raw(pki::ByteView(room).first(encode_entry(room, entry)));
        });
      list.raw(encode_list_extensions(decoded, description));
    });
    const pki::Bytes der = pki::sign_structure(*signer, list.view());
    registry::CrlRecord record = current(kKiyoseScope, CrlKind::complete).value();
    record.number = record.number + 10;
    record.length = der.size();
    record.entries = entries.size();
    const auto previous = registry::current_crl(snapshot, kKiyoseScope, CrlKind::complete);
    const auto checked = check_list(snapshot, {decoded, record, previous}, der);
    return checked.has_error() ? checked.error().text() : "";
  }

  ListDescription right_description() const {
    const auto record = current(kKiyoseScope, CrlKind::complete).value();
    return {.scope = kKiyoseScope,
            .names = names_of(kKiyose),
            .number = record.number + 10,
            .this_update = record.this_update,
            .next_update = record.next_update,
            .base_number = std::nullopt};
  }

  std::vector<ListEntry> right_entries() const {
    return {{{10}, clock.now(), CrlReason::affiliation_changed}, {{11}, clock.now(), CrlReason::superseded}};
  }
};

TEST_CASE("a right list passes") {
  CheckWorld world;
  CHECK(world.verdict(world.right_description(), world.right_entries()) == "");
}

TEST_CASE("a list with wrong entries is refused") {
  CheckWorld world;
  const auto verdict = [&](std::vector<ListEntry> entries) {
    return world.verdict(world.right_description(), entries);
  };
  const ListEntry first = world.right_entries()[0], second = world.right_entries()[1];
  CHECK(verdict({first}).find("missing") != std::string::npos);
  CHECK(verdict({}).find("missing") != std::string::npos);
  CHECK(verdict({second, first}) != "");
  CHECK(verdict({first, first, second}) != "");
  CHECK(verdict({first, second, {{12}, world.clock.now(), CrlReason::superseded}}).find("more") !=
        std::string::npos);
  CHECK(verdict({first, {second.serial, second.revocation_date, CrlReason::key_compromise}}) != "");
  CHECK(verdict({first, {second.serial, second.revocation_date + pki::Seconds{1}, second.reason}}) != "");
}

TEST_CASE("a list with a wrong field is refused") {
  CheckWorld world;
  const auto verdict = [&](const std::function<void(ListDescription&)>& spoil) {
    ListDescription description = world.right_description();
    spoil(description);
    return world.verdict(description, world.right_entries());
  };
  CHECK(verdict([](ListDescription& list) { --list.number; }).find("cRLNumber") != std::string::npos);
  CHECK(verdict([](ListDescription& list) { list.this_update += pki::Seconds{1}; }) != "");
  CHECK(verdict([](ListDescription& list) { list.names = names_of(kSapporo); }).find("names") !=
        std::string::npos);
  CHECK(verdict([](ListDescription& list) { list.names.reset(); }) != "");
  CHECK(verdict([](ListDescription& list) { list.names->uri.reset(); }) != "");
  CHECK(verdict([](ListDescription& list) { list.base_number = 1; }) != "");
  CHECK(verdict([](ListDescription& list) { list.scope.point = kSapporo; }).find("freshestCRL") !=
        std::string::npos);
}

TEST_CASE("every changed byte of a published file is found") {
  CheckWorld world;
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  const std::filesystem::path path = path_of(world.options.folder, record);
  const pki::Bytes whole = support::read_file(path);
  for (std::size_t i = 0; i < record.length; i += 37) {
    pki::Bytes spoiled = whole;
    spoiled[record.offset + i] ^= 0x01U;
    support::write_file(path, spoiled);
    CHECK(world.findings().find("132217 complete") != std::string::npos);
  }
  support::write_file(path, whole);
  CHECK(world.findings() == "");
  std::filesystem::remove(path);
  CHECK(world.findings() != "");
}

TEST_CASE("lists published earlier still pass after later changes, until their nextUpdate has passed") {
  CheckWorld world;
  world.issue_revoked(13, kKiyose, CrlReason::superseded);
  world.issue_revoked(9, kKiyose, CrlReason::superseded);
  CHECK(world.findings() == "");
  world.clock.advance(std::chrono::hours{2});
  CHECK(world.findings().find("nextUpdate has passed") != std::string::npos);
}

TEST_CASE("a list explains itself in words") {
  CheckWorld world;
  std::string text;
  for (const pki::Message& line : explain(world.bytes(kKiyoseScope, CrlKind::complete)).value())
    text += line.in(pki::Language::en) + "\n";
  for (const char* part :
       {"complete CRL, version 2", "issuer: C=JP, O=JPKI-SIM", "made: 2026-11-23T05:00:00Z",
        "next by: 2026-11-25T05:00:00Z", "number: ", "issuer's key: ", "Point 132217 CRLDP",
        "only certificates of end entities", "delta CRL: URI http://crl.example.test",
        "sha256WithRSAEncryption", "entries: 2", "1 superseded", "serial 10 (0x0A)"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  CHECK(explain(world.bytes(kWhole, CrlKind::delta))->front().in(pki::Language::en).starts_with("delta CRL"));
  CHECK(explain(world.bytes(kWhole, CrlKind::delta))->front().in(pki::Language::ja).starts_with("差分 CRL"));
}

TEST_CASE("what is no CRL is refused with a reason") {
  CheckWorld world;
  pki::Bytes der = world.bytes(kKiyoseScope, CrlKind::complete);
  CHECK(explain({}).has_error());
  CHECK(explain(world.ca_certificate).has_error());
  for (std::size_t size = 0; size < der.size(); size += 11)
    CHECK(explain(pki::ByteView(der).first(size)).has_error());
  der.push_back(0);
  CHECK(explain(der).has_error());
}

TEST_CASE("lists that openssl made are explained") {
  // tests/fuzz/corpus/crl_reader: one CA of openssl ca with three revocations.
  const auto words = [](const char* file) {
    const auto lines =
        explain(support::read_file(support::source_folder() / "tests/fuzz/corpus/crl_reader" / file));
    REQUIRE(lines.has_value());
    std::string text;
    for (const pki::Message& line : *lines)
      text += line.in(pki::Language::en) + "\n";
    return text;
  };
  const auto has = [](const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts)
      CHECK_MESSAGE(text.find(part) != std::string::npos, part << " in:\n" << text);
  };
  has(words("good_empty.der"),
      {"version 2", "entries: 0", "every certificate of the issuer", "ecdsa-with-SHA256"});
  has(words("good_idp.der"), {"entries: 3", "URI http://example.test/a.crl", "only the reasons keyCompromise",
                              "1 superseded", "1 keyCompromise", "1 certificateHold"});
  has(words("good_delta.der"),
      {"delta CRL, version 2", "number 1 (0x01)", "delta CRL: URI http://example.test/d"});
  has(words("good_without_number.der"), {"complete CRL, version 2", "ecdsa-with-SHA384"});
  has(words("good_reasons.der"),
      {"the issuer is also DNS name crl.example.test", "only the reasons keyCompromise, cACompromise",
       "several issuers (indirect)", "directory name C=JP, CN=Somewhere", "extension 1.2.3.4.5",
       "serial 10 (0x0A)", "keyCompromise, invalid since 2020-01-01T00:00:00Z", "extension 2.5.29.23",
       "(0x00F0000000000000000000000000000000000001)"});
  has(words("good_ed25519.der"), {"signature: Ed25519"});
  has(words("good_pss.der"), {"signature: RSASSA-PSS"});
  has(words("good_2060.der"), {"made: 2060-01-01T00:00:00Z", "next by: 2070-01-01T00:00:00Z"});
}

TEST_CASE("what GnuTLS and indirect CRLs do is explained as well") {
  const auto words = [](const char* file) {
    std::string text;
    for (const pki::Message& line :
         explain(support::read_file(support::source_folder() / "tests/fuzz/corpus/crl_reader" / file))
             .value())
      text += line.in(pki::Language::en) + "\n";
    return text;
  };
  CHECK(words("good_gnutls_empty.der").find("note: revokedCertificates is written although it is empty") !=
        std::string::npos);
  const std::string indirect = words("good_indirect.der");
  for (const char* part :
       {"keyCompromise, invalid since 2026-11-01T00:00:00Z, from here on certificates of directory name "
        "CN=Another CA\n",
        "serial 6 (0x06), 2026-11-23T05:00:00Z, unspecified\n",
        "from here on certificates of DNS name third.example.test, extension 1.2.3.4\n"})
    CHECK_MESSAGE(indirect.find(part) != std::string::npos, part << " in:\n" << indirect);
}

TEST_CASE("the reader takes entries of unusual form and refuses wrong ones") {
  const auto read = [](const char* hex) {
    const pki::Bytes content = pki::from_hex(hex).value();
    return EntryReader(content).next();
  };
  CHECK(read("3014020101180F32303530303130313030303030305A").has_value());  // Year 2050.
  CHECK(read("3012020101170D3939313333313233353935395A").has_error());      // Month 13.
  CHECK(read("301302020001170D3939313233313233353935395A").has_error());    // Not minimal.
  CHECK(
      read("3020020101170D3939313233313233353935395A300C300A0603551D1504030A0107").has_error());  // Reason 7.
  CHECK(read("3010020101170B39393132333132333539").has_error());  // Without seconds.
}

}  // namespace

}  // namespace crl::testing
