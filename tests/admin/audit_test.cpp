// Finding entries of the audit log, and walking through all of them.

#include <doctest/doctest.h>

#include "registry/clock_repairs.h"
#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

// Three days, each with an entry by akiko about resident 7 and one by jun about resident 77.
class AuditWorld : public OperatorWorld {
 public:
  AuditWorld() {
    add("kei", {"auditor"});
    first_day_ = clock.now();
    for (int i = 0; i < 3; ++i) {
      if (i > 0) clock.advance(std::chrono::hours{24});
      note("akiko", "event hold", "resident 7");
      note("jun", "event release", "resident 77");
    }
  }

  // "OPERATOR ACTION" of the entries, in the order of the answer.
  std::vector<std::string> found(const std::string& query) {
    const auto response = by("kei", Method::get, "/v1/audit" + query);
    INFO(support::body_of(response));
    REQUIRE(response.status == 200);
    last_ = object_of(response);
    std::vector<std::string> lines;
    for (const auto& entry : last_.at("entries").as_array())
      lines.push_back(text_of(entry.as_object(), "operator") + " " + text_of(entry.as_object(), "action"));
    return lines;
  }
  [[nodiscard]] std::string day(int n) const {
    return pki::to_string(pki::add_days(pki::jst_date(first_day_), n));
  }
  [[nodiscard]] const json::object& last() const { return last_; }

 private:
  void note(const std::string& who, const std::string& action, const std::string& subject) {
    const auto done = writer->execute({.actor = registry::Actor{.operator_name = who},
                                       .action = action,
                                       .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                         context.subjects = {subject};
                                         return {};
                                       }});
    REQUIRE(done.has_value());
  }

  pki::Time first_day_;
  json::object last_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("entries are found by who, what, about what and when, and by all of them together") {
  AuditWorld world;
  CHECK(world.found("?operator=akiko") == Lines(3, "akiko event hold"));
  CHECK(world.found("?action=event").size() == 6);
  CHECK(world.found("?action=event%20release") == Lines(3, "jun event release"));
  CHECK(world.found("?action=eve").empty());
  CHECK(world.found("?subject=7") == Lines(3, "akiko event hold"));
  CHECK(world.found("?subject=resident%2077") == Lines(3, "jun event release"));
  CHECK(world.found("?action=event&from=" + world.day(1)).size() == 4);
  CHECK(world.found("?action=event&to=" + world.day(1)).size() == 4);
  CHECK(world.found("?action=event&from=" + world.day(1) + "&to=" + world.day(1)).size() == 2);
  CHECK(world.found("?action=event&from=" + world.day(3)).empty());
  CHECK(world.found("?operator=jun&action=event&subject=77&from=" + world.day(2)) ==
        Lines{"jun event release"});
  CHECK(world.found("?operator=nobody").empty());
}

TEST_CASE("pages lead through the log both ways without a gap, and carry the hashes of signed heads") {
  AuditWorld world;
  const std::size_t all = world.found("").size();
  Lines forwards;
  std::vector<std::string> hashes;
  for (std::string after = "0"; !after.empty();) {
    for (const std::string& line : world.found("?limit=2&after=" + after))
      forwards.push_back(line);
    for (const auto& entry : world.last().at("entries").as_array())
      hashes.push_back(text_of(entry.as_object(), "hash"));
    const auto& next = world.last().at("next");
    after = next.is_null() ? std::string() : std::to_string(next.to_number<std::uint64_t>());
  }
  Lines backwards = world.found("?limit=4");
  while (!world.last().at("next").is_null())
    for (const std::string& line :
         world.found("?limit=4&before=" + std::to_string(world.last().at("next").to_number<std::uint64_t>())))
      backwards.push_back(line);
  CHECK(forwards.size() == all);
  std::ranges::reverse(backwards);
  CHECK(forwards == backwards);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    CHECK(store::to_string(store::audit_head_at(world.read(), i + 1).value()) ==
          std::to_string(i + 1) + ":" + hashes[i]);
}

TEST_CASE("entries are found by their time on both sides of a clock repair") {
  AuditWorld world;
  world.write([&](store::WriteTransaction& transaction) {
    const auto append = [&](const std::string& action, int days) {
      store::append_audit(transaction,
                          {.recorded_at = world.clock.now() + pki::Seconds{std::chrono::days{days}},
                           .actor = registry::Actor{.operator_name = "jun"},
                           .action = action,
                           .subjects = {}});
    };
    for (int i = 0; i < 50; ++i)
      append("false", 1'000);
    append("clock repair", 1);
    registry::note_clock_repair(transaction, store::read_audit_head(transaction).sequence);
    append("right", 2);
    append("right", 3);
  });
  CHECK(world.found("?operator=jun&from=" + world.day(4) + "&to=" + world.day(4)) == Lines{"jun right"});
  CHECK(world.found("?operator=jun&from=" + world.day(3) + "&to=" + world.day(5)) ==
        Lines{"jun right", "jun right", "jun clock repair"});
  CHECK(world.found("?operator=jun&from=" + world.day(900)) == Lines(50, "jun false"));
  CHECK(world.found("?operator=jun&to=" + world.day(0)) == Lines{"jun event release"});
}

TEST_CASE("a moment that is none, a walk both ways and a role that may not read are refused") {
  AuditWorld world;
  world.add("mura", {"municipality:132217"});
  CHECK(world.by("kei", Method::get, "/v1/audit?from=yesterday").status == 422);
  CHECK(world.by("kei", Method::get, "/v1/audit?before=x").status == 422);
  CHECK(world.by("kei", Method::get, "/v1/audit?before=3&after=1").status == 422);
  CHECK(world.by("mura", Method::get, "/v1/audit?operator=akiko").status == 403);
}

}  // namespace admin
