// The approval of the PIN-less class on each day: its changes, its end, its cancellation (Act 38-2).

#include "verifier/approvals.h"

#include "tests/registry/store.h"
#include "verifier/verifiers.h"

namespace verifier::testing {

using namespace registry;
using namespace registry::testing;

namespace {

const pki::Date kToday = day(2026, 11, 23);
constexpr pki::Time kNow = support::kStart;  // 2026-11-23 in Japan.

// The plan in force on a day; "-" without an approval.
std::string plan_on(const std::vector<Approval>& approvals, pki::Date date) {
  const Approval* entry = approval_in_force(approvals, date);
  return entry == nullptr ? "-" : entry->plan.value_or("?");
}

std::string error_field(const pki::Result<void>& result) {
  REQUIRE(result.has_error());
  return result.error().field;
}

Verifier specific(std::vector<Approval> approvals) {
  Verifier verifier;
  verifier.name = "Example Bank";
  ClassSteps& steps = verifier.classes[VerifierClass::specific_authentication];
  steps.notified = steps.agreed = day(2026, 1, 1);
  steps.approvals = std::move(approvals);
  return verifier;
}

// Whether the PIN-less path is open.
bool is_open(const Verifier& verifier, pki::Date date) {
  return standing_of(verifier, pki::jst_start_of_day(date)).pinless;
}

}  // namespace

TEST_CASE("a change of approval to come leaves the present one in force until its day") {
  std::vector<Approval> approvals;
  REQUIRE(record_approval(approvals, {.from = day(2026, 1, 1), .plan = "one", .equipment = "gate"}, kToday)
              .has_value());
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 1), .plan = "two"}, kToday).has_value());
  REQUIRE(approvals.size() == 2);
  CHECK(plan_on(approvals, day(2025, 12, 31)) == "-");
  CHECK(plan_on(approvals, day(2026, 1, 1)) == "one");
  CHECK(plan_on(approvals, day(2026, 11, 30)) == "one");
  CHECK(plan_on(approvals, day(2026, 12, 1)) == "two");
  // What the change does not mention stays.
  CHECK(approval_in_force(approvals, day(2026, 12, 1))->equipment == "gate");
  CHECK_FALSE(is_change(approvals, approvals[0]));
  CHECK(is_change(approvals, approvals[1]));
  const Verifier verifier = specific(approvals);
  for (const pki::Date date : {day(2026, 1, 1), kToday, day(2026, 11, 30), day(2026, 12, 1), day(2027, 5, 1)})
    CHECK(is_open(verifier, date));
  CHECK_FALSE(is_open(verifier, day(2025, 12, 31)));
}

TEST_CASE("an approval recorded for today or earlier takes the place of what was recorded since") {
  std::vector<Approval> approvals;
  REQUIRE(record_approval(approvals, {.from = kToday, .plan = "mistaken"}, kToday).has_value());
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 1), .plan = "planned"}, kToday).has_value());
  REQUIRE(record_approval(approvals, {.from = day(2026, 11, 1), .until = day(2026, 11, 22), .plan = "right"},
                          kToday)
              .has_value());
  CHECK(plan_on(approvals, day(2026, 11, 22)) == "right");
  CHECK(plan_on(approvals, kToday) == "-");
  CHECK(approval_missing(approvals, kToday).in(pki::Language::en) == "the approval has ended");
  CHECK(plan_on(approvals, day(2026, 12, 1)) == "planned");
  // The same day twice: the second word counts, and keeps what it does not mention.
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 1), .equipment = "gate"}, kToday).has_value());
  CHECK(approvals.size() == 2);
  CHECK(plan_on(approvals, day(2026, 12, 1)) == "planned");
}

TEST_CASE("an approval after one that ended inherits nothing") {
  std::vector<Approval> approvals;
  REQUIRE(record_approval(
              approvals,
              {.from = day(2026, 1, 1), .until = day(2026, 6, 30), .plan = "one", .equipment = "gate"},
              kToday)
              .has_value());
  REQUIRE(record_approval(approvals, {.from = kToday, .equipment = "desk"}, kToday).has_value());
  CHECK(plan_on(approvals, kToday) == "?");
  CHECK_FALSE(approval_in_force(approvals, kToday)->until.has_value());
  CHECK_FALSE(is_change(approvals, approvals[1]));
}

TEST_CASE("a cancelled approval is at an end at once, with what was planned, and a new one may follow") {
  std::vector<Approval> approvals;
  CHECK(cancel_approval(approvals, kToday, kToday).error().code == pki::Errc::conflict);
  REQUIRE(record_approval(approvals, {.from = day(2026, 1, 1), .plan = "one"}, kToday).has_value());
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 1), .plan = "two"}, kToday).has_value());
  CHECK(error_field(cancel_approval(approvals, day(2026, 11, 24), kToday)) == "date");
  CHECK(error_field(cancel_approval(approvals, day(2025, 12, 31), kToday)) == "date");
  CHECK(plan_on(approvals, kToday) == "one");
  REQUIRE(cancel_approval(approvals, kToday, kToday).has_value());
  CHECK(plan_on(approvals, day(2026, 11, 22)) == "one");
  for (const pki::Date date : {kToday, day(2026, 12, 1), day(2030, 1, 1)})
    CHECK(plan_on(approvals, date) == "-");
  CHECK(approval_missing(approvals, kToday).in(pki::Language::en) ==
        "the approval was cancelled on 2026-11-23 (Act 38-2(6))");
  CHECK(cancel_approval(approvals, kToday, kToday).error().code == pki::Errc::conflict);
  // A new one cannot undo the cancellation, but may begin on the same day.
  CHECK(error_field(record_approval(approvals, {.from = day(2026, 11, 22)}, kToday)) == "date");
  REQUIRE(record_approval(approvals, {.from = kToday, .plan = "three"}, kToday).has_value());
  CHECK(plan_on(approvals, kToday) == "three");
  CHECK_FALSE(is_change(approvals, approvals.back()));
}

TEST_CASE("what was approved and cancelled on one day stays on record when another approval follows") {
  std::vector<Approval> approvals;
  REQUIRE(record_approval(approvals, {.from = kToday, .plan = "one"}, kToday).has_value());
  REQUIRE(cancel_approval(approvals, kToday, kToday).has_value());
  REQUIRE(record_approval(approvals, {.from = kToday, .plan = "two"}, kToday).has_value());
  REQUIRE(approvals.size() == 3);
  CHECK(approvals[0].plan == "one");
  CHECK(approvals[1].kind == Approval::Kind::cancelled);
  CHECK(plan_on(approvals, kToday) == "two");
  CHECK_FALSE(is_change(approvals, approvals[2]));
}

TEST_CASE("an approval to come can be cancelled before it begins") {
  std::vector<Approval> approvals;
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 1), .plan = "one"}, kToday).has_value());
  CHECK(approval_missing(approvals, kToday).in(pki::Language::en) ==
        "the approval (Act 38-2) begins on 2026-12-01");
  REQUIRE(cancel_approval(approvals, kToday, kToday).has_value());
  CHECK(plan_on(approvals, day(2026, 12, 1)) == "-");
}

TEST_CASE("a minor change is recorded after it was made, on top of the approval in force") {
  std::vector<Approval> approvals;
  CHECK(record_minor_change(approvals, {.from = kToday, .plan = "x"}, kToday).error().code ==
        pki::Errc::conflict);
  REQUIRE(record_approval(
              approvals,
              {.from = day(2026, 1, 1), .until = day(2027, 1, 1), .plan = "one", .equipment = "gate"}, kToday)
              .has_value());
  CHECK(error_field(record_minor_change(approvals, {.from = kToday}, kToday)) == "plan");
  CHECK(error_field(record_minor_change(approvals, {.from = day(2026, 11, 24), .plan = "x"}, kToday)) ==
        "date");
  CHECK(error_field(record_minor_change(approvals, {.from = kToday, .until = kToday, .plan = "x"}, kToday)) ==
        "until");
  CHECK(error_field(record_minor_change(approvals, {.from = kToday, .plan = ""}, kToday)) == "plan");
  REQUIRE(approvals.size() == 1);
  REQUIRE(
      record_minor_change(approvals, {.from = day(2026, 11, 20), .equipment = "gates"}, kToday).has_value());
  const Approval* present = approval_in_force(approvals, kToday);
  REQUIRE(present != nullptr);
  CHECK(present->kind == Approval::Kind::minor_change);
  CHECK(present->plan == "one");
  CHECK(present->equipment == "gates");
  CHECK(present->until == day(2027, 1, 1));
  CHECK(approval_in_force(approvals, day(2026, 11, 19))->equipment == "gate");
  // A change after it begins from it.
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 1), .plan = "two"}, kToday).has_value());
  CHECK(approval_in_force(approvals, day(2026, 12, 1))->equipment == "gates");
}

TEST_CASE("the verifier ends its checks on a day announced beforehand") {
  std::vector<Approval> approvals;
  CHECK(end_approval(approvals, kToday, kToday).error().code == pki::Errc::conflict);
  REQUIRE(record_approval(approvals, {.from = day(2026, 1, 1), .plan = "one"}, kToday).has_value());
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 20), .plan = "three"}, kToday).has_value());
  CHECK(error_field(end_approval(approvals, day(2026, 11, 22), kToday)) == "date");
  REQUIRE(end_approval(approvals, day(2026, 12, 10), kToday).has_value());
  CHECK(plan_on(approvals, day(2026, 12, 9)) == "one");
  // What was planned for later ends with it.
  for (const pki::Date date : {day(2026, 12, 10), day(2026, 12, 20), day(2030, 1, 1)})
    CHECK(plan_on(approvals, date) == "-");
  CHECK(end_in_force(approvals, day(2026, 12, 9)) == nullptr);
  CHECK(end_in_force(approvals, day(2026, 12, 10)) != nullptr);
  CHECK(approval_missing(approvals, day(2026, 12, 10)).in(pki::Language::en) ==
        "the verifier ended the approved checks on 2026-12-10 (Order 25-5)");
  // Told anew, the day is another; up to it a change is possible.
  REQUIRE(end_approval(approvals, day(2026, 12, 15), kToday).has_value());
  REQUIRE(record_approval(approvals, {.from = day(2026, 12, 5), .plan = "two"}, kToday).has_value());
  CHECK(plan_on(approvals, day(2026, 12, 14)) == "two");
  CHECK(plan_on(approvals, day(2026, 12, 15)) == "-");
  CHECK(approvals.size() == 3);
  // Told again on its day, it has come already.
  CHECK(end_approval(approvals, day(2026, 12, 15), day(2026, 12, 15)).error().code == pki::Errc::conflict);
  // Once it has come, only a new approval from that day on helps.
  const pki::Date later = day(2026, 12, 16);
  CHECK(end_approval(approvals, later, later).error().code == pki::Errc::conflict);
  CHECK(error_field(record_approval(approvals, {.from = day(2026, 12, 14)}, later)) == "date");
  REQUIRE(record_approval(approvals, {.from = later, .plan = "new"}, later).has_value());
  CHECK(plan_on(approvals, later) == "new");
  CHECK_FALSE(is_change(approvals, approvals.back()));
  CHECK(end_in_force(approvals, later) == nullptr);
}

TEST_CASE("an end that was announced beforehand gives way to a cancellation") {
  std::vector<Approval> approvals;
  REQUIRE(record_approval(approvals, {.from = day(2026, 1, 1)}, kToday).has_value());
  REQUIRE(end_approval(approvals, day(2026, 12, 10), kToday).has_value());
  REQUIRE(cancel_approval(approvals, kToday, kToday).has_value());
  CHECK(plan_on(approvals, kToday) == "-");
  CHECK(approvals.back().kind == Approval::Kind::cancelled);
  CHECK(approvals.size() == 2);
}

TEST_CASE("plan and equipment are bounded texts, and so is their number") {
  std::vector<Approval> approvals;
  for (const std::string& text : {std::string(), std::string("\xFF"), std::string("a\x1B[2J"),
                                  std::string(kMaxApprovalTextPoints + 1, 'a')}) {
    CHECK(error_field(record_approval(approvals, {.from = kToday, .plan = text}, kToday)) == "plan");
    CHECK(error_field(record_approval(approvals, {.from = kToday, .equipment = text}, kToday)) ==
          "equipment");
  }
  CHECK(error_field(record_approval(approvals, {.from = kToday, .until = day(2026, 11, 22)}, kToday)) ==
        "until");
  CHECK(approvals.empty());
  REQUIRE(record_approval(approvals, {.from = kToday, .plan = "サービス\nの内容"}, kToday).has_value());
  for (int i = 1; i <= 2 * static_cast<int>(kMaxApprovals); ++i)
    REQUIRE(record_approval(approvals, {.from = pki::add_days(kToday, i)}, kToday).has_value());
  CHECK(approvals.size() == kMaxApprovals);
}

TEST_CASE("approvals come back from the store as they were put") {
  Store store;
  std::vector<Approval> approvals = {
      {.from = day(2026, 1, 1), .until = day(2026, 12, 31), .plan = "計画", .equipment = "gate"},
      {.from = day(2026, 6, 1), .kind = Approval::Kind::cancelled},
      {.from = day(2026, 7, 1)},
      {.from = day(2026, 8, 1), .equipment = "gates", .kind = Approval::Kind::minor_change},
      {.from = day(2026, 9, 1), .kind = Approval::Kind::ended}};
  std::uint64_t id = 0;
  store.write(
      [&](store::WriteTransaction& transaction) { id = put_verifier(transaction, specific(approvals)); });
  const auto got = find_verifier(store.read(), id);
  CHECK(got->classes.at(VerifierClass::specific_authentication).approvals == approvals);
}

TEST_CASE("the one approval of an earlier version's record is read, with its last day or without") {
  for (const bool has_end : {false, true}) {
    CAPTURE(has_end);
    // What that build wrote: the days under [3] and [4] of the class.
    pki::der::Writer writer;
    const auto text = [&](std::string_view value) { writer.text(pki::der::tag::kUtf8String, value); };
    const auto dated = [&](unsigned n, std::string_view value) {
      writer.context(n, [&] { writer.sequence([&] { text(value); }); });
    };
    writer.sequence([&] {
      text("Example Bank");
      writer.integer(1).boolean(true).boolean(false);
      writer.sequence([&] {
        writer.sequence([&] {
          writer.integer(4);
          dated(0, "2026-01-01");
          dated(1, "2026-01-01");
          dated(3, "2026-02-01");
          if (has_end) dated(4, "2026-11-22");
        });
      });
      writer.sequence([] {});
    });
    const pki::Bytes record = writer.take();
    Store store;
    store.damage([&](store::WriteTransaction& transaction) {
      transaction.put(registry::tables::verifiers, registry::Key().u64(7), record);
    });
    const auto verifier = find_verifier(store.read(), 7);
    REQUIRE(verifier.has_value());
    CHECK(is_open(*verifier, day(2026, 11, 22)));
    CHECK(is_open(*verifier, kToday) != has_end);
    CHECK_FALSE(is_open(*verifier, day(2026, 1, 31)));
    CHECK(standing_of(*verifier, kNow).explanation.empty() != has_end);
    store.write([&](store::WriteTransaction& transaction) { put_verifier(transaction, *verifier); });
    CHECK(find_verifier(store.read(), 7)->classes.at(VerifierClass::specific_authentication).approvals ==
          verifier->classes.at(VerifierClass::specific_authentication).approvals);
  }
}

}  // namespace verifier::testing
