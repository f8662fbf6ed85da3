// Lists that do not fit a buffer: written in parts by several threads, checked by two.

#include <doctest/doctest.h>

#include "crl/check.h"
#include "registry/decoded_issuer.h"
#include "registry/issuers.h"
#include "registry/status_of_issue.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

// 1.3 MB, 0.7 MB and a little: more than a buffer, more than what is worth a thread, less than either.
constexpr std::uint64_t kInKiyose = 36'000, kInChiyoda = 20'000, kInSapporo = 3;

struct FilledWorld : World {
  void fill(pki::DistributionPoint point, std::uint64_t first, std::uint64_t count) {
    write([&](store::CommandContext& context) -> pki::Result<void> {
      for (std::uint64_t serial = first; serial < first + count; ++serial) {
        const registry::IssuedCertificate issued{.id = {kIssuer, {serial}},
                                                 .kind = pki::CertificateKind::sign,
                                                 .resident = {},
                                                 .point = point,
                                                 .not_before = context.now,
                                                 .not_after = context.now + std::chrono::hours{24 * 365},
                                                 .der = {}};
        registry::record_status_of_issue(context.transaction, issued, context.now);
        // Every seventh gives no reason, so that entries differ in length.
        const CrlReason reason = serial % 7 == 0 ? CrlReason::unspecified : CrlReason::superseded;
        const pki::Time date = context.now - pki::Seconds{static_cast<std::int64_t>(serial % 86'400)};
        registry::record_revocation(context.transaction, issued.id, {date, reason}, context.now);
        expected.push_back({serial, date, reason});
      }
      return {};
    });
  }

  std::vector<SeenEntry> expected;
};

struct LongWorld : FilledWorld {
  LongWorld() {
    // In the order of the table: by point, then serial. Serials of one, three and eight bytes.
    fill(kSapporo, 1, kInSapporo);
    fill(kChiyoda, 70'000, kInChiyoda);
    fill(kKiyose, 0x4000'0000'0000'0000, kInKiyose);
  }
};

TEST_CASE("a long list has every entry in the order of the table, however many threads write it") {
  LongWorld world;
  for (const unsigned threads : {1U, 2U, 5U}) {
    CAPTURE(threads);
    world.close();
    world.options.threads = threads;
    world.reopen();
    world.clock.advance(pki::Seconds{1});
    world.publish();
    CHECK(world.entries(kWhole, CrlKind::complete) == world.expected);
    CHECK(world.entries(kKiyoseScope, CrlKind::complete) ==
          std::vector<SeenEntry>(world.expected.end() - kInKiyose, world.expected.end()));
    CHECK(world.findings() == "");
  }
}

TEST_CASE("a list is right where its DER lengths grow by a byte") {
  FilledWorld world;
  // One entry more each time. 128 and 256 bytes lie within the first ten entries, 65,536 of the entries and
  // of the lists around them within the last forty.
  const auto grow = [&](std::uint64_t first, std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      world.fill(kSapporo, first + i, 1);
      world.publish();
      REQUIRE(world.findings() == "");
    }
  };
  grow(1'000, 10);
  world.fill(kSapporo, 2'000, 1'950);
  CHECK(world.current({kIssuer, kSapporo}, CrlKind::complete)->length < 65'536);
  grow(4'000, 40);
  CHECK(decode_crl(world.bytes({kIssuer, kSapporo}, CrlKind::complete)).value().entries.size() > 65'536);
}

TEST_CASE("one wrong byte in a long list is found, at its beginning and at its end") {
  LongWorld world;
  world.publish();
  const registry::CrlRecord record = world.current(kWhole, CrlKind::complete).value();
  const store::ReadTransaction snapshot = world.environment->read();
  const registry::DecodedIssuer decoded =
      registry::decode_issuer(*registry::find_issuer(snapshot, kIssuer)).value();
  const pki::Bytes der = world.bytes(record);
  const auto verdict = [&](const pki::Bytes& list) {
    const auto checked = check_list(snapshot, {decoded, record, std::nullopt}, list);
    return checked.has_error() ? checked.error().text() : "";
  };
  REQUIRE(verdict(der) == "");
  const pki::ByteView entries = decode_crl(der).value().entries;
  const auto at = static_cast<std::size_t>(entries.data() - der.data());
  // The last byte of a serial, and the reason of the last entry.
  for (const auto& [place, words] :
       {std::pair<std::size_t, const char*>{at + 4, "entry 1 is serial"},
        std::pair<std::size_t, const char*>{at + entries.size() - 1, "entry 56003 is serial"}}) {
    pki::Bytes wrong = der;
    wrong[place] ^= 0x01U;
    CHECK(verdict(wrong).find(words) != std::string::npos);
  }
}

}  // namespace

}  // namespace crl::testing
