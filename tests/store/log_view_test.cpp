// Rows, their halves and their chain: what a machine applies, and what it refuses.

#include "store/log_view.h"

#include <algorithm>

#include "pki/hash.h"
#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"

namespace store::testing {

namespace {

// A leader that has appended three rows, and a machine that has read two of them.
struct Three {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = anchor_of_tests()}};
  FakeLog log_a{engine}, log_b{engine};
  LogMachine a{"a", log_a}, b{"b", log_b};

  Three() {
    REQUIRE(a.begin(engine.identity).has_value());
    REQUIRE(b.begin(engine.identity).has_value());
    REQUIRE(a.lead().has_value());
    for (std::uint64_t i = 1; i <= 3; ++i) {
      if (i == 3) REQUIRE(b.catch_up().has_value());
      REQUIRE(a.put(i).has_value());
    }
  }
  // What b says about the log, which leaves it as it is.
  std::string refusal() {
    const pki::Bytes before = b.digest();
    const auto result = b.catch_up();
    CHECK(b.digest() == before);
    CHECK(b.position().number == 2);
    return result ? "" : result.error().text();
  }
};

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool contains(const pki::Bytes& bytes, pki::ByteView part) {
  return !std::ranges::search(bytes, part).empty();
}

}  // namespace

TEST_CASE("a row that was changed by hand is refused, whatever was changed") {
  const std::vector<std::function<void(LogRow&)>> changes = {
      [](LogRow& row) { row.epoch.number++; },
      [](LogRow& row) { row.epoch.id.front() ^= 1; },
      [](LogRow& row) { row.writer += "x"; },
      [](LogRow& row) { row.time += pki::Seconds{1}; },
      [](LogRow& row) { row.schema++; },
      [](LogRow& row) { row.previous.back() ^= 1; },
      [](LogRow& row) { row.for_views.body->back() ^= 1; },
      [](LogRow& row) { row.for_authorities.body->back() ^= 1; },
      [](LogRow& row) { row.for_views.digest.back() ^= 1; },
      [](LogRow& row) { row.hash.back() ^= 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    Three three;
    changes[i](three.engine.rows[2]);
    CHECK(says(three.refusal(), "row 3 of the log was changed"));
  }
}

TEST_CASE(
    "a row that was changed together with its hash does not follow the one before, or is not followed") {
  Three three;
  LogRow& last = three.engine.rows[2];
  last.previous.back() ^= 1;
  last.hash = hash_of(last);
  CHECK(says(three.refusal(), "does not follow"));

  Three other;
  LogRow& own = other.engine.rows[1];
  own.writer = "somebody";
  own.hash = hash_of(own);
  CHECK(says(other.refusal(), "row 2 of the log is not the one that this store has"));
}

TEST_CASE("a log with a gap, one that ends early and one of another instance are refused") {
  Three gap;
  gap.engine.rows[2].number = 4;
  gap.engine.rows[2].hash = hash_of(gap.engine.rows[2]);
  CHECK(says(gap.refusal(), "does not follow"));

  Three early;
  early.engine.rows.resize(1);
  CHECK(says(early.refusal(), "the database has lost rows"));

  Three other;
  other.engine.identity.id.front() ^= 1;
  CHECK(says(other.refusal(), "another instance"));
}

TEST_CASE("rows of another layout, of unknown tables and with cut operations are refused") {
  const auto with_half = [](LogRow& row, pki::Bytes body) {
    row.for_views.digest = pki::digest(pki::HashAlgorithm::sha256, body);
    row.for_views.body = std::move(body);
    row.hash = hash_of(row);
  };
  Three layout;
  layout.engine.rows[2].schema++;
  layout.engine.rows[2].hash = hash_of(layout.engine.rows[2]);
  CHECK(says(layout.refusal(), "use the same version of jpki"));

  Three unknown;
  pki::Bytes body(32, 0);
  pki::append(body, pki::Bytes{1, 60, 0, 1, 7, 0, 0, 0, 0});
  with_half(unknown.engine.rows[2], body);
  CHECK(says(unknown.refusal(), "table 60"));

  // Cut anywhere but between two operations: here 32 random bytes, a put of 32 bytes, and a second one.
  const pki::Bytes whole = *Three().engine.rows[2].for_views.body;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto rest = pki::ByteView(whole).first(size);
    Three cut;
    with_half(cut.engine.rows[2], pki::to_bytes(rest));
    const auto result = cut.b.catch_up();
    CAPTURE(size);
    if (size == 32) {
      CHECK(result.has_value());  // No operation at all.
    } else if (result.has_error()) {
      CHECK(says(result.error().text(), "do not decode"));
    } else {
      // Between the put and the erasure.
      CHECK(size == 32 + 8 + 16);
    }
  }
}

TEST_CASE("a view checks the chain without the half that it may not have, and the half tells it nothing") {
  Three three;
  for (LogRow& row : three.engine.rows) {
    const LogRow whole = row;
    // Resident ids, audit entries and what no list allows to views are in the other half.
    const auto number = Key().u64(row.number * 7);
    CHECK(contains(*row.for_authorities.body, number.view()));
    CHECK_FALSE(contains(*row.for_views.body, number.view()));
    CHECK(contains(*row.for_views.body, Key().u64(row.number * 9).view()));
    row.for_authorities.body.reset();
    CHECK(check_row(row).has_value());
    CHECK(row.hash == whole.hash);
  }
  FakeLog log(three.engine);
  LogMachine view("view", log);
  REQUIRE(view.begin(three.engine.identity).has_value());
  CHECK(view.catch_up().value() == 3);
  CHECK_FALSE(view.has(1));
  CHECK(view.environment->read().count(store::tables::audit) == 0);
  CHECK(view.environment->read().count(registry::tables::status) == 1);
}

TEST_CASE("the same operations have another digest each time") {
  pki::Rng rng = pki::Rng::seeded(1);
  Operations first, second;
  for (Operations* const operations : {&first, &second}) {
    operations->put(registry::tables::status, Key().u64(1), Key().u64(2));
    operations->fill_random(rng);
  }
  CHECK(first.half(Readers::views) != second.half(Readers::views));
  CHECK(first.half(Readers::authorities) != second.half(Readers::authorities));
  CHECK(first.half(Readers::views).size() == second.half(Readers::views).size());
}

TEST_CASE("a store that is not the one from which the log began cannot belong to it") {
  Three three;
  FakeLog log(three.engine);
  LogMachine other("other", log);
  {
    auto transaction = begin_exclusive_write(*other.environment);
    transaction.put(registry::tables::due, Key().u64(1), Key().u64(1));
    transaction.commit();
  }
  const auto result = other.begin(three.engine.identity);
  REQUIRE(result.has_error());
  CHECK(says(result.error().text(), "began from another store"));
  CHECK_FALSE(read_log_position(other.environment->read()).has_value());
  // Nor twice.
  CHECK(three.b.begin(three.engine.identity).has_error());
}

TEST_CASE("a position that is damaged is never taken for a store without a log") {
  Three three;
  three.b.writer.reset();
  FakeLog log(three.engine);
  LogMachine other("other", log);
  {
    auto transaction = begin_exclusive_write(*other.environment);
    transaction.put(tables::meta, pki::as_bytes("log_position"), pki::Bytes(7, 1));
    transaction.commit();
  }
  CHECK_THROWS_AS(static_cast<void>(read_log_position(other.environment->read())), Corruption);
}

}  // namespace store::testing
