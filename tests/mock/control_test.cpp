// The control of a running mock: every path, and what it refuses.

#include "mock/control.h"

#include "tests/mock/asking.h"

namespace mock::test {

TEST_CASE("the first line is what GET /mock says, and all its files can be fetched") {
  RunningMock mock({.residents = 2});
  const Reply reply = mock.call("GET", "/mock");
  CHECK(reply.status == 200);
  CHECK(reply.body.at("residents") == mock.first_line.at("residents"));
  CHECK(reply.body.at("control") == mock.first_line.at("control"));
  CHECK(reply.body.at("residents").as_array().size() == 2);
  const std::string files(reply.body.at("files").at("url").as_string());
  const std::string folder(reply.body.at("files").at("folder").as_string());
  for (const char* member : {"cer", "key", "p12"}) {
    const std::string path(mock.resident(1).at("sign").at(member).as_string());
    REQUIRE(path.starts_with(folder));
    const auto fetched = mock.send("GET", files + path.substr(folder.size()));
    CHECK(fetched.status == 200);
    CHECK(fetched.body == support::read_file(path));
  }
  CHECK(mock.send("GET", files + "/../admin.sock").status == 404);
  CHECK(mock.send("GET", files + "/%2E%2E/admin.sock").status == 404);
  CHECK(mock.send("GET", files + "/none.cer").status == 404);
  CHECK(mock.errors().empty());
}

TEST_CASE("an event is recorded as by the operators' API, and OCSP says so at once") {
  RunningMock mock;
  const std::uint64_t sign = serial_of(mock.resident(), "sign"), auth = serial_of(mock.resident(), "auth");
  CHECK(ask(mock, "sign", sign) == "good");
  const std::string id(mock.resident().at("id").as_string());
  const Reply moved = mock.call(
      "POST", "/mock/events",
      R"({"event":"address-change","resident":")" + id + R"(","address":"東京都清瀬市元町一丁目１番"})");
  CHECK(moved.status == 201);
  CHECK(ask(mock, "sign", sign) == "revoked affiliationChanged");
  CHECK(ask(mock, "auth", auth) == "good");
  const Reply people = mock.call("GET", "/mock/residents");
  const json::object& resident = people.body.at("residents").as_array().at(0).as_object();
  CHECK(str(resident.at("sign").at("status")) == "revoked");
  CHECK(str(resident.at("sign").at("reason")) == "affiliationChanged");
  CHECK(str(resident.at("auth").at("status")) == "good");
  CHECK(str(resident.at("address")) == "東京都清瀬市元町一丁目１番");
  // The law has its say here, too.
  CHECK(mock.call("POST", "/mock/events", R"({"event":"no-such","resident":")" + id + R"("})").status == 422);
}

TEST_CASE("a resident is added with a card at once") {
  RunningMock mock;
  const std::string_view body =
      R"({"name":"架空　次郎","birth":"1980-02-17","sex":"male","municipality":"131121","address":"東京都世田谷区模擬町１番","issue":true})";
  const Reply added = mock.call("POST", "/mock/residents", body);
  REQUIRE(added.status == 201);
  CHECK(str(added.body.at("name")) == "架空　次郎");
  CHECK(ask(mock, "auth", serial_of(added.body, "auth")) == "good");
  CHECK(mock.call("GET", "/mock").body.at("residents").as_array().size() == 2);
  const Reply wrong = mock.call("POST", "/mock/residents", R"({"name":"架空　次郎","issue":true})");
  CHECK(wrong.status == 422);
  CHECK(str(wrong.body.at("field")) == "birth");
}

TEST_CASE("requests are on record, decoded, until they are forgotten") {
  RunningMock mock;
  const std::uint64_t serial = serial_of(mock.resident(), "sign");
  CHECK(ask(mock, "sign", serial) == "good");
  const pki::Bytes by_get = question(mock, "sign", 42);
  const std::string url = std::string(mock.first_line.at("verifier").as_string());
  CHECK(mock.send("GET", url + ::ocsp::get_target("/ocsp/sign", by_get)).status == 200);
  CHECK(mock.send("GET", url + "/crl/sign-1/full.crl").status == 200);

  const Reply all = mock.call("GET", "/mock/requests");
  CHECK(all.body.at("count") == 3);
  const json::array& requests = all.body.at("requests").as_array();
  REQUIRE(requests.size() == 3);
  CHECK(str(requests[0].at("method")) == "POST");
  CHECK(str(requests[0].at("requester").at("by")) == "network");
  CHECK(str(requests[0].at("ocsp_request").at("cert_ids").at(0).at("serial")) == std::to_string(serial));
  CHECK(requests[0].at("ocsp_request").at("nonce").is_null());
  CHECK(str(requests[0].at("ocsp_response").at("responses").at(0).at("status")) == "good");
  CHECK(str(requests[1].at("ocsp_request").at("cert_ids").at(0).at("serial")) == "42");
  CHECK(str(requests[1].at("ocsp_response").at("responses").at(0).at("status")) == "unknown");
  CHECK(requests[2].at("status") == 200);
  CHECK_FALSE(requests[2].as_object().contains("ocsp_request"));

  CHECK(mock.call("GET", "/mock/requests?last=1").body.at("requests").at(0).at("number") == 3);
  CHECK(mock.call("GET", "/mock/requests?last=0").status == 422);
  CHECK(mock.call("GET", "/mock/requests?lst=1").status == 422);
  CHECK(mock.call("DELETE", "/mock/requests").status == 200);
  CHECK(mock.call("GET", "/mock/requests").body.at("count") == 0);
}

TEST_CASE("a reset puts the state back, to the start or to a snapshot, as often as wanted") {
  RunningMock mock;
  const std::uint64_t sign = serial_of(mock.resident(), "sign"), auth = serial_of(mock.resident(), "auth");
  const std::string id(mock.resident().at("id").as_string());
  const auto event = [&](const std::string& name) {
    return mock.call("POST", "/mock/events", R"({"event":")" + name + R"(","resident":")" + id + R"("})")
        .status;
  };
  CHECK(event("hold") == 201);
  CHECK(ask(mock, "auth", auth) == "revoked certificateHold");
  CHECK(mock.call("POST", "/mock/snapshot", R"({"name":"held"})").status == 201);
  CHECK(event("death") == 201);
  CHECK(ask(mock, "auth", auth).starts_with("revoked"));
  CHECK(ask(mock, "auth", auth) != "revoked certificateHold");
  for (int round = 0; round < 2; ++round) {
    CHECK(mock.call("POST", "/mock/reset", R"({"to":"held"})").status == 200);
    CHECK(ask(mock, "auth", auth) == "revoked certificateHold");
    CHECK(mock.call("POST", "/mock/reset").status == 200);
    CHECK(ask(mock, "auth", auth) == "good");
    CHECK(ask(mock, "sign", sign) == "good");
  }
  // HTTPS and the lists live on.
  const std::string list(mock.resident().at("sign").at("full_crl").as_string());
  CHECK(mock.send("GET", list).status == 200);
  CHECK(mock.call("POST", "/mock/reset", R"({"to":"never"})").status == 404);
  CHECK(mock.call("POST", "/mock/snapshot", R"({"name":"start"})").status == 422);
  CHECK(mock.call("POST", "/mock/snapshot", R"({"name":"a/b"})").status == 422);
  CHECK(mock.call("GET", "/mock/snapshot").body.at("snapshots").as_array().size() == 2);
  CHECK(mock.errors().empty());
}

TEST_CASE("the same changes after a reset give the same certificates and lists") {
  RunningMock mock;
  CHECK(mock.call("PUT", "/mock/clock", R"({"now":"2026-12-01T00:00:00Z","frozen":true})").status == 200);
  CHECK(mock.call("POST", "/mock/snapshot", R"({"name":"s"})").status == 201);
  const auto history = [&] {
    const Reply added = mock.call(
        "POST", "/mock/residents",
        R"({"name":"架空　次郎","birth":"1980-02-17","sex":"male","municipality":"132217","address":"東京都清瀬市模擬町１番","issue":true})");
    CHECK(
        mock.call("POST", "/mock/events",
                  R"({"event":"hold","resident":")" + std::string(added.body.at("id").as_string()) + R"("})")
            .status == 201);
    CHECK(mock.call("POST", "/mock/publish").status == 200);
    std::vector<pki::Bytes> bytes = {
        support::read_file(std::string(added.body.at("auth").at("cer").as_string()))};
    for (const char* list : {"full_crl", "delta_crl"}) {
      const auto fetched = mock.send("GET", std::string(added.body.at("auth").at(list).as_string()));
      CHECK(fetched.status == 200);
      bytes.push_back(fetched.body);
    }
    return bytes;
  };
  const std::vector<pki::Bytes> first = history();
  CHECK(mock.call("POST", "/mock/reset", R"({"to":"s"})").status == 200);
  CHECK(ask(mock, "auth", 42) == "unknown");
  const std::vector<pki::Bytes> second = history();
  CHECK(second[0] == first[0]);
  CHECK(second[1] == first[1]);
  CHECK(second[2] == first[2]);
}

TEST_CASE("what is not understood is refused by name") {
  RunningMock mock;
  const auto refused = [&](const char* method, const char* path, std::string_view body, unsigned status,
                           std::string_view field) {
    const Reply reply = mock.call(method, path, body);
    CAPTURE(body);
    CHECK(reply.status == status);
    if (!field.empty()) CHECK(str(reply.body.at("field")) == field);
  };
  refused("PUT", "/mock/clock", "{}", 422, "now");
  refused("PUT", "/mock/clock", R"({"nwo":"2027-01-01T00:00:00Z"})", 422, "nwo");
  refused("PUT", "/mock/clock", R"({"now":"tomorrow"})", 422, "now");
  refused("PUT", "/mock/clock", R"({"now":"2027-01-01T00:00:00Z","advance":"P1D"})", 422, "advance");
  refused("PUT", "/mock/clock", R"({"advance":"1 day"})", 422, "advance");
  refused("PUT", "/mock/clock", R"({"rate":0})", 422, "rate");
  refused("PUT", "/mock/clock", R"({"rate":"fast"})", 422, "rate");
  refused("PUT", "/mock/clock", R"({"rate":2,"frozen":true})", 422, "rate");
  refused("PUT", "/mock/clock", R"({"frozen":true,"every_list":true})", 422, "every_list");
  refused("PUT", "/mock/clock", R"({"frozen":true,"frozen":false})", 400, "");
  refused("PUT", "/mock/clock", "{", 400, "");
  refused("POST", "/mock/snapshot", "{}", 422, "name");
  refused("POST", "/mock/reset", R"({"from":"start"})", 422, "from");
  CHECK(mock.call("GET", "/mock/nothing").status == 404);
  CHECK(mock.call("PATCH", "/mock/clock").status == 405);
  CHECK(str(mock.call("GET", "/mock/clock").body.at("mode")) == "following");
}

TEST_CASE("/mock is on the control alone") {
  RunningMock mock;
  for (const char* door : {"verifier", "ops"})
    CHECK(mock.send("GET", mock.text(door) + "/mock/clock").status == 404);
}

}  // namespace mock::test
