// Each fault makes the right answer wrong in the way that it says, and its end heals it. Our own reader and
// judge (ocsp/verify.h, openssl for lists) stand for the client; others are in
// tests/interop/mock_faults_test.sh.

#include "mock/faults.h"

#include <future>
#include <map>
#include <thread>

#include "tests/mock/asking.h"

namespace mock::test {

namespace {

std::string add_fault(RunningMock& mock, const std::string& body) {
  const Reply added = mock.call("POST", "/mock/faults", body);
  REQUIRE(added.status == 201);
  return std::string(added.body.at("id").as_string());
}

// A request that the carrier's faults make hard to answer: "" when the connection breaks.
std::string try_get(RunningMock& mock, const std::string& url) {
  const http::Url parsed = http::parse_url(url).value();
  http::RemoteServer remote = http::remote_server_of(parsed).value();
  remote.limits.answer_timeout = std::chrono::milliseconds{300};
  auto client = http::Client::connect(remote).value();
  const auto response =
      client.send({.method = "POST", .target = parsed.target, .body = question(mock, "sign", 42)});
  return response ? "HTTP " + std::to_string(response->status) : "broken";
}

}  // namespace

TEST_CASE(
    "what a responder may do wrong is refused by a client that checks, and the end of the fault heals it") {
  RunningMock mock;
  const std::uint64_t serial = serial_of(mock.resident(), "sign");
  const std::string id(mock.resident().at("id").as_string());
  const std::map<std::string, std::string> expected = {{"try-later", "tryLater"},
                                                       {"internal-error", "internalError"},
                                                       {"sig-required", "sigRequired"},
                                                       {"unauthorized", "unauthorized"},
                                                       {"malformed-request", "malformedRequest"},
                                                       {"bad-signature", "refused"},
                                                       {"wrong-responder", "refused"},
                                                       {"expired-responder", "refused"},
                                                       {"responder-without-eku", "refused"},
                                                       {"stale", "refused"},
                                                       {"future", "refused"},
                                                       {"missing-this-update", "unreadable"},
                                                       {"missing-next-update", "good"},
                                                       {"responder-without-nocheck", "good"},
                                                       {"unknown-for-all", "unknown"},
                                                       {"wrong-cert-id", "refused"},
                                                       {"extra-cert-ids", "good"},
                                                       {"critical-extension", "unreadable"},
                                                       {"http-500", "HTTP 500"},
                                                       {"http-503", "HTTP 503"},
                                                       {"http-429", "HTTP 429"},
                                                       {"redirect", "HTTP 302"},
                                                       {"no-content-length", "good"},
                                                       {"chunked", "good"},
                                                       {"wrong-content-type", "good"}};
  for (const auto& [name, verdict] : expected) {
    CAPTURE(name);
    const std::string fault = add_fault(mock, R"({"fault":")" + name + R"("})");
    CHECK(ask(mock, "sign", serial).starts_with(verdict));
    CHECK(mock.call("GET", "/mock/faults/" + fault).body.at("fired") == 1);
    CHECK(mock.call("DELETE", "/mock/faults/" + fault).status == 200);
    CHECK(ask(mock, "sign", serial) == "good");
  }
  CHECK(mock.errors().empty());
}

TEST_CASE("a revoked certificate is called good only on purpose") {
  RunningMock mock;
  const std::uint64_t serial = serial_of(mock.resident(), "sign");
  const std::string fault = add_fault(mock, R"({"fault":"good-for-revoked"})");
  CHECK(ask(mock, "sign", serial) == "good");
  CHECK(mock.call("GET", "/mock/faults/" + fault).body.at("fired") == 1);
  CHECK(mock.call("POST", "/mock/events",
                  R"({"event":"death","resident":")" + std::string(mock.resident().at("id").as_string()) +
                      R"("})")
            .status == 201);
  CHECK(ask(mock, "sign", serial) == "good");
  CHECK(mock.call("DELETE", "/mock/faults").status == 200);
  CHECK(ask(mock, "sign", serial).starts_with("revoked"));
}

TEST_CASE("nonces are lost, and changed") {
  RunningMock mock;
  const json::object& ca = mock.first_line.at("ca").at("sign").as_object();
  const std::vector<pki::Bytes> ids = {
      ::ocsp::make_cert_id(certificate_of(ca), pki::der::integer_content(serial_of(mock.resident(), "sign")),
                           pki::HashAlgorithm::sha1)
          .value()};
  const pki::Bytes nonce(16, 7);
  const pki::Bytes request = ::ocsp::make_request(ids, nonce).value();
  const auto judged = [&] {
    return verdict(mock, "sign", request, mock.send("POST", std::string(ca.at("ocsp").as_string()), request),
                   support::kStart);
  };
  CHECK(judged() == "good");
  for (const char* name : {"no-nonce", "wrong-nonce"}) {
    const std::string fault = add_fault(mock, R"({"fault":")" + std::string(name) + R"("})");
    CAPTURE(name);
    CHECK(judged().starts_with("refused"));
    CHECK(mock.call("DELETE", "/mock/faults/" + fault).status == 200);
    CHECK(judged() == "good");
  }
}

TEST_CASE("the carrier breaks in every way") {
  RunningMock mock;
  const std::string url(mock.first_line.at("ca").at("sign").at("ocsp").as_string());
  for (const char* name : {"slow", "drip", "drop", "reset", "truncated-body"}) {
    CAPTURE(name);
    const bool takes_time = std::string_view(name) == "slow" || std::string_view(name) == "drip";
    const std::string fault = add_fault(mock, R"({"fault":")" + std::string(name) + "\"" +
                                                  (takes_time ? R"(,"milliseconds":60000)" : "") + "}");
    CHECK(try_get(mock, url) == "broken");
    CHECK(mock.call("DELETE", "/mock/faults/" + fault).status == 200);
    CHECK(try_get(mock, url) == "HTTP 200");
  }
}

TEST_CASE("lists are wrong, and openssl says how") {
  RunningMock mock;
  CHECK(mock.call("POST", "/mock/events",
                  R"({"event":"hold","resident":")" + std::string(mock.resident().at("id").as_string()) +
                      R"("})")
            .status == 201);
  CHECK(mock.call("POST", "/mock/publish").status == 200);
  const json::object& certificate = mock.resident().at("sign").as_object();
  const std::string full(certificate.at("full_crl").as_string()),
      delta(certificate.at("delta_crl").as_string());
  const support::TemporaryFolder folder;
  const std::string ca(mock.first_line.at("ca").at("sign").at("cer").as_string());
  const auto fetch = [&](const std::string& url) {
    const auto response = mock.send("GET", url);
    support::write_file(folder.file("list.crl"), response.body);
    const auto said = support::run("openssl x509 -inform DER -in " + ca + " -out " + folder.file("ca.pem") +
                                   " && openssl crl -inform DER -in " + folder.file("list.crl") +
                                   " -CAfile " + folder.file("ca.pem") + " -noout -text -verify");
    return std::pair(response.status, said.output);
  };
  const auto right = fetch(full);
  REQUIRE(right.second.find("verify OK") != std::string::npos);
  REQUIRE(right.second.find("Certificate Hold") != std::string::npos);
  const std::map<std::string, std::function<bool(const std::string&)>> expected = {
      {"crl-stale", [](const auto& said) { return said.find("Last Update: Oct 24") != std::string::npos; }},
      {"crl-number-back",
       [&](const auto& said) { return said != right.second && said.find("verify OK") != std::string::npos; }},
      {"crl-wrong-idp",
       [](const auto& said) { return said.find("http://wrong.invalid/another.crl") != std::string::npos; }},
      {"crl-bad-signature",
       [](const auto& said) { return said.find("verify failure") != std::string::npos; }},
      {"crl-truncated", [](const auto& said) { return said.find("oad CRL") != std::string::npos; }},
      {"crl-empty",
       [](const auto& said) {
         return said.find("No Revoked Certificates") != std::string::npos &&
                said.find("verify OK") != std::string::npos;
       }},
      {"crl-other-ca", [](const auto& said) { return said.find("verify OK") == std::string::npos; }}};
  for (const auto& [name, is_wrong] : expected) {
    const std::string fault = add_fault(mock, R"({"fault":")" + name + R"("})");
    const auto [status, said] = fetch(full);
    CAPTURE(name);
    CAPTURE(said);
    CHECK(status == 200);
    CHECK(is_wrong(said));
    CHECK(mock.call("DELETE", "/mock/faults/" + fault).status == 200);
    CHECK(fetch(full).second == right.second);
  }
  CHECK(fetch(delta).first == 200);
  add_fault(mock, R"({"fault":"delta-missing"})");
  CHECK(fetch(delta).first == 404);
  CHECK(fetch(full).first == 200);
  CHECK(mock.call("DELETE", "/mock/faults").status == 200);
  const std::string before = fetch(delta).second;
  add_fault(mock, R"({"fault":"delta-wrong-base"})");
  CHECK(fetch(delta).second != before);
  CHECK(fetch(full).second == right.second);
  CHECK(mock.errors().empty());
}

TEST_CASE("a fault meets the answers that it names, as often and as long as it says") {
  RunningMock mock({.residents = 2});
  const std::uint64_t first = serial_of(mock.resident(0), "sign"),
                      second = serial_of(mock.resident(1), "sign");
  const std::uint64_t auth = serial_of(mock.resident(0), "auth");
  const auto clear = [&] { CHECK(mock.call("DELETE", "/mock/faults").status == 200); };

  add_fault(mock, R"({"fault":"try-later","serial":")" + std::to_string(first) + R"("})");
  CHECK(ask(mock, "sign", first) == "tryLater");
  CHECK(ask(mock, "sign", second) == "good");
  clear();
  add_fault(mock, R"({"fault":"try-later","path":"/ocsp/auth"})");
  CHECK(ask(mock, "sign", first) == "good");
  CHECK(ask(mock, "auth", auth) == "tryLater");
  clear();
  add_fault(mock, R"({"fault":"try-later","count":2})");
  CHECK(ask(mock, "sign", first) == "tryLater");
  CHECK(ask(mock, "sign", first) == "tryLater");
  CHECK(ask(mock, "sign", first) == "good");
  CHECK(mock.call("GET", "/mock/faults").body.at("faults").as_array().empty());
  clear();
  add_fault(mock, R"({"fault":"try-later","verifier":"1"})");
  add_fault(mock, R"({"fault":"unauthorized","verifier":"2"})");
  CHECK(ask(mock, "sign", first) == "tryLater");
  clear();
  add_fault(mock, R"({"fault":"try-later","until":"2026-12-24T00:00:00Z"})");
  CHECK(ask(mock, "sign", first) == "tryLater");
  CHECK(mock.call("PUT", "/mock/clock", R"({"now":"2026-12-24T00:00:00Z"})").status == 200);
  CHECK(ask(mock, "sign", first) == "good");
  clear();
  // The same luck each time.
  std::string runs[2];
  for (std::string& run : runs) {
    const std::string id = add_fault(mock, R"({"fault":"try-later","probability":0.5,"seed":3})");
    for (int i = 0; i < 20; ++i)
      run += ask(mock, "sign", first) == "good" ? 'g' : 't';
    CHECK(mock.call("DELETE", "/mock/faults/" + id).status == 200);
  }
  CHECK(runs[0] == runs[1]);
  CHECK(runs[0].find('g') != std::string::npos);
  CHECK(runs[0].find('t') != std::string::npos);
  // On record, and gone with a reset.
  add_fault(mock, R"({"fault":"stale"})");
  CHECK(ask(mock, "sign", first).starts_with("refused"));
  CHECK(str(mock.call("GET", "/mock/requests?last=1").body.at("requests").at(0).at("faults").at(0)) ==
        "stale");
  CHECK(mock.call("POST", "/mock/reset").status == 200);
  CHECK(ask(mock, "sign", first) == "good");
}

TEST_CASE("an answer that waits or drips goes out when its fault ends, however that ends") {
  RunningMock mock;
  const std::uint64_t auth = serial_of(mock.resident(), "auth");
  const auto heals = [&](const std::string& fault, const char* method, const char* path,
                         std::string_view body) {
    CAPTURE(path);
    CAPTURE(fault);
    add_fault(mock, R"({"milliseconds":86400000,"fault":)" + fault + "}");
    auto answer = std::async(std::launch::async, [&] { return ask(mock, "auth", auth); });
    while (mock.call("GET", "/mock/requests?last=1").body.at("requests").as_array().empty())
      std::this_thread::yield();
    CHECK(mock.call(method, path, body).status == 200);
    CHECK(answer.get() == "good");
    CHECK(mock.call("DELETE", "/mock/requests").status == 200);
  };
  for (const std::string name : {R"("slow")", R"("drip")"}) {
    heals(name, "DELETE", "/mock/faults", "");
    heals(name, "POST", "/mock/reset", "");
  }
  pki::Time soon = support::kStart + pki::Seconds{30};
  for (const std::string name : {R"("slow")", R"("drip")"}) {
    heals(name + R"(,"until":")" + pki::to_rfc3339(soon) + "\"", "PUT", "/mock/clock",
          R"({"advance":"PT1M"})");
    soon += pki::Seconds{60};
  }
}

TEST_CASE("a fault that is not understood is refused by name, and nothing changes") {
  RunningMock mock;
  const auto refused = [&](std::string_view body, std::string_view field) {
    CAPTURE(body);
    const Reply reply = mock.call("POST", "/mock/faults", body);
    CHECK(reply.status == 422);
    CHECK(str(reply.body.at("field")) == field);
  };
  refused(R"({})", "fault");
  refused(R"({"fault":"no-such"})", "fault");
  refused(R"({"fault":"stale","path":"ocsp"})", "path");
  refused(R"({"fault":"stale","count":0})", "count");
  refused(R"({"fault":"stale","count":-1})", "count");
  refused(R"({"fault":"stale","probability":0})", "probability");
  refused(R"({"fault":"stale","probability":1.5})", "probability");
  refused(R"({"fault":"stale","until":"soon"})", "until");
  refused(R"({"fault":"stale","milliseconds":5})", "milliseconds");
  refused(R"({"fault":"crl-stale","serial":"1"})", "serial");
  refused(R"({"fault":"stale","serail":"1"})", "serail");
  CHECK(mock.call("GET", "/mock/faults").body.at("faults").as_array().empty());
  CHECK(mock.call("DELETE", "/mock/faults/7").status == 404);
  CHECK(mock.call("GET", "/mock/faults/x").status == 404);
}

}  // namespace mock::test
