// Applications and notices that holders make online: signed documents, made by the real openssl.

#include "admin/signed_notice.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <map>

#include "tests/support/authority_world.h"
#include "tests/support/command.h"
#include "tests/support/openssl_cms.h"

namespace support {

namespace {

namespace json = boost::json;
using pki::CertificateKind;
using registry::IssuedCertificate;

class NoticeWorld final : public AuthorityWorld {
 public:
  NoticeWorld() : id(add_resident()) {
    auth = issue(id, CertificateKind::auth);
    sign = issue(id, CertificateKind::sign);
  }

  [[nodiscard]] pki::Bytes signed_data(const IssuedCertificate& signer, pki::ByteView content) const {
    return openssl_cms(signer.der, authority_keys().at(4 + static_cast<std::size_t>(signer.kind) % 4),
                       content);
  }
  IssuedCertificate issue_mobile(CertificateKind kind) {
    auto asked = issue_request(id, kind);
    asked.application = signed_data(sign, asked.certification_request);
    return issuance->issue(asked).value();
  }
  // The document, in base64.
  [[nodiscard]] std::string notice(std::string_view purpose, const registry::CertificateId& about,
                                   const IssuedCertificate& signer) const {
    return notice(
        {{"purpose", purpose}, {"certificate", to_string(about)}, {"given", pki::to_rfc3339(clock.now())}},
        signer);
  }
  [[nodiscard]] std::string notice(const json::object& content, const IssuedCertificate& signer) const {
    return pki::to_base64(signed_data(signer, pki::as_bytes(json::serialize(content))));
  }
  // As POST /v1/events reads and records it; `more` has kind, reason and event_id.
  pki::Result<law::EventPlan> send(std::string_view event, const std::string& application,
                                   const std::map<std::string, std::string>& more = {},
                                   const registry::Actor& actor = with_role(registry::Role::officer)) {
    const json::object body{{"application", application}};
    admin::FieldReader fields(body);
    std::vector<registry::EventItem> items;
    law::EventRequest request{.resident = id, .details = {}};
    for (const auto& [name, value] : more) {
      if (name == "event_id")
        request.event_id = value;
      else
        items.push_back({registry::parse_event_field(name).value(), value});
    }
    TRY_ASSIGN(request.details, law::read_details(registry::parse_event(event).value(), items));
    TRY(admin::read_notice(fields, read(), vault, request));
    TRY(fields.finish());
    return this->event(request, actor);
  }
  // The field at fault.
  std::string refused(pki::Errc code, std::string_view event, const std::string& application,
                      const std::map<std::string, std::string>& more = {}) {
    const auto before = dump();
    const auto plan = send(event, application, more);
    REQUIRE(plan.has_error());
    INFO(plan.error().text());
    CHECK(plan.error().code == code);
    CHECK(dump() == before);
    return plan.error().field;
  }

  registry::ResidentId id;
  IssuedCertificate auth, sign;
};

}  // namespace

TEST_CASE("an application signed with the holder's key revokes the certificate that it names, and no other") {
  NoticeWorld world;
  const auto application = world.notice("holder-application", world.auth.id, world.sign);
  REQUIRE(world.send("holder-application", application).has_value());
  CHECK(world.state(world.auth.id) == "cessationOfOperation");
  CHECK(world.state(world.sign.id) == "good");
  const auto events = registry::events_of(world.read(), world.vault, world.id);
  REQUIRE(events.size() == 1);
  CHECK(events[0].actor.role == registry::Role::officer);
  CHECK(registry::kind_of(events[0]) == CertificateKind::auth);
  CHECK(registry::item_of(events[0], registry::EventField::application)->size() == 64);

  // The document names one certificate: sent again, it does not touch the next one.
  const auto next = world.issue(world.id, CertificateKind::auth);
  CHECK(world.refused(pki::Errc::refused_by_law, "holder-application", application) == "application");
  CHECK(world.state(next.id) == "good");
  // A certificate may be given up with its own key.
  REQUIRE(world.send("holder-application", world.notice("holder-application", world.sign.id, world.sign))
              .has_value());
  CHECK(world.state(world.sign.id) == "cessationOfOperation");
}

TEST_CASE("under an event id a signed application is recorded once, and answered again") {
  NoticeWorld world;
  const auto application = world.notice("holder-application", world.auth.id, world.sign);
  CHECK_FALSE(world.send("holder-application", application, {{"event_id", "online-1"}}).value().repeated);
  CHECK(world.send("holder-application", application, {{"event_id", "online-1"}}).value().repeated);
}

TEST_CASE("a notice about the card is signed by the phone, and one about the phone by the card") {
  NoticeWorld world;
  const auto mobile_sign = world.issue_mobile(CertificateKind::mobile_sign);
  const auto mobile_auth = world.issue_mobile(CertificateKind::mobile_auth);
  CHECK(world.refused(pki::Errc::refused_by_law, "key-notice",
                      world.notice("key-notice", world.auth.id, world.sign)) == "application");
  CHECK(world.refused(pki::Errc::refused_by_law, "key-notice",
                      world.notice("key-notice", mobile_auth.id, mobile_sign)) == "application");
  CHECK(world.send("key-notice", world.notice("key-notice", mobile_auth.id, world.sign)).has_value());
  CHECK(world.state(mobile_auth.id) == "keyCompromise");
  CHECK(world.state(world.auth.id) == "good");
  CHECK(world.send("key-notice", world.notice("key-notice", world.auth.id, mobile_sign)).has_value());
  CHECK(world.state(world.auth.id) == "keyCompromise");
  // An application may be signed by either.
  CHECK(world.send("holder-application", world.notice("holder-application", world.sign.id, mobile_sign))
            .has_value());
  CHECK(world.state(world.sign.id) == "cessationOfOperation");
}

TEST_CASE("the signer's certificate must be good when the application is recorded") {
  NoticeWorld world;
  const auto application = world.notice("holder-application", world.auth.id, world.sign);
  EventDraft hold{.resident = world.id, .event = law::Event::hold};
  hold.kind = CertificateKind::sign;
  SUBCASE("not held") {
    REQUIRE(world.event(hold).has_value());
    CHECK(world.refused(pki::Errc::refused_by_law, "holder-application", application) == "application");
  }
  SUBCASE("not revoked") {
    hold.event = law::Event::key_notice;
    REQUIRE(world.event(hold).has_value());
    CHECK(world.refused(pki::Errc::refused_by_law, "holder-application", application) == "application");
  }
  SUBCASE("not expired") {
    world.clock.set(world.sign.not_after + pki::Seconds{1});
    CHECK(world.refused(pki::Errc::refused_by_law, "holder-application", application) == "application");
  }
  CHECK(world.state(world.auth.id) == "good");
}

TEST_CASE("a document that is wrong, of another holder or for another event is refused and named") {
  NoticeWorld world;
  const auto other = world.add_resident();
  const auto others_auth = world.issue(other, CertificateKind::auth),
             others_sign = world.issue(other, CertificateKind::sign);
  const char* const event = "holder-application";
  CHECK(world.refused(pki::Errc::invalid_value, event, pki::to_base64(pki::Bytes(5, 1))) == "application");
  CHECK(world.refused(pki::Errc::invalid_value, event, world.notice(event, world.auth.id, others_sign)) ==
        "application");
  CHECK(world.refused(pki::Errc::invalid_value, event, world.notice(event, others_auth.id, world.sign)) ==
        "application.certificate");
  CHECK(world.refused(pki::Errc::invalid_value, "key-notice",
                      world.notice(event, world.auth.id, world.sign)) == "application");
  CHECK(world.refused(pki::Errc::invalid_value, "death", world.notice(event, world.auth.id, world.sign)) ==
        "application");
  CHECK(world.refused(pki::Errc::invalid_value, event, world.notice(event, world.auth.id, world.sign),
                      {{"kind", "sign"}}) == "kind");
  CHECK(world.refused(pki::Errc::invalid_value, event, world.notice(event, world.auth.id, world.sign),
                      {{"reason", "evacuation"}}) == "reason");
  const json::object good{{"purpose", event},
                          {"certificate", to_string(world.auth.id)},
                          {"given", pki::to_rfc3339(world.clock.now())}};
  const auto changed = [&](const char* member, std::string_view value) {
    json::object content = good;
    content[member] = value;
    return world.refused(pki::Errc::invalid_value, event, world.notice(content, world.sign));
  };
  CHECK(changed("purpose", "current-items") == "application.purpose");
  CHECK(changed("certificate", "auth-1") == "application.certificate");
  CHECK(changed("given", "yesterday") == "application.given");
  CHECK(changed("given", "2026-11-01T00:00:00Z") == "application.given");
  CHECK(changed("given", pki::to_rfc3339(world.clock.now() + pki::Seconds{60})) == "application");
  CHECK(changed("colour", "red") == "application.colour");
  // It goes to the agency itself.
  const auto sent_by_municipality =
      world.send(event, world.notice(event, world.auth.id, world.sign), {}, municipality(kKiyose));
  CHECK(sent_by_municipality.error().code == pki::Errc::forbidden);
  CHECK(world.state(world.auth.id) == "good");
}

}  // namespace support
