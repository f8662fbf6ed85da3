// Lists that the keys of one name sign alike: encoded once, and each checked.

#include <doctest/doctest.h>

#include "crl/check.h"
#include "registry/decoded_issuer.h"
#include "registry/issuers.h"
#include "registry/status_of_issue.h"
#include "tests/crl/world.h"
#include "tests/support/test_keys.h"

namespace crl::testing {

namespace {

using namespace std::chrono_literals;
using pki::CrlReason;
using registry::CrlKind;
using registry::CrlScope;

constexpr registry::IssuerId kSecond{pki::CaName::sign, 2};
constexpr CrlScope kWholeOfSecond{kSecond, pki::kWholeGeneration};
constexpr CrlScope kKiyoseOfSecond{kSecond, kKiyose};

// Two generations; the first has `count` revoked certificates in Kiyose.
struct TwoKeys : World {
  explicit TwoKeys(std::uint64_t count) {
    begin_generation(kSecond, support::authority_keys().at(1));
    write([&](store::CommandContext& context) -> pki::Result<void> {
      for (std::uint64_t serial = 1; serial <= count; ++serial) {
        const registry::IssuedCertificate issued{.id = {kIssuer, {serial}},
                                                 .kind = pki::CertificateKind::sign,
                                                 .resident = {},
                                                 .point = kKiyose,
                                                 .not_before = context.now,
                                                 .not_after = context.now + 24h * 365,
                                                 .der = {}};
        registry::record_status_of_issue(context.transaction, issued, context.now);
        registry::record_revocation(context.transaction, issued.id, {context.now, CrlReason::superseded},
                                    context.now);
      }
      return {};
    });
  }

  // The content of revokedCertificates of a current list.
  [[nodiscard]] pki::Bytes content(const CrlScope& scope, CrlKind kind) const {
    const pki::Bytes der = bytes(scope, kind);
    const pki::ByteView entries = decode_crl(der).value().entries;
    return {entries.begin(), entries.end()};
  }
};

TEST_CASE("whatever the length and the threads, both keys' lists carry the same bytes and stand up") {
  // 37 bytes an entry: less than a buffer, more than one, more than what is worth a mapping and a thread.
  for (const std::uint64_t count : {3U, 20'000U, 40'000U})
    for (const unsigned threads : {1U, 2U, 5U}) {
      CAPTURE(count);
      CAPTURE(threads);
      TwoKeys world(count);
      world.close();
      world.options.threads = threads;
      world.reopen();
      world.publish();
      for (const auto& [first, second] : {std::pair{kWhole, kWholeOfSecond}, {kKiyoseScope, kKiyoseOfSecond}})
        for (const CrlKind kind : {CrlKind::complete, CrlKind::delta})
          CHECK(world.content(first, kind) == world.content(second, kind));
      CHECK(world.entries(kKiyoseOfSecond, CrlKind::complete).size() == count);
      CHECK(world.findings() == "");
    }
}

TEST_CASE("a key that cannot sign does not hold up the other") {
  TwoKeys world(40'000);
  world.signer->broken = true;
  const auto report = world.publisher->publish(PublicationKind::complete_and_delta).value();
  CHECK(report.failures.size() > 0);
  CHECK(!world.current(kWhole, CrlKind::complete));
  CHECK(world.entries(kWholeOfSecond, CrlKind::complete).size() == 40'000);
  CHECK(world.entries(kKiyoseOfSecond, CrlKind::complete).size() == 40'000);
  world.signer->broken = false;
  world.clock.advance(1s);
  world.publish();
  CHECK(world.content(kWhole, CrlKind::complete) == world.content(kWholeOfSecond, CrlKind::complete));
  CHECK(world.findings() == "");
}

TEST_CASE("deltas are alike again in the run after one key's list was made by itself") {
  TwoKeys world(3);
  world.publish();
  world.issue_revoked(101, kKiyose, CrlReason::superseded);
  world.signer->broken = true;
  REQUIRE(world.publisher->publish(PublicationKind::complete_and_delta).value().failures.size() > 0);
  world.signer->broken = false;
  world.clock.advance(1s);
  world.issue_revoked(102, kKiyose, CrlReason::superseded);
  world.publish();
  for (const auto& [first, second] : {std::pair{kWhole, kWholeOfSecond}, {kKiyoseScope, kKiyoseOfSecond}})
    for (const CrlKind kind : {CrlKind::complete, CrlKind::delta})
      CHECK(world.content(first, kind) == world.content(second, kind));
  CHECK(world.findings() == "");
}

TEST_CASE("entries that are not those of the other key's list are refused") {
  TwoKeys world(3);
  world.publish();
  const auto snapshot = world.environment->read();
  const auto issuer_of = [&](registry::IssuerId id) {
    return registry::decode_issuer(*registry::find_issuer(snapshot, id)).value();
  };
  const registry::DecodedIssuer first_issuer = issuer_of(kIssuer), second_issuer = issuer_of(kSecond);
  registry::CrlRecord first = world.current(kKiyoseScope, CrlKind::complete).value();
  registry::CrlRecord second = world.current(kKiyoseOfSecond, CrlKind::complete).value();
  const pki::Bytes der = world.bytes(second);
  const pki::ByteView tbs = decode_crl(der).value().tbs;
  const pki::Bytes right = world.content(kKiyoseScope, CrlKind::complete);
  const auto check = [&](pki::ByteView content) {
    const ListClaim theirs{first_issuer, first, std::nullopt};
    return check_content_like(snapshot, {second_issuer, second, std::nullopt}, tbs, {theirs, content});
  };
  CHECK(check(right).has_value());
  for (std::size_t i = 0; i < right.size(); ++i) {
    pki::Bytes changed = right;
    changed[i] ^= 1U;
    REQUIRE(check(changed).has_error());
  }
  CHECK(check(pki::ByteView(right).first(right.size() - 1)).has_error());

  // What is claimed differently is not comparable, though the bytes are equal.
  second.oldest_not_after = *second.oldest_not_after - 1s;
  CHECK(check(right).error().text().find("does not claim the same entries") != std::string::npos);
  second.oldest_not_after = first.oldest_not_after;
  ++first.covered.front().sequence;
  CHECK(check(right).has_error());
  first.covered = second.covered;
  REQUIRE(check(right).has_value());
  ++second.entries;
  CHECK(check(right).error().text().find("count") != std::string::npos);
}

}  // namespace

}  // namespace crl::testing
