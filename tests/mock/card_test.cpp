// The cards of a running mock: what a reader or the municipality's window does with them, over HTTP.

#include <sys/socket.h>
#include <unistd.h>

#include "mock/vpcd.h"
#include "pki/hash.h"
#include "pki/signed_data.h"
#include "tests/mock/asking.h"

namespace mock::test {

namespace {

const pki::Bytes kDigest = pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes("message"));

std::string path_of(const RunningMock& mock, const char* act = "") {
  return "/mock/cards/" + std::string(mock.resident().at("id").as_string()) + act;
}

std::string digest_member() {
  return R"("digest":")" + pki::to_base64(kDigest) + "\"";
}

unsigned tries_left(RunningMock& mock, const char* kind) {
  const Reply card = mock.call("GET", path_of(mock));
  return static_cast<unsigned>(card.body.at(kind).at("pin").at("tries_left").to_number<int>());
}

bool verifies(const RunningMock& mock, const Reply& reply, const char* kind) {
  const auto signature = pki::from_base64(str(reply.body.at("signature")));
  return signature &&
         pki::verify_digest(certificate_of(mock.resident().at(kind).as_object()).subject_public_key_info(),
                            pki::SignatureAlgorithm::rsa_sha256, kDigest, *signature);
}

// The serial of the credential for use without PIN.
std::string terminal_of(const RunningMock& mock, std::string_view use = "pinless") {
  for (const json::value& one : mock.first_line.at("verifiers").as_array())
    if (str(one.at("use")) == use) return str(one.at("serial"));
  return "";
}

}  // namespace

TEST_CASE("a card signs after its PIN, with the key of the certificate that it carries") {
  RunningMock mock;
  const Reply shown = mock.call("GET", path_of(mock));
  CHECK(shown.status == 200);
  CHECK(shown.body.at("auth").at("serial") == mock.resident().at("auth").at("serial"));
  CHECK(str(shown.body.at("sign").at("pin").at("value")) == "JPKI1234");
  CHECK(mock.call("GET", "/mock/cards").body.at("cards").as_array().size() == 1);

  const Reply login =
      mock.call("POST", path_of(mock, "/authenticate"), R"({"pin":"1234",)" + digest_member() + "}");
  CHECK(login.status == 200);
  CHECK(verifies(mock, login, "auth"));
  CHECK(str(login.body.at("algorithm")) == "RSASSA-PKCS1-v1_5 SHA-256");
  const Reply document =
      mock.call("POST", path_of(mock, "/sign"), R"({"pin":"JPKI1234",)" + digest_member() + "}");
  CHECK(verifies(mock, document, "sign"));
  CHECK_FALSE(verifies(mock, document, "auth"));

  const Reply cms =
      mock.call("POST", path_of(mock, "/sign"), R"({"pin":"JPKI1234","content":"bWVzc2FnZQ=="})");
  const auto decoded = pki::SignedData::decode(pki::from_base64(str(cms.body.at("cms"))).value());
  REQUIRE(decoded.has_value());
  const auto content = decoded->verified_content(certificate_of(mock.resident().at("sign").as_object()));
  REQUIRE(content.has_value());
  CHECK(pki::as_text(*content) == "message");

  // Certificate, CA and key in one file for a TLS client.
  const pki::Bytes pem = support::read_file(str(shown.body.at("auth").at("tls")));
  CHECK(pki::decode_pem_blocks(pki::as_text(pem), "CERTIFICATE").value().size() == 2);
  CHECK(pki::PrivateKey::from_pem(pki::as_text(pem)).value().public_key() ==
        pki::to_bytes(certificate_of(mock.resident().at("auth").as_object()).subject_public_key_info()));
  CHECK(mock.errors().empty());
}

TEST_CASE("wrong PINs count and lock, the municipality unlocks, and a reset takes it back") {
  RunningMock mock;
  const auto verify = [&](const char* kind, const char* pin) {
    return mock.call("POST", path_of(mock, "/verify-pin"),
                     R"({"kind":")" + std::string(kind) + R"(","pin":")" + pin + R"("})");
  };
  CHECK(verify("auth", "1234").status == 200);
  CHECK(verify("auth", "0000").status == 403);
  CHECK(tries_left(mock, "auth") == 2);
  CHECK(verify("auth", "1234").status == 200);
  CHECK(tries_left(mock, "auth") == 3);
  for (int i = 0; i < 3; ++i)
    CHECK(verify("auth", "0000").status == 403);
  const Reply locked = verify("auth", "1234");
  CHECK(locked.status == 409);
  CHECK(str(locked.body.at("detail")).find("/unlock") != std::string::npos);
  CHECK(
      mock.call("POST", path_of(mock, "/authenticate"), R"({"pin":"1234",)" + digest_member() + "}").status ==
      409);
  CHECK(tries_left(mock, "sign") == 5);
  for (int i = 0; i < 4; ++i)
    CHECK(verify("sign", "WRONG1").status == 403);
  CHECK(verify("sign", "JPKI1234").status == 200);
  CHECK(mock.call("POST", "/mock/snapshot", R"({"name":"locked"})").status == 201);

  const Reply unlocked = mock.call("POST", path_of(mock, "/unlock"), R"({"kind":"auth","new_pin":"9876"})");
  CHECK(unlocked.status == 200);
  CHECK(unlocked.body.at("tries_left") == 3);
  CHECK(verify("auth", "9876").status == 200);
  CHECK(mock.call("POST", path_of(mock, "/change-pin"), R"({"kind":"auth","pin":"9876","new_pin":"5555"})")
            .status == 200);
  CHECK(verify("auth", "5555").status == 200);
  CHECK(mock.call("POST", path_of(mock, "/unlock"), R"({"kind":"auth"})").status == 200);
  CHECK(verify("auth", "1234").status == 200);

  CHECK(mock.call("POST", "/mock/reset", R"({"to":"locked"})").status == 200);
  CHECK(verify("auth", "1234").status == 409);
  CHECK(mock.call("POST", "/mock/reset").status == 200);
  CHECK(verify("auth", "1234").status == 200);
}

TEST_CASE("before the terminal of a verifier with approval the authentication key needs no PIN") {
  RunningMock mock;
  for (int i = 0; i < 3; ++i)
    static_cast<void>(mock.call("POST", path_of(mock, "/verify-pin"), R"({"kind":"auth","pin":"0000"})"));
  const auto authenticate = [&](const std::string& terminal) {
    return mock.call("POST", path_of(mock, "/authenticate"),
                     R"({"terminal":")" + terminal + "\"," + digest_member() + "}");
  };
  const Reply signature = authenticate(terminal_of(mock));
  CHECK(signature.status == 200);
  CHECK(verifies(mock, signature, "auth"));
  for (const std::string& other : {terminal_of(mock, "tls"), std::string("1"), std::string("x")}) {
    const Reply refused = authenticate(other);
    CHECK(refused.status == 422);
    CHECK(str(refused.body.at("field")) == "terminal");
  }
  // The same for a reader, until the card is taken out.
  const auto apdu = [&](const std::string& body) { return mock.call("POST", path_of(mock, "/apdu"), body); };
  const std::string sign = R"({"command":"802A029720)" + pki::to_hex(kDigest) + R"(00"})";
  const std::string select = R"({"command":"00A4040C0AD392F000260100000001"})";
  CHECK(str(apdu(R"({"power":"on","terminal":")" + terminal_of(mock) + "\"}").body.at("atr")) ==
        "3BE000FF8131FE4514");
  CHECK(str(apdu(select).body.at("response")) == "9000");
  CHECK(str(apdu(sign).body.at("response")).ends_with("9000"));
  CHECK(apdu(R"({"power":"reset"})").status == 200);
  CHECK(str(apdu(select).body.at("response")) == "9000");
  CHECK(str(apdu(sign).body.at("response")) == "6982");
}

TEST_CASE("what is wrong with a request to a card is named, and costs no try") {
  RunningMock mock({.residents = 1, .states = "auth-only,never-issued"});
  const auto refused = [&](const char* act, const std::string& body, unsigned status,
                           std::string_view field) {
    const Reply reply = mock.call("POST", path_of(mock, act), body);
    CAPTURE(act);
    CAPTURE(body);
    CHECK(reply.status == status);
    CHECK(str(reply.body.at("field")) == field);
  };
  const std::string digest = digest_member();
  refused("/verify-pin", R"({"kind":"auth","pin":"abcd"})", 422, "pin");
  refused("/verify-pin", R"({"kind":"auth","pin":"12345"})", 422, "pin");
  refused("/verify-pin", R"({"kind":"sign","pin":"jpki1234"})", 422, "pin");
  refused("/verify-pin", R"({"kind":"both","pin":"1234"})", 422, "kind");
  refused("/verify-pin", R"({"kind":"auth"})", 422, "pin");
  refused("/verify-pin", R"({"kind":"auth","pin":"0000","tries":9})", 422, "tries");
  refused("/change-pin", R"({"kind":"auth","pin":"0000","new_pin":"abcd"})", 422, "new_pin");
  refused("/unlock", R"({"kind":"sign","new_pin":"ABCDEF"})", 422, "new_pin");
  refused("/authenticate", R"({"pin":"0000","terminal":"1",)" + digest + "}", 422, "pin");
  refused("/authenticate", "{" + digest + "}", 422, "pin");
  refused("/authenticate", R"({"pin":"0000"})", 422, "digest");
  refused("/authenticate", R"({"pin":"0000","digest":"AAAA"})", 422, "digest");
  refused("/authenticate", R"({"pin":"0000","hash":"sha384",)" + digest + "}", 422, "digest");
  refused("/authenticate", R"({"pin":"0000","hash":"md5",)" + digest + "}", 422, "hash");
  refused("/sign", R"({"pin":"WRONG1","content":"AA==",)" + digest + "}", 422, "digest");
  refused("/apdu", R"({"command":"00A4","power":"on"})", 422, "command");
  refused("/apdu", R"({"command":"00A"})", 422, "command");
  refused("/apdu", R"({"power":"up"})", 422, "power");
  refused("/apdu", R"({"power":"off","terminal":"1"})", 422, "terminal");
  refused("/apdu", R"({"command":"00A40000","terminal":"1"})", 422, "terminal");
  CHECK(tries_left(mock, "auth") == 3);
  CHECK(tries_left(mock, "sign") == 5);

  // No such card, and no such certificate on it.
  const auto state = [&](const char* name) {
    return "/mock/cards/" + str(mock.first_line.at("states").at(name).at(0));
  };
  for (const std::string& path :
       {std::string("/mock/cards/10000000014"), std::string("/mock/cards/x"), state("never-issued")}) {
    CHECK(mock.call("GET", path).status == 404);
    CHECK(mock.call("POST", path + "/verify-pin", R"({"kind":"auth","pin":"1234"})").status == 404);
  }
  CHECK(mock.call("GET", state("auth-only")).body.at("sign").is_null());
  CHECK(mock.call("POST", state("auth-only") + "/sign", R"({"pin":"JPKI1234",)" + digest + "}").status ==
        409);
  CHECK(mock.call("GET", path_of(mock, "/sign")).status == 405);
  CHECK(mock.errors().empty());
}

TEST_CASE("the reader's wire: power, answer to reset and commands, until the reader goes") {
  class Recorder final : public VirtualCard {
   public:
    void set_power(CardPower power) override { heard += "p" + std::to_string(static_cast<int>(power)); }
    pki::Bytes atr() override { return {0x3B, 0x00}; }
    pki::Bytes transmit(pki::ByteView command) override {
      heard += "c" + pki::to_hex(command);
      return {0x90, 0x00};
    }
    std::string heard;
  };
  const auto serve = [](const char* sent, std::string& answered) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    const pki::Bytes bytes = pki::from_hex(sent).value();
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::shutdown(ends[1], SHUT_WR);
    Recorder card;
    {
      ReaderConnection connection(ends[0]);
      answered = connection.serve(card) ? "ended" : "broken";
    }
    pki::Bytes answer(100);
    answer.resize(static_cast<std::size_t>(::read(ends[1], answer.data(), answer.size())));
    ::close(ends[1]);
    answered += " " + pki::to_hex(answer);
    return card.heard;
  };
  std::string answered;
  CHECK(serve("000101"
              "000102"
              "000104"
              "0000"
              "000109"
              "000400A40000"
              "000100",
              answered) == "p1p2c00A40000p0");
  CHECK(answered == "ended 00023B0000029000");
  CHECK(serve("00040102", answered).empty());
  CHECK(answered == "broken ");
  CHECK(serve("00", answered).empty());
  CHECK(answered == "broken ");
  for (const char* address : {"", "localhost", ":35963", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999"}) {
    const auto connection = ReaderConnection::connect(address);
    REQUIRE(connection.has_error());
    CHECK(connection.error().code == pki::Errc::invalid_value);
  }
}

}  // namespace mock::test
