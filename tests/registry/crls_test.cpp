// CRL numbers and records.

#include "registry/crls.h"

#include "registry/issuers.h"
#include "tests/registry/store.h"

namespace registry::testing {

namespace {

constexpr CrlScope kScope{kSign, kKiyose};

std::uint64_t take(Store& store, const CrlScope& scope, std::int64_t milliseconds) {
  std::uint64_t number = 0;
  store.write([&](store::WriteTransaction& transaction) {
    number = take_crl_number(transaction, scope, milliseconds);
  });
  return number;
}

CrlRecord record(CrlKind kind, std::uint64_t number, const CrlScope& scope = kScope) {
  return {.scope = scope,
          .kind = kind,
          .number = number,
          .this_update = support::kStart,
          .next_update = support::kStart + 48h,
          .covered = {{1, number / 2}, {2, 7}},
          .base_number = kind == CrlKind::delta ? std::optional(number - 1) : std::nullopt,
          .entries = 3,
          .file = "complete-1.crls",
          .offset = 5,
          .length = 700,
          .sha256 = pki::Bytes(32, 9),
          .oldest_not_after = support::kStart - 24h,
          .finality = CrlFinality::last_of_key};
}

}  // namespace

TEST_CASE("a CRL number is the moment of publication in milliseconds, and rises when the clock does not") {
  Store store;
  CHECK(last_crl_number(store.read(), pki::CaName::sign, kKiyose) == 0);
  CHECK(take(store, kScope, 1'000) == 1'000);
  CHECK(take(store, kScope, 1'000) == 1'001);
  CHECK(take(store, kScope, 5'000) == 5'000);
  // The clock was set back, or the store restored on a machine whose clock is behind.
  CHECK(take(store, kScope, 10) == 5'001);
  CHECK(take(store, kScope, 10) == 5'002);
  CHECK(last_crl_number(store.read(), pki::CaName::sign, kKiyose) == 5'002);
}

TEST_CASE("CRL numbers are counted for each CA name and point, over all generations") {
  Store store;
  CHECK(take(store, {kSign, kKiyose}, 100) == 100);
  CHECK(take(store, {kSign2, kKiyose}, 50) == 101);
  CHECK(take(store, {kSign, kSapporo}, 50) == 50);
  CHECK(take(store, {kSign, pki::kWholeGeneration}, 50) == 50);
  CHECK(take(store, {kAuth, kKiyose}, 50) == 50);
}

TEST_CASE("CRL numbers survive a restart") {
  Store store;
  CHECK(take(store, kScope, 9'000) == 9'000);
  store.writer.reset();
  store.environment.reset();
  store.environment = store::Environment::open(store.options, registry::kSchema);
  store.writer = std::make_unique<store::Writer>(*store.environment, store.clock);
  CHECK(take(store, kScope, 1) == 9'001);
}

TEST_CASE("the current CRL is that with the greatest number of its kind and scope") {
  Store store;
  CHECK_FALSE(current_crl(store.read(), kScope, CrlKind::complete).has_value());
  store.write([](store::WriteTransaction& transaction) {
    for (const std::uint64_t number : {20U, 10U, 30U})
      put_crl(transaction, record(CrlKind::complete, number));
    put_crl(transaction, record(CrlKind::delta, 31));
    put_crl(transaction, record(CrlKind::complete, 99, {kSign, kSapporo}));
    put_crl(transaction, record(CrlKind::complete, 98, {kSign2, kKiyose}));
  });
  const store::ReadTransaction transaction = store.read();
  CHECK(current_crl(transaction, kScope, CrlKind::complete)->number == 30);
  CHECK(current_crl(transaction, kScope, CrlKind::delta)->number == 31);
  CHECK(current_crl(transaction, {kSign, kSapporo}, CrlKind::complete)->number == 99);
  CHECK_FALSE(current_crl(transaction, {kSign, kSapporo}, CrlKind::delta).has_value());
  CHECK(complete_crl_below(transaction, kScope, 30)->number == 20);
  CHECK(complete_crl_below(transaction, kScope, 31)->number == 30);
  CHECK_FALSE(complete_crl_below(transaction, kScope, 10).has_value());
  CHECK_FALSE(find_crl(transaction, kScope, CrlKind::complete, 31).has_value());
  std::vector<std::uint64_t> numbers;
  for (const CrlRecord& one : crls_of(transaction, kScope))
    numbers.push_back(one.number);
  CHECK(numbers == std::vector<std::uint64_t>{10, 20, 30, 31});
  std::size_t of_issuer = 0;
  for (auto records = crls_of_issuer(transaction, kSign); records.valid(); records.next())
    ++of_issuer;
  CHECK(of_issuer == 5);
}

TEST_CASE("the last regular complete CRL is found below extra ones") {
  Store store;
  store.write([](store::WriteTransaction& transaction) {
    for (const std::uint64_t number : {10U, 20U, 30U, 40U}) {
      CrlRecord one = record(CrlKind::complete, number);
      if (number == 20 || number == 30) one.occasion = CrlOccasion::extra;
      put_crl(transaction, one);
    }
  });
  const store::ReadTransaction transaction = store.read();
  CHECK(find_crl(transaction, kScope, CrlKind::complete, 30)->occasion == CrlOccasion::extra);
  CHECK(find_crl(transaction, kScope, CrlKind::complete, 40)->occasion == CrlOccasion::regular);
  const auto regular = [&](std::uint64_t below) {
    return regular_crl_below(transaction, kScope, CrlKind::complete, below);
  };
  CHECK(regular(kAnyCrlNumber)->number == 40);
  CHECK(regular(40)->number == 10);
  CHECK_FALSE(regular(10).has_value());
}

TEST_CASE("a CRL record comes back as it was put") {
  Store store;
  const CrlRecord put = record(CrlKind::delta, 31);
  store.write([&](store::WriteTransaction& transaction) { put_crl(transaction, put); });
  const auto got = find_crl(store.read(), kScope, CrlKind::delta, 31);
  REQUIRE(got.has_value());
  CHECK(got->scope == put.scope);
  CHECK(got->this_update == put.this_update);
  CHECK(got->next_update == put.next_update);
  CHECK(got->covered == put.covered);
  CHECK(got->meaning == CrlMeaning::name);
  CHECK(got->oldest_not_after == put.oldest_not_after);
  CHECK(got->finality == CrlFinality::last_of_key);
  CHECK(got->base_number == 30);
  CHECK(got->entries == 3);
  CHECK(got->file == put.file);
  CHECK(got->offset == 5);
  CHECK(got->length == 700);
  CHECK(got->sha256 == put.sha256);
}

TEST_CASE("a record of an earlier version covers the generation that signed") {
  Store store;
  CrlRecord put = record(CrlKind::complete, 31);
  put.meaning = CrlMeaning::signing_generation;
  put.covered = {{1, 15}};
  put.oldest_not_after.reset();
  put.finality = CrlFinality::followed;
  store.write([&](store::WriteTransaction& transaction) { put_crl(transaction, put); });
  const auto got = find_crl(store.read(), kScope, CrlKind::complete, 31);
  REQUIRE(got.has_value());
  CHECK(got->meaning == CrlMeaning::signing_generation);
  CHECK(got->covered == Coverage{{1, 15}});
  CHECK_FALSE(got->oldest_not_after.has_value());
  CHECK(got->finality == CrlFinality::followed);
  CHECK(covered_sequence(got->covered, 1) == 15);
  CHECK_FALSE(covered_sequence(got->covered, 2).has_value());
  CHECK_FALSE(have_same_scope(*got, record(CrlKind::complete, 32)));
}

TEST_CASE("generations share a distribution point while they call it by one name") {
  Store store;
  const auto names = [](const char* text) {
    return pki::DistributionPointNames{pki::Name({pki::country("JP"), pki::common_name(text)}), std::nullopt};
  };
  store.write([&](store::WriteTransaction& transaction) {
    for (std::uint8_t generation = 1; generation <= 3; ++generation) {
      const IssuerId id{pki::CaName::sign, generation};
      put_issuer(transaction,
                 {.id = id, .certificate = {1}, .key_file = "k", .public_url = "", .compromise = {}});
      put_point_names(transaction, id, kKiyose, names(generation == 2 ? "Renamed" : "Kiyose"));
    }
  });
  const store::ReadTransaction transaction = store.read();
  using Generations = std::vector<std::uint8_t>;
  CHECK(generations_of(transaction, {kSign, pki::kWholeGeneration}) == Generations{1, 2, 3});
  CHECK(generations_of(transaction, {kSign, kKiyose}) == Generations{1, 3});
  CHECK(generations_of(transaction, {{pki::CaName::sign, 2}, kKiyose}) == Generations{2});
  CHECK(generations_of(transaction, {kSign, {11002}}).empty());
}

TEST_CASE("renounced bases only rise") {
  Store store;
  CHECK(greatest_renounced_base(store.read()) == 0);
  store.write([](store::WriteTransaction& transaction) {
    renounce_bases(transaction, 40);
    renounce_bases(transaction, 30);
  });
  CHECK(greatest_renounced_base(store.read()) == 40);
}

}  // namespace registry::testing
