// The table of roles: cell by cell against what the API does, and against docs/roles.md.

#include "admin/permission.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "registry/residents.h"
#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

constexpr std::uint32_t kOther = 131121;

struct Question {
  Method method = Method::post;
  std::string target;
  json::object body = {};
};

// Where an action of the table is concerned with: a resident of one's own municipality or of another; or the
// operator itself or another one.
struct Place {
  std::string resident, municipality, operator_name;
};

json::object event(const Place& place, std::string_view name, json::object items = {}) {
  items["resident"] = place.resident;
  items["event"] = name;
  items["dry_run"] = true;
  return items;
}

json::object entry_in(const Place& place) {
  return {{"name", "模擬　花子"},
          {"birth", "1980-02-17"},
          {"sex", "female"},
          {"municipality", place.municipality},
          {"address", "東京都模擬町２番"}};
}

// What a request of each action looks like. Most are refused for another reason once the role is right.
Question question_of(Action action, const Place& place) {
  const std::string resident = "/v1/residents/" + place.resident;
  switch (action) {
    case Action::see_roles:
      return {Method::get, "/v1/roles"};
    case Action::read_register:
      return {Method::get, resident};
    case Action::find_card:
      return {Method::post, "/v1/residents/search", {{"name", "x"}, {"birth", "1980-02-17"}}};
    case Action::register_resident:
      return {Method::post, "/v1/residents", entry_in(place)};
    case Action::record_event:
      return {Method::post, "/v1/events", event(place, "card-return")};
    case Action::record_error:
      return {Method::post, "/v1/events", event(place, "record-error", {{"kind", "auth"}})};
    case Action::record_online_notice:
      return {Method::post, "/v1/events",
              event(place, "key-notice", {{"kind", "auth"}, {"application", "AAAA"}})};
    case Action::hold:
      return {Method::post, "/v1/events", event(place, "hold")};
    case Action::release:
      return {Method::post, "/v1/events", event(place, "release")};
    case Action::issue:
      return {Method::post,
              "/v1/certificates",
              {{"resident", place.resident},
               {"kind", "auth"},
               {"csr", pki::to_base64(support::AuthorityWorld::request())}}};
    case Action::withdraw_consent:
      return {Method::post, resident + "/withdrawals", {{"verifier", "9"}}};
    case Action::read_service:
      return {Method::get, "/v1/generations"};
    case Action::read_statistics:
      return {Method::get, "/v1/statistics"};
    case Action::read_ledger:
      return {Method::get, "/v1/ledger"};
    case Action::read_audit:
      return {Method::get, "/v1/audit"};
    case Action::check:
      return {Method::get, "/v1/check"};
    case Action::publish:
      return {Method::post, "/v1/crls", {{"kind", "nothing"}}};
    case Action::end_key:
      return {Method::post, "/v1/crls", {{"kind", "final"}, {"issuer", "sign-9"}}};
    case Action::roll_ca:
      return {
          Method::post, "/v1/generations", {{"ca", "sign"}, {"link_certificates", false}, {"dry_run", true}}};
    case Action::record_compromise:
      return {
          Method::post, "/v1/events", {{"event", "ca-key-compromise"}, {"ca", "sign-1"}, {"dry_run", true}}};
    case Action::accept_clock:
      return {Method::post, "/v1/clock/acceptance"};
    case Action::rotate_keys:
      return {Method::post, "/v1/keys/rotation"};
    case Action::sweep:
      return {Method::post, "/v1/sweep", {{"dry_run", true}}};
    case Action::adopt:
      return {Method::post, "/v1/certificates/adoptions"};
    case Action::read_retention:
      return {Method::get, "/v1/retention"};
    case Action::remove_records:
      return {Method::post, "/v1/retention/removal", {{"on", "2999-01-01"}}};
    case Action::read_verifiers:
      return {Method::get, "/v1/verifiers"};
    case Action::change_verifiers:
      return {Method::post, "/v1/verifiers"};
    case Action::approve_verifiers:
      return {Method::post, "/v1/verifiers/9/approve"};
    case Action::read_operators:
      return {Method::get, "/v1/operators"};
    case Action::change_operators:
      return {Method::post, "/v1/operators"};
    case Action::renew_credential:
      return {Method::post, "/v1/operators/" + place.operator_name + "/credentials"};
    case Action::read_views:
      return {Method::get, "/v1/views"};
    case Action::add_views:
      return {Method::post, "/v1/views"};
    case Action::remove_views:
      return {Method::post, "/v1/views/none/remove"};
    case Action::read_requests:
      return {Method::get, "/v1/requests"};
    case Action::decide_requests:
      return {Method::post, "/v1/requests/9/confirm", {{"digest", "00"}}};
    case Action::verifier_service:
      break;
  }
  return {};
}

// The role as --role writes it.
std::string role_text(registry::Role role) {
  return role == registry::Role::municipality ? "municipality:132217" : std::string(to_string(role));
}

void check_cell(OperatorWorld& world, const PermissionRow& row, registry::Role role, const Place& place,
                bool is_allowed) {
  const Question question = question_of(row.action, place);
  const std::string body = question.method == Method::get ? "" : json::serialize(question.body);
  const auto response = world.by(std::string(to_string(role)), question.method, question.target, body);
  CAPTURE(row.name);
  CAPTURE(to_string(role));
  INFO(support::body_of(response));
  CHECK((response.status != 403) == is_allowed);
  if (response.status == 403) CHECK(text_of(object_of(response), "code") == "forbidden");
}

}  // namespace

TEST_CASE("every cell of the table is what the API does, for one's own and for others") {
  OperatorWorld world;
  for (const registry::Role role : kOperatorRoles)
    world.add(std::string(to_string(role)), {role_text(role)});
  // Each cell has residents of its own, so that none finds what another has done.
  for (const PermissionRow& row : permission_table()) {
    for (std::size_t column = 0; column < kOperatorRoles.size(); ++column) {
      const registry::Role role = kOperatorRoles.at(column);
      const Reach reach = row.reaches.at(column);
      const Place own{to_string(world.add_resident()), "132217", std::string(to_string(role))};
      const Place other{
          to_string(world.add_resident([](registry::Resident& resident) { resident.municipality = kOther; })),
          "131121", "nobody"};
      check_cell(world, row, role, own, reach != Reach::none);
      check_cell(world, row, role, other, reach == Reach::everywhere);
    }
  }
}

TEST_CASE("a role that may not do something is refused before the request is looked at") {
  OperatorWorld world;
  std::size_t refused = 0;
  for (const registry::Role role : kOperatorRoles)
    world.add(std::string(to_string(role)), {role_text(role)});
  for (const Endpoint& endpoint : world.running->api().endpoints()) {
    // What these two do stands in their bodies.
    if (endpoint.path == "/v1/events") continue;
    for (const registry::Role role : kOperatorRoles) {
      if (reach_of(role, endpoint.action) != Reach::none) continue;
      std::string target(endpoint.path);
      for (auto open = target.find('{'); open != std::string::npos; open = target.find('{'))
        target.replace(open, target.find('}') - open + 1, "1");
      CAPTURE(target);
      CAPTURE(to_string(role));
      const auto response = world.by(std::string(to_string(role)), endpoint.method, target, "{]");
      CHECK(response.status == 403);
      ++refused;
    }
  }
  CHECK(refused > 150);
}

TEST_CASE("the rule of a refusal is named") {
  OperatorWorld world;
  world.add("kei", {"auditor"});
  const auto problem = object_of(world.by("kei", Method::get, "/v1/residents/10000000018"));
  CHECK(text_of(problem, "detail").find("the rule read-register") != std::string::npos);
  CHECK(text_of(problem, "detail").find("municipality, register-reader") != std::string::npos);
}

TEST_CASE("a designated city's operator reads in its wards, and nowhere else") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("sapporo", {"municipality:011002"});
  const auto in = [&](std::uint32_t municipality) {
    return to_string(world.add_resident(
        [municipality](registry::Resident& resident) { resident.municipality = municipality; }));
  };
  const std::string ward = in(support::kSapporoChuo), elsewhere = in(support::kKiyose);
  CHECK(world.by("sapporo", Method::get, "/v1/residents/" + ward).status == 200);
  CHECK(world.by("sapporo", Method::get, "/v1/residents/" + elsewhere).status == 403);
  // A list has what may be read, and only that.
  const auto list = object_of(world.by("sapporo", Method::get, "/v1/residents"));
  REQUIRE(list.at("residents").as_array().size() == 1);
  CHECK(text_of(list.at("residents").at(0).as_object(), "id") == ward);
}

TEST_CASE("a municipality is answered the same about another's resident and about no one") {
  OperatorWorld world;
  world.add("mura", {"municipality:132217"});
  const std::string other =
      to_string(world.add_resident([](registry::Resident& resident) { resident.municipality = kOther; }));
  const std::string nobody = to_string(registry::make_resident_id(1'999'999'999));
  const auto questions = [](const std::string& resident) {
    const std::string path = "/v1/residents/" + resident;
    std::vector<Question> list = {{Method::get, path},
                                  {Method::get, path + "/history"},
                                  {Method::get, path + "/withdrawals"},
                                  {Method::post, path + "/withdrawals", {{"verifier", "9"}}},
                                  {Method::post, path + "/guardianship", {{"adult_ward", true}}},
                                  {Method::post,
                                   "/v1/certificates",
                                   {{"resident", resident},
                                    {"kind", "auth"},
                                    {"csr", pki::to_base64(support::AuthorityWorld::request())}}}};
    for (const char* name : {"hold", "release", "death", "card-return"})
      list.push_back({Method::post, "/v1/events", {{"resident", resident}, {"event", name}}});
    return list;
  };
  const auto about_other = questions(other), about_nobody = questions(nobody);
  for (std::size_t i = 0; i < about_other.size(); ++i) {
    const auto ask = [&](const Question& question) {
      return world.by("mura", question.method, question.target,
                      question.method == Method::get ? "" : json::serialize(question.body));
    };
    CAPTURE(about_other[i].target);
    const auto one = ask(about_other[i]), two = ask(about_nobody[i]);
    CHECK(one.status == 403);
    CHECK(two.status == 403);
    CHECK(support::body_of(one) == support::body_of(two));
  }
}

TEST_CASE("refused events of a batch are in the audit log, and whom a dry run named") {
  OperatorWorld world;
  world.add("mura", {"municipality:132217"});
  const std::string own = to_string(world.add_resident());
  const std::string other =
      to_string(world.add_resident([](registry::Resident& resident) { resident.municipality = kOther; }));
  const std::string nobody = to_string(registry::make_resident_id(1'999'999'999));
  const auto post = [&](bool is_dry_run) {
    json::array events;
    for (const std::string& resident : {own, other, nobody})
      events.push_back(json::object{{"resident", resident}, {"event", "death"}});
    const auto answer = world.by("mura", Method::post, "/v1/events/batch",
                                 json::serialize(json::object{{"events", events}, {"dry_run", is_dry_run}}));
    REQUIRE(answer.status == 200);
    return object_of(answer).at("results").as_array();
  };
  const auto lines_with = [&](const std::string& text) {
    return std::ranges::count_if(
        world.audit(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
  };
  CHECK(post(true).at(1).at("status").to_number<int>() == 403);
  CHECK(lines_with("event dry-run resident " + own + " resident " + other + " resident " + nobody) == 1);
  const auto results = post(false);
  CHECK(results.at(0).at("status").to_number<int>() == 201);
  CHECK(results.at(1) == results.at(2));
  for (const std::string& resident : {other, nobody})
    CHECK(lines_with("refused: record-event, resident " + resident) == 1);
}

TEST_CASE("docs/roles.md has the table as it is") {
  const std::string file = std::string(JPKI_SOURCE_DIR) + "/docs/roles.md";
  const std::string document(pki::as_text(support::read_file(file)));
  CHECK(document.find(roles_as_markdown()) != std::string::npos);
}

}  // namespace admin
