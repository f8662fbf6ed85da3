// invalidityDate (RFC 5280 section 5.3.2): on the lists only where the switch is on, and checked there.

#include <doctest/doctest.h>

#include <algorithm>

#include "crl/check.h"
#include "registry/decoded_issuer.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;
using registry::InvalidityDates;

const pki::Time kLeaked = pki::from_unix(kStart - 86'400);

struct NoticeWorld : World {
  NoticeWorld() {
    issue_revoked(10, kKiyose, CrlReason::superseded);
    issue(11, kKiyose, std::chrono::hours{24 * 365});
  }
  void tell_of_leak() {
    write([&](store::CommandContext& context) -> pki::Result<void> {
      registry::record_revocation(context.transaction, {kIssuer, {11}},
                                  {context.now, CrlReason::key_compromise, kLeaked}, context.now);
      return {};
    });
  }
  void publish_with(InvalidityDates dates) {
    close();
    options.invalidity_dates = dates;
    reopen();
    clock.advance(pki::Seconds{1});
    publish();
  }
  // The invalidityDate of each entry, in the order of the list; absent ones too.
  std::vector<std::optional<pki::Time>> dates(const registry::CrlScope& scope, CrlKind kind) const {
    const pki::Bytes der = bytes(scope, kind);
    const DecodedCrl list = decode_crl(der).value();
    EntryReader reader(list.entries);
    std::vector<std::optional<pki::Time>> found;
    while (const auto entry = reader.next().value())
      found.push_back(entry->invalidity_date);
    return found;
  }
};

using Dates = std::vector<std::optional<pki::Time>>;

TEST_CASE("an invalidity date is on complete and delta CRLs where the switch is on, and nowhere else") {
  NoticeWorld world;
  world.publish();
  world.tell_of_leak();
  world.publish_with(InvalidityDates::omitted);
  CHECK(world.dates(kKiyoseScope, CrlKind::complete) == Dates{std::nullopt, std::nullopt});
  CHECK(world.dates(kKiyoseScope, CrlKind::delta) == Dates{std::nullopt});
  CHECK(world.findings() == "");

  // A second notice, so that the delta has something to say.
  world.issue(12, kKiyose, std::chrono::hours{24 * 365});
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::record_revocation(context.transaction, {kIssuer, {12}},
                                {context.now, CrlReason::key_compromise, kLeaked}, context.now);
    return {};
  });
  world.publish_with(InvalidityDates::given);
  CHECK(world.dates(kKiyoseScope, CrlKind::complete) == Dates{std::nullopt, kLeaked, kLeaked});
  CHECK(world.dates(kWhole, CrlKind::complete) == Dates{std::nullopt, kLeaked, kLeaked});
  CHECK(world.dates(kKiyoseScope, CrlKind::delta) == Dates{kLeaked});
  CHECK(world.findings() == "");

  world.publish_with(InvalidityDates::omitted);
  CHECK(world.dates(kWhole, CrlKind::complete) == Dates{std::nullopt, std::nullopt, std::nullopt});
  CHECK(world.findings() == "");
}

TEST_CASE("the checker wants the very date where dates are given, and none where they are not") {
  NoticeWorld world;
  world.tell_of_leak();
  world.publish_with(InvalidityDates::given);
  registry::CrlRecord record = world.current(kKiyoseScope, CrlKind::complete).value();
  const store::ReadTransaction snapshot = world.environment->read();
  const registry::DecodedIssuer decoded =
      registry::decode_issuer(*registry::find_issuer(snapshot, kIssuer)).value();
  const auto verdict = [&](const pki::Bytes& der) {
    const auto checked = check_list(snapshot, {decoded, record, std::nullopt}, der);
    return checked.has_error() ? checked.error().text() : "";
  };
  const pki::Bytes der = world.bytes(record);
  REQUIRE(verdict(der) == "");
  pki::Bytes wrong = der;
  const pki::ByteView entries = decode_crl(der).value().entries;
  // The last digit of the last time, before its Z.
  const auto end = static_cast<std::size_t>(entries.data() - der.data()) + entries.size();
  wrong[end - 2] ^= 0x01U;
  CHECK(verdict(wrong).find("invalid since") != std::string::npos);
  record.invalidity_dates = InvalidityDates::omitted;
  CHECK(verdict(der).find("invalid since") != std::string::npos);
}

TEST_CASE("crl show gives the date") {
  NoticeWorld world;
  world.tell_of_leak();
  world.publish_with(InvalidityDates::given);
  const auto lines = explain(world.bytes(kKiyoseScope, CrlKind::complete)).value();
  CHECK(std::ranges::any_of(lines, [](const pki::Message& line) {
    return line.in(pki::Language::en).find("keyCompromise, invalid since 2026-11-22T") != std::string::npos;
  }));
}

}  // namespace

}  // namespace crl::testing
