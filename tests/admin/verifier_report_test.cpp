// The ledger as it is reported: the right rows of the right period, sums that add up, and the reports of Act
// 41 and Act 66.

#include <doctest/doctest.h>

#include "tests/support/world.h"
#include "verifier/credentials.h"
#include "verifier/ledger.h"

namespace admin {

namespace {

using http::Method;
using support::body_of;
using verifier::LedgerAnswer;
using verifier::LedgerItem;

pki::Date day(int year, unsigned month, unsigned date) {
  return pki::Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{date}};
}

verifier::LedgerRow row(pki::Date date, std::uint64_t verifier, LedgerAnswer answer, std::uint64_t count) {
  verifier::LedgerKey key{.day = verifier::ledger_day(date), .verifier = verifier};
  key.answer = answer;
  key.ca = pki::CaName::auth;
  if (verifier != 0) key.method = verifier::RecognitionMethod::network;
  return {key, count};
}

class ReportWorld : public support::World {
 public:
  ReportWorld() {
    verifier::Verifier bank;
    bank.name = "Example \"Bank\", Ltd";
    bank.sector = verifier::Sector::private_sector;
    bank.classes[verifier::VerifierClass::specific_authentication] = {
        .notified = day(2026, 1, 5),
        .agreed = day(2026, 1, 6),
        .certified = day(2026, 4, 1),
        .approvals = {{.from = day(2026, 5, 1)}}};
    verifier::Verifier city;
    city.name = "Example City";
    city.classes[verifier::VerifierClass::signature] = {};
    write([&](store::WriteTransaction& transaction) {
      bank_id = verifier::put_verifier(transaction, bank);
      city_id = verifier::put_verifier(transaction, city);
      verifier::put_credential(transaction, {.serial = {500},
                                             .verifier = bank_id,
                                             .use = verifier::CredentialUse::pinless,
                                             .purpose = "checks at the counter",
                                             .terminal = "Kiyose 1",
                                             .not_before = clock.now(),
                                             .not_after = clock.now() + std::chrono::hours{24},
                                             .certificate = {0x30, 0x00}});
      verifier::LedgerRow list = row(day(2026, 11, 2), city_id, LedgerAnswer::given, 4);
      list.key.item = LedgerItem::delta_crl;
      list.key.ca = pki::CaName::sign;
      for (const verifier::LedgerRow& one :
           {row(day(2025, 12, 31), bank_id, LedgerAnswer::good, 1000),
            row(day(2026, 1, 1), bank_id, LedgerAnswer::good, 5),
            row(day(2026, 11, 1), bank_id, LedgerAnswer::good, 7),
            row(day(2026, 11, 1), bank_id, LedgerAnswer::revoked, 2),
            row(day(2026, 11, 23), bank_id, LedgerAnswer::unauthorized, 9),
            row(day(2026, 11, 23), 0, LedgerAnswer::good, 3),
            row(day(2026, 12, 31), bank_id, LedgerAnswer::unknown, 11), list})
        verifier::add_to_ledger(transaction, one);
    });
  }
  json::object get(const std::string& target, unsigned status = 200) {
    const http::Response response = call(Method::get, target);
    INFO(body_of(response));
    CHECK(response.status == status);
    return json::parse(body_of(response)).as_object();
  }

  std::uint64_t bank_id = 0, city_id = 0;
};

std::uint64_t sum(const json::array& rows) {
  std::uint64_t total = 0;
  for (const json::value& one : rows)
    total += one.at("count").to_number<std::uint64_t>();
  return total;
}

}  // namespace

TEST_CASE("the ledger of a period has the rows of its days, of one verifier or all") {
  ReportWorld world;
  const json::object month = world.get("/v1/ledger");
  CHECK(month.at("from").as_string() == "2026-11-01");
  CHECK(month.at("to").as_string() == "2026-11-23");
  CHECK(month.at("rows").as_array().size() == 5);
  CHECK(month.at("provided").to_number<int>() == 7 + 2 + 4 + 3);
  CHECK(month.at("not_provided").to_number<int>() == 9);
  const std::string bank = std::to_string(world.bank_id);
  const json::object one = world.get("/v1/ledger?from=2026-11-01&to=2026-11-01&verifier=" + bank);
  REQUIRE(one.at("rows").as_array().size() == 2);
  CHECK(one.at("rows").as_array()[0] == json::object{{"date", "2026-11-01"},
                                                     {"verifier", bank},
                                                     {"name", "Example \"Bank\", Ltd"},
                                                     {"credential", nullptr},
                                                     {"ca", "auth"},
                                                     {"provided", "status"},
                                                     {"method", "ocsp"},
                                                     {"recognised_by", "network"},
                                                     {"purpose", "normal"},
                                                     {"answer", "good"},
                                                     {"count", 7}});
  CHECK(sum(world.get("/v1/ledger?from=2025-01-01&to=2027-12-31").at("rows").as_array()) == 1041);
  CHECK(world.get("/v1/ledger?from=2027-01-01").at("rows").as_array().empty());
  CHECK(world.get("/v1/ledger?to=2026-01-15").at("from").as_string() == "2026-01-01");
}

TEST_CASE("a wrong period or verifier is named") {
  ReportWorld world;
  for (const auto& [query, field] :
       {std::pair{"from=yesterday", "from"}, std::pair{"to=2026-02-30", "to"},
        std::pair{"from=2026-11-02&to=2026-11-01", "to"}, std::pair{"verifier=x", "verifier"}}) {
    const auto& shown = query;
    CAPTURE(shown);
    CHECK(world.get(std::string("/v1/ledger?") + query, 422).at("field").as_string() == field);
  }
  CHECK(world.get("/v1/ledger?verifier=77", 404).at("code").as_string() == "not_found");
  for (const char* year : {"26", "20261", "abcd"})
    CHECK(world.get(std::string("/v1/ledger/years/") + year, 422).at("field").as_string() == "year");
  CHECK(world.get("/v1/verifiers/77/report", 404).at("code").as_string() == "not_found");
}

TEST_CASE("the yearly report has what was provided in that year alone, and adds up") {
  ReportWorld world;
  const json::object report = world.get("/v1/ledger/years/2026");
  CHECK_FALSE(report.at("complete").as_bool());
  const json::array& rows = report.at("rows").as_array();
  // January, November (the bank, the city, nobody registered) and December; neither 2025 nor a refusal.
  REQUIRE(rows.size() == 5);
  CHECK(sum(rows) == 5 + 7 + 2 + 4 + 3 + 11);
  CHECK(sum(report.at("totals").as_array()) == sum(rows));
  CHECK(rows[0] == json::object{{"ca", "auth"},
                                {"provided", "status"},
                                {"article", "Act 37-1"},
                                {"method", "ocsp"},
                                {"count", 5},
                                {"month", "2026-01"},
                                {"verifier", std::to_string(world.bank_id)},
                                {"name", "Example \"Bank\", Ltd"}});
  bool has_list = false;
  for (const json::value& one : rows)
    has_list = has_list ||
               (one.at("article").as_string() == "Act 18-2" && one.at("method").as_string() == "crl-delta");
  CHECK(has_list);
  const json::object former = world.get("/v1/ledger/years/2025");
  CHECK(former.at("complete").as_bool());
  CHECK(sum(former.at("rows").as_array()) == 1000);
  CHECK(world.get("/v1/ledger/years/2024").at("rows").as_array().empty());
}

TEST_CASE("the report on a verifier shows its dates, its credentials and its use") {
  ReportWorld world;
  const json::object report = world.get("/v1/verifiers/" + std::to_string(world.bank_id) + "/report");
  CHECK(report.at("article").as_string() == "Act 66-1, 66-2");
  CHECK(report.at("private").as_bool());
  const auto& entry = report.at("standing").at("classes").at("specific-authentication").as_object();
  CHECK(entry.at("active").as_bool());
  CHECK(entry.at("certified").as_string() == "2026-04-01");
  CHECK(entry.at("certified_until").as_string() == "2027-03-31");
  CHECK(entry.at("approved").as_string() == "2026-05-01");
  const auto& credential = report.at("credentials").as_array().at(0).as_object();
  CHECK(credential.at("for").as_string() == "pinless");
  CHECK(credential.at("purpose").as_string() == "checks at the counter");
  CHECK(credential.at("terminal").as_string() == "Kiyose 1");
  CHECK(credential.at("in_force").as_bool());
  CHECK(report.at("provided").to_number<int>() == 9);
  CHECK(report.at("not_provided").to_number<int>() == 9);
  const json::object city = world.get("/v1/verifiers/" + std::to_string(world.city_id) + "/report");
  CHECK(city.at("article").as_string() == "Act 66-2");
  CHECK_FALSE(city.at("standing").at("explanation").as_string().empty());
}

}  // namespace admin
