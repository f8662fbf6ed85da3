// Counterparts and current items: each provision gives what it says to whom it says, and nothing else;
// consent is by item, in time, by the holder alone, and can be taken back.

#include "admin/verifier_services.h"

#include <doctest/doctest.h>

#include <future>

#include "tests/support/openssl_cms.h"
#include "tests/support/world.h"
#include "verifier/credentials.h"

namespace admin {

namespace {

using http::Method;
using pki::CertificateKind;
using support::body_of;
using verifier::VerifierClass;
using namespace std::chrono_literals;

// Bytes with a serial in their place: what is on record decides who holds a credential.
pki::Bytes credential_certificate(std::uint64_t serial) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.sequence([&] {
      writer.context(0, [&] { writer.integer(2); });
      writer.integer(serial).octet_string(pki::Bytes(20, 1));
    });
  });
  return writer.take();
}

struct Answered {
  unsigned status = 0;
  json::object body;
  // The field of that name, empty without one.
  std::string allow = {};

  [[nodiscard]] std::string text(std::string_view field) const {
    const json::value* value = body.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
};

class ServicesWorld : public support::World {
 public:
  ServicesWorld()
      : services({.environment = *environment,
                  .writer = *writer,
                  .vault = vault,
                  .authority = *authority,
                  .issuance = *issuance,
                  .publisher = *publisher,
                  .crl_folder = crl_folder,
                  .clock = clock,
                  .register_policy = policy},
                 counters, *workers, [this](std::string_view) { ++faults; }) {
    services.mount(https_router);
    holder = add_resident();
    auth = issue(holder, CertificateKind::auth).id;
    sign = issue(holder, CertificateKind::sign).id;
  }

  // A verifier in good standing of these classes with a credential for tls.
  std::uint64_t add_verifier(const std::vector<VerifierClass>& classes) {
    verifier::Verifier verifier;
    verifier.name = "Example";
    verifier.by_tls = true;
    const pki::Date day = pki::jst_date(clock.now());
    for (const VerifierClass one : classes) {
      verifier.classes[one] = {.notified = day, .agreed = day, .certified = {}, .approvals = {{.from = day}}};
      verifier.classes[one].confirmers = "its members";
    }
    std::uint64_t id = 0;
    write([&](store::WriteTransaction& transaction) {
      id = verifier::put_verifier(transaction, verifier);
      verifier::put_credential(transaction, {.serial = {100 + id},
                                             .verifier = id,
                                             .use = verifier::CredentialUse::tls,
                                             .purpose = "test",
                                             .terminal = "",
                                             .not_before = clock.now(),
                                             .not_after = clock.now() + 24h * 3650,
                                             .certificate = credential_certificate(100 + id)});
    });
    return id;
  }
  void change_verifier(std::uint64_t id, const std::function<void(verifier::Verifier&)>& change) {
    write([&](store::WriteTransaction& transaction) {
      verifier::Verifier verifier = verifier::find_verifier(transaction, id).value();
      change(verifier);
      verifier::put_verifier(transaction, verifier);
    });
  }

  // A request with the credential of a verifier; 0: without a certificate.
  Answered ask(std::uint64_t verifier, Method method, const std::string& target, pki::ByteView body = {},
               const std::string& type = "application/pkcs7-mime") {
    const std::array<http::HeaderView, 1> headers = {{{"Content-Type", type}}};
    http::Request request;
    request.method = method;
    request.method_text = http::to_string(method);
    request.target = target;
    request.headers = headers;
    request.body = body;
    if (verifier != 0)
      request.peer.client_certificate =
          std::make_shared<const pki::Bytes>(credential_certificate(100 + verifier));
    const http::OwnedRequest owned(request);
    const auto found = https_router.find(owned->method, owned->path);
    std::promise<http::Response> promise;
    std::get<http::AsyncHandler> (*std::get<const http::Route*>(found))(
        owned, http::Reply([&](http::Response response) { promise.set_value(std::move(response)); }));
    const http::Response response = promise.get_future().get();
    const bool is_json = response.content_type.find("json") != std::string::npos;
    Answered answered{response.status, is_json ? json::parse(body_of(response)).as_object() : json::object{}};
    for (const http::Header& header : response.headers)
      if (header.name == "Allow") answered.allow = header.value;
    return answered;
  }
  Answered counterpart(std::uint64_t verifier, const registry::CertificateId& id, const std::string& kind) {
    return ask(verifier, Method::get,
               "/verifier/v1/certificates/" + std::string(pki::to_string(id.issuer.ca)) + "/" +
                   pki::to_string(id.serial) + "/counterpart?kind=" + kind);
  }
  Answered current_items(std::uint64_t verifier, const registry::CertificateId& id, pki::ByteView consent) {
    return ask(verifier, Method::post,
               "/verifier/v1/certificates/sign/" + pki::to_string(id.serial) + "/current-items", consent);
  }

  // A consent over the verifier and items, from a moment on for so many days, signed by openssl with the
  // certificate `id`; the key is that of AuthorityWorld::request().
  pki::Bytes consent(std::uint64_t verifier, const json::array& items, const registry::CertificateId& id,
                     pki::Time given, int days = 30) {
    const json::object content{{"purpose", "current-items"},
                               {"verifier", std::to_string(verifier)},
                               {"items", items},
                               {"given", pki::to_rfc3339(given)},
                               {"until", pki::to_rfc3339(given + std::chrono::days{days})}};
    return sign_content(json::serialize(content), id);
  }
  pki::Bytes sign_content(const std::string& content, const registry::CertificateId& id,
                          std::size_t key = 5) {
    const auto certificate = registry::find_certificate(read(), vault, id).value();
    return support::openssl_cms(certificate.der, support::authority_keys().at(key), pki::as_bytes(content));
  }

  // The same certificate on record as another of that kind: mobile ones, and holders of the past.
  registry::CertificateId record(CertificateKind kind, std::uint64_t serial, pki::Time not_after) {
    registry::IssuedCertificate certificate =
        registry::find_certificate(read(), vault, pki::ca_of(kind) == pki::CaName::sign ? sign : auth)
            .value();
    certificate.id.serial = {serial};
    certificate.kind = kind;
    certificate.not_after = not_after;
    write([&](store::WriteTransaction& transaction) {
      registry::record_issue(transaction, vault, certificate, clock.now());
    });
    return certificate.id;
  }
  // The holder moves and gets a new signing certificate; gives it.
  registry::CertificateId move() {
    clock.advance(1h);
    support::EventDraft request;
    request.resident = holder;
    request.event = law::Event::address_change;
    request.address = "東京都清瀬市元町一丁目２番";
    event(request).value();
    clock.advance(1h);
    return issue(holder, CertificateKind::sign).id;
  }
  // A loss or a leak, of the signing key alone.
  void report(law::Event what) {
    support::EventDraft request;
    request.resident = holder;
    request.event = what;
    request.kind = CertificateKind::sign;
    event(request).value();
  }
  std::uint64_t counted(std::uint64_t verifier, verifier::LedgerItem item, verifier::LedgerAnswer answer) {
    write([&](store::WriteTransaction& transaction) {
      for (const verifier::LedgerRow& row : counters.take())
        verifier::add_to_ledger(transaction, row);
    });
    std::uint64_t count = 0;
    const pki::Date today = pki::jst_date(clock.now());
    const auto transaction = read();
    for (auto rows = verifier::ledger_rows(transaction, today, today); rows.valid(); rows.next()) {
      const verifier::LedgerRow row = rows.row();
      const bool same = row.key.verifier == verifier && row.key.item == item && row.key.answer == answer;
      if (same) count += row.count;
      if (same && verifier != 0) CHECK(row.key.method == verifier::RecognitionMethod::tls);
    }
    return count;
  }
  std::string last_audit() {
    std::string text;
    const auto transaction = read();
    const store::AuditEntry entry = store::newest_audit_entry(transaction).row();
    text = entry.action;
    for (const std::string& subject : entry.subjects)
      text += ", " + subject;
    return text;
  }

  verifier::LedgerCounters counters;
  VerifierServices services;
  http::Router https_router;
  registry::ResidentId holder;
  registry::CertificateId sign, auth;
};

const json::array kAll = {"name", "address", "birth", "sex"};

}  // namespace

TEST_CASE("each counterpart is for the roles that the Act names") {
  ServicesWorld world;
  const pki::Time later = world.clock.now() + 24h * 365;
  const auto mobile_sign = world.record(CertificateKind::mobile_sign, 900'000'001, later);
  const auto mobile_auth = world.record(CertificateKind::mobile_auth, 900'000'002, later);
  struct Row {
    registry::CertificateId asked;
    const char* kind;
    bool for_signature, for_authentication, for_both;
    const char* serial;
  };
  const std::string sign = pki::to_string(world.sign.serial), auth = pki::to_string(world.auth.serial);
  const auto signature = world.add_verifier({VerifierClass::signature});
  const auto group = world.add_verifier({VerifierClass::group_signature});
  const auto authentication = world.add_verifier({VerifierClass::authentication});
  const auto both = world.add_verifier({VerifierClass::signature, VerifierClass::specific_authentication});
  for (const Row& row : {Row{world.sign, "mobile-sign", true, false, true, "900000001"},
                         Row{mobile_sign, "sign", true, false, true, sign.c_str()},
                         Row{world.sign, "auth", false, false, true, auth.c_str()},
                         Row{world.auth, "sign", false, false, true, sign.c_str()},
                         Row{world.auth, "mobile-auth", false, true, true, "900000002"},
                         Row{mobile_auth, "auth", false, true, true, auth.c_str()}}) {
    CAPTURE(row.kind);
    CAPTURE(to_string(row.asked));
    for (const auto& [verifier, allowed] :
         {std::pair{signature, row.for_signature}, std::pair{group, false},
          std::pair{authentication, row.for_authentication}, std::pair{both, row.for_both}}) {
      const auto& shown = verifier;
      CAPTURE(shown);
      const Answered answered = world.counterpart(verifier, row.asked, row.kind);
      CHECK(answered.status == (allowed ? 200U : 403U));
      if (allowed) CHECK(answered.text("serial") == row.serial);
      if (!allowed) CHECK(answered.text("article").starts_with("Act "));
    }
  }
  CHECK(world.counted(both, verifier::LedgerItem::counterpart_sign, verifier::LedgerAnswer::given) == 2);
  CHECK(world.counted(both, verifier::LedgerItem::counterpart_pair, verifier::LedgerAnswer::given) == 2);
  CHECK(world.counted(both, verifier::LedgerItem::counterpart_auth, verifier::LedgerAnswer::given) == 2);
  CHECK(world.counted(group, verifier::LedgerItem::counterpart_pair, verifier::LedgerAnswer::unauthorized) ==
        2);
  CHECK(world.faults == 0);
}

TEST_CASE("without a kind the usual counterpart is given") {
  ServicesWorld world;
  const auto mobile = world.record(CertificateKind::mobile_sign, 900'000'001, world.clock.now() + 24h);
  const auto both = world.add_verifier({VerifierClass::signature, VerifierClass::authentication});
  for (const auto& [asked, kind] :
       {std::pair{world.sign, "auth"}, std::pair{world.auth, "sign"}, std::pair{mobile, "sign"}}) {
    const Answered answered =
        world.ask(both, Method::get,
                  "/verifier/v1/certificates/" + std::string(pki::to_string(asked.issuer.ca)) + "/" +
                      pki::to_string(asked.serial) + "/counterpart");
    REQUIRE(answered.status == 200);
    CHECK(answered.text("kind") == kind);
  }
}

TEST_CASE("pairs that the Act does not know are refused, and so is an empty kind") {
  ServicesWorld world;
  const auto mobile = world.record(CertificateKind::mobile_sign, 900'000'001, world.clock.now() + 24h);
  const auto both = world.add_verifier({VerifierClass::signature, VerifierClass::authentication});
  for (const auto& [asked, kind] :
       {std::pair{world.sign, "sign"}, std::pair{world.sign, "mobile-auth"}, std::pair{mobile, "auth"},
        std::pair{mobile, "mobile-auth"}, std::pair{world.auth, "mobile-sign"}, std::pair{world.auth, "auth"},
        std::pair{world.sign, ""}, std::pair{world.sign, "card"}}) {
    const auto& shown = kind;
    CAPTURE(shown);
    const Answered answered = world.counterpart(both, asked, kind);
    CHECK(answered.status == 422);
    CHECK(answered.text("field") == "kind");
  }
}

TEST_CASE("revoked counterparts are given, expired ones are not") {
  ServicesWorld world;
  const auto both = world.add_verifier({VerifierClass::signature, VerifierClass::authentication});
  world.record(CertificateKind::sign, 900'000'001, world.clock.now() - 1s);
  const auto current = world.move();
  const Answered answered = world.counterpart(both, world.auth, "sign");
  REQUIRE(answered.status == 200);
  CHECK(answered.text("serial") == pki::to_string(current.serial));
  const json::array& list = answered.body.at("certificates").as_array();
  REQUIRE(list.size() == 2);
  CHECK(list[1].as_object().at("serial").as_string() == pki::to_string(world.sign.serial));
  CHECK(world.last_audit() == "verifier counterpart, verifier " + std::to_string(both) + ", certificate " +
                                  to_string(world.auth) + ", kind sign");
}

TEST_CASE("nothing to give is 404, and a stranger gets nothing") {
  ServicesWorld world;
  const auto both = world.add_verifier({VerifierClass::signature, VerifierClass::authentication});
  CHECK(world.counterpart(both, world.sign, "mobile-sign").status == 404);
  CHECK(world.counterpart(both, {world.sign.issuer, {77}}, "auth").status == 404);
  CHECK(world.ask(both, Method::get, "/verifier/v1/certificates/sign/x/counterpart?kind=auth").status == 404);
  CHECK(world.ask(both, Method::get, "/verifier/v1/certificates/ops/1/counterpart?kind=auth").status == 404);
  CHECK(world.ask(both, Method::get, "/verifier/v1/certificates").status == 404);
  // RFC 9110 section 15.5.6.
  const Answered wrong_method =
      world.ask(both, Method::post, "/verifier/v1/certificates/sign/1/counterpart?kind=auth");
  CHECK(wrong_method.status == 405);
  CHECK(wrong_method.allow == "GET, OPTIONS");
  CHECK(world.ask(both, Method::get, "/verifier/v1/certificates/sign/1/current-items").allow ==
        "POST, OPTIONS");
  CHECK(world.ask(both, Method::post, "/verifier/v1/certificates/auth/1/current-items").status == 404);
  const Answered stranger = world.counterpart(0, world.sign, "auth");
  CHECK(stranger.status == 403);
  CHECK(stranger.text("code") == "unauthorized");
  CHECK(world.counterpart(99, world.sign, "auth").status == 403);
  CHECK(world.counted(0, verifier::LedgerItem::counterpart_pair, verifier::LedgerAnswer::unauthorized) == 2);
}

TEST_CASE("suspension, a revoked credential and an agreement without tls end the services at once") {
  ServicesWorld world;
  const auto both = world.add_verifier({VerifierClass::signature, VerifierClass::authentication});
  REQUIRE(world.counterpart(both, world.sign, "auth").status == 200);
  const pki::Date today = pki::jst_date(world.clock.now());
  world.change_verifier(both, [&](auto& verifier) { verifier.suspension = verifier::Suspension{today, {}}; });
  CHECK(world.counterpart(both, world.sign, "auth").status == 403);
  world.change_verifier(both, [&](auto& verifier) { verifier.suspension.reset(); });
  CHECK(world.counterpart(both, world.sign, "auth").status == 200);
  world.change_verifier(both, [&](auto& verifier) { verifier.by_tls = false; });
  CHECK(world.counterpart(both, world.sign, "auth").status == 403);
  world.change_verifier(both, [&](auto& verifier) { verifier.by_tls = true; });
  world.write([&](store::WriteTransaction& transaction) {
    auto credential = verifier::find_credential(transaction, pki::SerialNumber{100 + both}).value();
    credential.revoked = world.clock.now();
    verifier::put_credential(transaction, credential);
  });
  CHECK(world.counterpart(both, world.sign, "auth").status == 403);
}

TEST_CASE("with consent, the current certificate and the consented items are given") {
  ServicesWorld world;
  for (const VerifierClass one : {VerifierClass::signature, VerifierClass::group_signature}) {
    const auto verifier = world.add_verifier({one});
    const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now());
    if (one == VerifierClass::signature) {
      const Answered early = world.current_items(verifier, world.sign, consent);
      CHECK(early.status == 409);
      CHECK(early.text("article") == "Act 19-5");
      world.move();
    } else {
      // The holder's former key signs no more: this consent is dated after its certificate fell.
      CHECK(world.current_items(verifier, world.sign, consent).status == 409);
      continue;
    }
    const Answered answered = world.current_items(verifier, world.sign, consent);
    INFO(json::serialize(answered.body));
    REQUIRE(answered.status == 200);
    CHECK(answered.text("kind") == "sign");
    CHECK(answered.text("serial") != pki::to_string(world.sign.serial));
    CHECK(answered.body.at("items").as_object() == json::object{{"name", "模擬　太郎"},
                                                                {"address", "東京都清瀬市元町一丁目２番"},
                                                                {"birth", "1980-02-17"},
                                                                {"sex", "male"}});
    // Neither items nor anything but ids on the audit log.
    CHECK(world.last_audit().find("模擬") == std::string::npos);
    CHECK(world.last_audit().starts_with("verifier current-items, verifier " + std::to_string(verifier)));
    CHECK(world.counted(verifier, verifier::LedgerItem::current_items, verifier::LedgerAnswer::given) == 1);
    CHECK(world.counted(verifier, verifier::LedgerItem::current_items, verifier::LedgerAnswer::refused) == 1);
  }
}

TEST_CASE("a group signature verifier is given them, too; an authentication verifier is not") {
  ServicesWorld world;
  const auto group = world.add_verifier({VerifierClass::group_signature});
  const auto authentication = world.add_verifier({VerifierClass::authentication});
  const pki::Bytes for_group = world.consent(group, {"sex"}, world.sign, world.clock.now());
  const pki::Bytes for_other = world.consent(authentication, {"sex"}, world.sign, world.clock.now());
  world.move();
  const Answered answered = world.current_items(group, world.sign, for_group);
  REQUIRE(answered.status == 200);
  CHECK(answered.body.at("items").as_object() == json::object{{"sex", "male"}});
  CHECK(world.current_items(authentication, world.sign, for_other).status == 403);
  // One verifier's consent is not another's.
  const Answered lent =
      world.current_items(world.add_verifier({VerifierClass::signature}), world.sign, for_group);
  CHECK(lent.status == 409);
  CHECK(lent.text("article") == "Ordinance 35-2");
}

TEST_CASE("JSON may carry the consent") {
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes consent = world.consent(verifier, {"name"}, world.sign, world.clock.now());
  world.move();
  const std::string target =
      "/verifier/v1/certificates/sign/" + pki::to_string(world.sign.serial) + "/current-items";
  const std::string body = json::serialize(json::object{{"consent", pki::to_base64(consent)}});
  CHECK(world.ask(verifier, Method::post, target, pki::as_bytes(body), "application/json").status == 200);
  for (const char* wrong : {"{}", R"({"consent":"*"})", R"({"consent":"AAAA"})", R"({"concent":"AAAA"})"}) {
    CAPTURE(wrong);
    CHECK(world.ask(verifier, Method::post, target, pki::as_bytes(wrong), "application/json").status == 422);
  }
  CHECK(world.ask(verifier, Method::post, target, {}, "application/json; charset=utf-8").status == 422);
  CHECK(world.ask(verifier, Method::post, target, pki::as_bytes(body), "Application/JSON ; charset=utf-8")
            .status == 200);
  CHECK(world.ask(verifier, Method::post, target, pki::as_bytes("hello")).status == 422);
}

TEST_CASE("a consent holds from when it was given, for ten years at most") {
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Time given = world.clock.now();
  const pki::Bytes month = world.consent(verifier, kAll, world.sign, given, 30);
  const pki::Bytes decade = world.consent(verifier, kAll, world.sign, given, 3652);
  const pki::Bytes longer = world.consent(verifier, kAll, world.sign, given, 3654);
  const pki::Bytes backwards = world.consent(verifier, kAll, world.sign, given, -1);
  const pki::Bytes future = world.consent(verifier, kAll, world.sign, given + 30 * 24h);
  const pki::Bytes before = world.consent(verifier, kAll, world.sign, given - 24h * 400);
  world.move();
  CHECK(world.current_items(verifier, world.sign, month).status == 200);
  CHECK(world.current_items(verifier, world.sign, decade).status == 200);
  CHECK(world.current_items(verifier, world.sign, longer).text("field") == "consent.until");
  CHECK(world.current_items(verifier, world.sign, backwards).text("field") == "consent.until");
  CHECK(world.current_items(verifier, world.sign, future).status == 409);
  CHECK(world.current_items(verifier, world.sign, before).text("field") == "consent.given");
  world.clock.set(given + std::chrono::days{30});
  CHECK(world.current_items(verifier, world.sign, month).status == 200);
  world.clock.advance(1s);
  CHECK(world.current_items(verifier, world.sign, month).status == 409);
  CHECK(world.current_items(verifier, world.sign, decade).status == 200);
}

TEST_CASE("only the holder consents, over a document that is a consent") {
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const auto other = world.add_resident();
  world.issue(other, CertificateKind::auth);
  const auto others = world.issue(other, CertificateKind::sign).id;
  const pki::Time given = world.clock.now();
  const pki::Bytes by_other = world.consent(verifier, kAll, others, given);
  const pki::Bytes by_auth = world.consent(verifier, kAll, world.sign, given);
  pki::Bytes spoiled = by_auth;
  spoiled.back() ^= 1U;
  const auto content = [&](const json::object& changes) {
    json::object object{{"purpose", "current-items"},
                        {"verifier", std::to_string(verifier)},
                        {"items", kAll},
                        {"given", pki::to_rfc3339(given)},
                        {"until", pki::to_rfc3339(given + 24h)}};
    for (const auto& [name, value] : changes)
      object[name] = value;
    return world.sign_content(json::serialize(object), world.sign);
  };
  struct Row {
    const char* field;
    pki::Bytes consent;
  };
  const std::vector<Row> rows = {{"consent", by_other},
                                 {"consent", spoiled},
                                 {"consent", world.sign_content("not JSON", world.sign)},
                                 {"consent", {}},
                                 {"consent.purpose", content({{"purpose", "mobile"}})},
                                 {"consent.verifier", content({{"verifier", "x"}})},
                                 {"consent.verifier", content({{"verifier", nullptr}})},
                                 {"consent.items", content({{"items", json::array{}}})},
                                 {"consent.items", content({{"items", json::array{"furigana"}}})},
                                 {"consent.given", content({{"given", "today"}})},
                                 {"consent.until", content({{"until", nullptr}})},
                                 {"consent.note", content({{"note", "x"}})}};
  world.move();
  for (const Row& row : rows) {
    CAPTURE(row.field);
    const Answered answered = world.current_items(verifier, world.sign, row.consent);
    CHECK(answered.status == 422);
    CHECK(answered.text("field") == row.field);
  }
}

TEST_CASE("what was withdrawn is given no more, a later consent counts again") {
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
  const auto current = world.move();
  const std::string target = "/v1/residents/" + to_string(world.holder) + "/withdrawals";
  const std::string id = std::to_string(verifier);
  const auto withdraw = [&](const json::object& body) {
    return world.call(Method::post, target, json::serialize(body), {{"Jpki-As", "municipality:132217"}})
        .status;
  };
  CHECK(withdraw({{"verifier", id}, {"items", {"address", "sex"}}}) == 201);
  const Answered some = world.current_items(verifier, world.sign, consent);
  REQUIRE(some.status == 200);
  CHECK(some.body.at("items").as_object().size() == 2);
  CHECK(some.body.at("items").as_object().contains("name"));
  CHECK(some.body.at("items").as_object().contains("birth"));
  CHECK(withdraw({{"verifier", id}}) == 201);
  const Answered none = world.current_items(verifier, world.sign, consent);
  CHECK(none.status == 409);
  CHECK(none.text("detail").find("withdrawn") != std::string::npos);
  // Another one, given with the new certificate.
  const pki::Bytes same_second = world.consent(verifier, kAll, current, world.clock.now());
  CHECK(world.current_items(verifier, world.sign, same_second).status == 409);
  world.clock.advance(1s);
  const pki::Bytes again = world.consent(verifier, kAll, current, world.clock.now());
  CHECK(world.current_items(verifier, world.sign, again).status == 200);

  CHECK(withdraw({{"verifier", "77"}}) == 422);
  CHECK(withdraw({{"verifier", id}, {"items", {"furigana"}}}) == 422);
  CHECK(withdraw({}) == 422);
  CHECK(world
            .call(Method::post, target, json::serialize(json::object{{"verifier", id}}),
                  {{"Jpki-As", "municipality:131121"}})
            .status == 403);
  const auto listed = json::parse(body_of(world.call(Method::get, target))).as_object();
  REQUIRE(listed.at("withdrawals").as_array().size() == 1);
  CHECK(listed.at("withdrawals").as_array()[0].as_object().at("withdrawn").as_object().size() == 4);
}

TEST_CASE("a consent by a key that was reported leaked counts for nothing, whatever its date") {
  // A thief dates what he signs as he likes.
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now());
  world.clock.advance(1h);
  support::EventDraft request;
  request.resident = world.holder;
  request.event = law::Event::key_notice;
  request.kind = CertificateKind::sign;
  world.event(request).value();
  world.issue(world.holder, CertificateKind::sign);
  const Answered refused = world.current_items(verifier, world.sign, consent);
  CHECK(refused.status == 409);
  CHECK(refused.text("article") == "Ordinance 35-2");
}

TEST_CASE("a key that was lost stays distrusted, whatever revoked its certificate after the hold") {
  // The thief signs after the hold and dates the consent before it.
  enum class Then { card_lapse, card_return, holder_application, renewal };
  for (const Then then : {Then::card_lapse, Then::card_return, Then::holder_application, Then::renewal}) {
    CAPTURE(static_cast<int>(then));
    ServicesWorld world;
    const auto verifier = world.add_verifier({VerifierClass::signature});
    const pki::Bytes backdated = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
    world.clock.advance(1h);
    world.report(law::Event::hold);
    world.clock.advance(1h);
    support::EventDraft request;
    request.resident = world.holder;
    request.event = law::Event::holder_application;
    if (then == Then::holder_application) request.kind = CertificateKind::sign;
    if (then == Then::card_lapse) {
      request.event = law::Event::card_lapse;
      request.cause = "13";
    }
    if (then == Then::card_return) request.event = law::Event::card_return;
    if (then != Then::renewal) world.event(request).value();
    world.clock.advance(1h);
    const Answered refused = world.current_items(verifier, world.sign, backdated);
    CHECK(refused.status != 200);
    const auto current =
        then == Then::renewal
            ? world.issue(world.holder, CertificateKind::sign, ca::IssueMode::renewal).id
            : world.record(CertificateKind::sign, 900'000'002, world.clock.now() + 24h * 100);
    const Answered answered = world.current_items(verifier, world.sign, backdated);
    CHECK(answered.status == 409);
    CHECK(answered.text("article") == "Ordinance 35-2");
    CHECK(answered.text("detail").find("lost or leaked") != std::string::npos);
    // The new card's key proves a consent.
    if (then != Then::renewal) continue;
    const pki::Bytes fresh = world.consent(verifier, kAll, current, world.clock.now(), 3000);
    CHECK(world.current_items(verifier, world.sign, fresh).status == 200);
  }
}

TEST_CASE("a card that was found gives its signing key no trust back") {
  // The release brings the authentication certificate back, and names no kind.
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes backdated = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
  // Neither names a kind: the hold is of both certificates of the card.
  for (const auto event : {law::Event::hold, law::Event::release}) {
    world.clock.advance(1h);
    support::EventDraft draft;
    draft.resident = world.holder;
    draft.event = event;
    world.event(draft).value();
  }
  CHECK(world.current_items(verifier, world.sign, backdated).status == 409);
  world.clock.advance(1h);
  world.issue(world.holder, CertificateKind::sign, ca::IssueMode::renewal);
  const Answered answered = world.current_items(verifier, world.sign, backdated);
  CHECK(answered.status == 409);
  CHECK(answered.text("detail").find("lost or leaked") != std::string::npos);
}

TEST_CASE("a loss or leak reported after the revocation counts, until the next certificate is issued") {
  for (const auto report : {law::Event::key_notice, law::Event::hold}) {
    CAPTURE(law::to_string(report));
    ServicesWorld world;
    const auto verifier = world.add_verifier({VerifierClass::signature});
    const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
    world.clock.advance(1h);
    support::EventDraft request;
    request.resident = world.holder;
    request.event = law::Event::address_change;
    request.address = "東京都清瀬市元町一丁目２番";
    world.event(request).value();
    world.clock.advance(1h);
    world.report(report);
    world.clock.advance(1h);
    world.issue(world.holder, CertificateKind::sign);
    const Answered refused = world.current_items(verifier, world.sign, consent);
    CHECK(refused.status == 409);
    CHECK(refused.text("detail").find("lost or leaked") != std::string::npos);
  }
  // The report is about the key in use; the one before it was replaced on the card.
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
  world.move();
  world.clock.advance(1h);
  world.report(law::Event::key_notice);
  world.issue(world.holder, CertificateKind::sign);
  CHECK(world.current_items(verifier, world.sign, consent).status == 200);
}

TEST_CASE("the medium must be the same, and its current certificate in force") {
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
  const auto mobile = world.record(CertificateKind::mobile_sign, 900'000'001, world.clock.now() + 24h * 100);
  world.clock.advance(1h);
  support::EventDraft request;
  request.resident = world.holder;
  request.event = law::Event::holder_application;
  request.kind = CertificateKind::sign;
  world.event(request).value();
  // The mobile certificate, if it still stands, is another medium.
  CHECK(world.current_items(verifier, world.sign, consent).status == 404);
  world.clock.advance(24h * 200);
  // Past its end, the mobile one has lapsed, too, and has no successor.
  CHECK(world.current_items(verifier, mobile, consent).status == 404);
  const auto next = world.issue(world.holder, CertificateKind::sign).id;
  CHECK(world.current_items(verifier, world.sign, consent).text("serial") == pki::to_string(next.serial));
  CHECK(world.current_items(verifier, mobile, consent).status == 404);
}

TEST_CASE("a current certificate that is on hold has not lapsed: what it records is given") {
  ServicesWorld world;
  const auto verifier = world.add_verifier({VerifierClass::signature});
  const pki::Bytes consent = world.consent(verifier, kAll, world.sign, world.clock.now(), 3000);
  const auto current = world.move();
  support::EventDraft request;
  request.resident = world.holder;
  request.event = law::Event::hold;
  request.kind = CertificateKind::sign;
  world.event(request).value();
  const Answered answered = world.current_items(verifier, world.sign, consent);
  REQUIRE(answered.status == 200);
  CHECK(answered.text("serial") == pki::to_string(current.serial));
}

}  // namespace admin
