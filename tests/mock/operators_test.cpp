// The operators' HTTPS of a mock: what each credential of the first line may do, and who does not get in.

#include "pki/pkcs12.h"
#include "tests/mock/asking.h"

namespace mock::test {

namespace {

// The client of whoever holds a PKCS#12 file of the first line; of nobody in particular for an empty name.
std::shared_ptr<const http::TlsClient> client_of(const RunningMock& mock, const std::string& file) {
  const std::string folder(mock.first_line.at("files").at("folder").as_string());
  http::TlsClientOptions options{.authorities = {support::read_file(folder + "/ops-1.cer")}};
  if (!file.empty()) {
    const pki::Bytes p12 = support::read_file(file);
    const std::string password = mock.text("p12_password");
    options.identity =
        http::TlsIdentity{.certificates = {pki::read_pkcs12(p12, password).value().certificate},
                          .key = pki::read_pkcs12_key(p12, password).value()};
  }
  return http::TlsClient::create(options, mock.wall).value();
}

struct Sent {
  const char* method;
  std::string path;
  std::string body = {};
};

// The status of the answer, or 0 when the handshake was refused.
unsigned send(const RunningMock& mock, const std::string& file, const Sent& sent) {
  const http::Url url = http::parse_url(mock.text("admin_https") + sent.path).value();
  auto client = http::Client::connect(http::remote_server_of(url, client_of(mock, file)).value());
  if (!client) return 0;
  const auto answer = client->send({.method = sent.method,
                                    .target = url.target,
                                    .content_type = "application/json",
                                    .body = pki::to_bytes(pki::as_bytes(sent.body))});
  return answer ? answer->status : 0;
}

std::string credential_of(const RunningMock& mock, std::string_view name) {
  for (const json::value& entry : mock.first_line.at("operators").as_array())
    if (str(entry.at("name")) == name) return str(entry.at("credential"));
  return "";
}

Sent event(const RunningMock& mock, const std::string& name, const std::string& more = {}) {
  return {"POST", "/v1/events",
          R"({"event":")" + name + R"(","resident":")" + str(mock.resident().at("id")) + "\"" + more + "}"};
}

}  // namespace

TEST_CASE("each role of the first line does its work over HTTPS, and no more") {
  RunningMock mock;
  const std::string municipality = credential_of(mock, "municipality"),
                    call_centre = credential_of(mock, "call-centre"),
                    officer = credential_of(mock, "officer"), supervisor = credential_of(mock, "supervisor"),
                    auditor = credential_of(mock, "auditor");
  for (const std::string& who : {municipality, call_centre, officer, supervisor, auditor}) {
    CAPTURE(who);
    CHECK(send(mock, who, {"GET", "/v1/roles"}) == 200);
  }
  const std::string address = R"(,"address":"東京都清瀬市元町一丁目１番")";
  CHECK(send(mock, auditor, event(mock, "address-change", address)) == 403);
  CHECK(send(mock, call_centre, event(mock, "address-change", address)) == 403);
  CHECK(send(mock, call_centre, event(mock, "hold")) == 201);
  CHECK(ask(mock, "auth", serial_of(mock.resident(), "auth")) == "revoked certificateHold");
  CHECK(send(mock, municipality, event(mock, "address-change", address)) == 201);
  CHECK(ask(mock, "sign", serial_of(mock.resident(), "sign")) == "revoked affiliationChanged");
  CHECK(send(mock, municipality, {"GET", "/v1/audit"}) == 403);
  CHECK(send(mock, auditor, {"GET", "/v1/audit"}) == 200);
  // No second person is asked for.
  CHECK(send(mock, officer, {"POST", "/v1/crls", "{}"}) == 200);
}

TEST_CASE("without an operator's credential there is no way in by HTTPS, and every role by the control") {
  RunningMock mock;
  CHECK(send(mock, "", event(mock, "hold")) == 403);
  for (const json::value& entry : mock.first_line.at("verifiers").as_array())
    CHECK(send(mock, str(entry.at("credential")), event(mock, "hold")) == 0);
  CHECK(ask(mock, "auth", serial_of(mock.resident(), "auth")) == "good");
  CHECK(mock.call("POST", "/mock/events", event(mock, "hold").body).status == 201);
  CHECK(mock.call("POST", "/mock/reset").status == 200);
  // A reset puts the operators back, too.
  CHECK(send(mock, credential_of(mock, "call-centre"), event(mock, "hold")) == 201);
}

TEST_CASE("a client's own clock finds the HTTPS listeners valid, whatever the mock's says") {
  for (const char* const time :
       {"2016-06-04T09:00:00+09:00", "2019-06-04T09:00:00+09:00", "2061-06-04T09:00:00+09:00"}) {
    CAPTURE(time);
    MockOptions options{.residents = 1};
    options.time = time;
    RunningMock mock(options);
    CHECK(send(mock, credential_of(mock, "auditor"), {"GET", "/v1/roles"}) == 200);
    CHECK(mock.call("PUT", "/mock/clock", R"({"advance":"P200D"})").status == 200);
    CHECK(send(mock, "", {"GET", "/v1/roles"}) == 403);
  }
}

TEST_CASE("the operator of the municipalities acts for each one that a resident lives in") {
  RunningMock mock({.residents = 20});
  std::set<std::string> lived_in;
  for (const json::value& resident : mock.first_line.at("residents").as_array())
    lived_in.insert("municipality:" + str(resident.at("municipality")));
  CHECK(lived_in.size() > 1);
  std::set<std::string> granted;
  for (const json::value& entry : mock.first_line.at("operators").as_array())
    if (str(entry.at("name")) == "municipality")
      for (const json::value& role : entry.at("roles").as_array())
        granted.insert(str(role));
  CHECK(granted == lived_in);
}

}  // namespace mock::test
