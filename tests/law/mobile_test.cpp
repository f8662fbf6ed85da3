// The mobile pair: applied for with the card's signing key, ends with the card's certificate, and stands and
// falls with it. Applications are made by the real openssl, as a holder's software would.

#include "law/mobile.h"

#include <doctest/doctest.h>

#include "ca/profile.h"
#include "pki/certificate.h"
#include "registry/actor.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using registry::CertificateId;
using registry::IssuedCertificate;
using namespace support;

constexpr auto kSign = CertificateKind::sign, kAuth = CertificateKind::auth,
               kMobileSign = CertificateKind::mobile_sign, kMobileAuth = CertificateKind::mobile_auth;

// A holder of a card: the keys are those of AuthorityWorld::request().
struct Holder {
  registry::ResidentId id;
  IssuedCertificate auth, sign;
};

class MobileWorld final : public AuthorityWorld {
 public:
  Holder add_holder() {
    Holder holder;
    holder.id = add_resident();
    holder.auth = issue(holder.id, kAuth);
    holder.sign = issue(holder.id, kSign);
    return holder;
  }

  // `content` signed by `openssl cms` with the key of the request of kind `key`, in the name of
  // `certificate`.
  [[nodiscard]] pki::Bytes signed_data(const IssuedCertificate& certificate, pki::ByteView content,
                                       CertificateKind key = kSign,
                                       const std::string& options = "-nodetach") const {
    write_file(folder.file("content"), content);
    write_file(folder.file("signer.cer"), certificate.der);
    write_file(folder.file("signer.key"),
               pki::as_bytes(authority_keys().at(4 + static_cast<std::size_t>(key) % 4).to_pem()));
    const auto ran =
        run("cd " + folder.path().string() +
            " && openssl x509 -inform DER -in signer.cer -out signer.pem && openssl cms -sign -binary " +
            options + " -outform DER -in content -signer signer.pem -inkey signer.key -out signed.der");
    if (ran.exit_code != 0) throw std::runtime_error("openssl: " + ran.output);
    return read_file(folder.file("signed.der"));
  }

  [[nodiscard]] ca::IssueRequest mobile_request(const Holder& holder, CertificateKind kind) const {
    ca::IssueRequest asked = issue_request(holder.id, kind);
    asked.application = signed_data(holder.sign, asked.certification_request);
    return asked;
  }
  // An application for a key pair that was just made.
  [[nodiscard]] ca::IssueRequest new_mobile_request(const Holder& holder, CertificateKind kind,
                                                    ca::IssueMode mode = ca::IssueMode::initial) {
    ca::IssueRequest asked = with_new_key(issue_request(holder.id, kind, mode));
    asked.application = signed_data(holder.sign, asked.certification_request);
    return asked;
  }
  IssuedCertificate issue_mobile(const Holder& holder, CertificateKind kind) {
    auto issued = issuance->issue(mobile_request(holder, kind));
    if (issued.has_error()) throw std::runtime_error(issued.error().text());
    return std::move(*issued);
  }
  pki::Error refusal(const ca::IssueRequest& asked) {
    const auto before = dump();
    const auto issued = issuance->issue(asked);
    REQUIRE(issued.has_error());
    CHECK(dump() == before);
    return issued.error();
  }
  pki::Result<EventPlan> happens(const Holder& holder, Event what,
                                 std::optional<CertificateKind> kind = std::nullopt) {
    EventDraft told;
    told.resident = holder.id;
    told.event = what;
    told.kind = kind;
    if (what == Event::address_change) told.address = "東京都清瀬市模擬町２番";
    return event(told, what == Event::hold ? with_role(registry::Role::call_centre) : municipality(kKiyose));
  }
};

}  // namespace

TEST_CASE("a mobile certificate has the card's generation, point and end, and its own policy") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  world.clock.advance(24h);
  for (const auto& [kind, card, policy] :
       {std::tuple{kMobileSign, holder.sign, "1.2.392.200149.8.5.1.1.40"},
        std::tuple{kMobileAuth, holder.auth, "1.2.392.200149.8.5.1.3.40"}}) {
    const auto shown = std::string(pki::to_string(kind));
    CAPTURE(shown);
    const IssuedCertificate mobile = world.issue_mobile(holder, kind);
    CHECK(mobile.id.issuer == card.id.issuer);
    CHECK(mobile.point == card.point);
    CHECK(mobile.not_after == card.not_after);
    CHECK(world.state(mobile.id) == "good");
    write_file(world.folder.file("mobile.cer"), mobile.der);
    const auto text =
        run("openssl x509 -inform DER -noout -text -in " + std::string(world.folder.file("mobile.cer")));
    CHECK(text.output.find(std::string("Policy: ") + policy) != std::string::npos);
    CHECK(card_certificate_of(world.read(), world.vault, mobile) == card.id);
    CHECK(mobile_certificates_of(world.read(), world.vault, card) == std::vector<CertificateId>{mobile.id});
  }
}

TEST_CASE("content beside the signature is an application, too") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  ca::IssueRequest asked = AuthorityWorld::issue_request(holder.id, kMobileAuth);
  asked.application = world.signed_data(holder.sign, asked.certification_request, kSign, "");
  CHECK(world.issuance->issue(asked).has_value());
}

TEST_CASE("an application that the resident's card did not make is refused and nothing is stored") {
  MobileWorld world;
  const Holder holder = world.add_holder(), other = world.add_holder();
  ca::IssueRequest asked = AuthorityWorld::issue_request(holder.id, kMobileSign);
  const pki::Bytes& csr = asked.certification_request;
  SUBCASE("none at all") {
    asked.application = {};
  }
  SUBCASE("not CMS") {
    asked.application = {1, 2, 3};
  }
  SUBCASE("over another request") {
    asked.application = world.signed_data(holder.sign, AuthorityWorld::request(3 + 3));
  }
  SUBCASE("by another resident's card") {
    asked.application = world.signed_data(other.sign, csr);
  }
  SUBCASE("by the card's authentication key") {
    asked.application = world.signed_data(holder.auth, csr, kAuth);
  }
  SUBCASE("with a bit changed") {
    asked.application = world.signed_data(holder.sign, csr);
    asked.application.back() ^= 1U;
  }
  const pki::Error error = world.refusal(asked);
  CHECK(error.code == pki::Errc::invalid_value);
  CHECK(error.field == "application");
}

TEST_CASE("an application for a card's certificate is refused") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  ca::IssueRequest asked = AuthorityWorld::issue_request(holder.id, kSign, ca::IssueMode::renewal);
  asked.application = world.signed_data(holder.sign, asked.certification_request);
  CHECK(world.refusal(asked).field == "application");
}

TEST_CASE("the card must stand: its signing certificate, and that of the kind") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  const ca::IssueRequest sign = world.mobile_request(holder, kMobileSign),
                         auth = world.mobile_request(holder, kMobileAuth);
  SUBCASE("the signing certificate is revoked: neither") {
    REQUIRE(world.happens(holder, Event::address_change).has_value());
    CHECK(world.refusal(sign).article == "Act 16-2(3)");
    CHECK(world.refusal(auth).article == "Act 35-2(3)");
  }
  SUBCASE("the signing certificate is held: neither") {
    REQUIRE(world.happens(holder, Event::hold, kSign).has_value());
    CHECK(world.refusal(sign).text().find("is held") != std::string::npos);
    CHECK(world.refusal(auth).code == pki::Errc::refused_by_law);
  }
  SUBCASE("the authentication certificate is revoked: no mobile one of that kind") {
    REQUIRE(world.happens(holder, Event::holder_application, kAuth).has_value());
    CHECK(world.refusal(auth).article == "Act 35-2(3)");
    CHECK(world.issuance->issue(sign).has_value());
  }
  SUBCASE("the authentication certificate is held: no mobile one of that kind") {
    REQUIRE(world.happens(holder, Event::hold, kAuth).has_value());
    CHECK(world.refusal(auth).code == pki::Errc::refused_by_law);
  }
  SUBCASE("the card has expired") {
    world.clock.set(holder.sign.not_after + pki::Seconds{1});
    CHECK(world.refusal(sign).text().find("has expired") != std::string::npos);
  }
}

TEST_CASE("there is one mobile certificate of a kind at a time") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  const auto first = world.issue_mobile(holder, kMobileSign);
  CHECK(world.refusal(world.mobile_request(holder, kMobileSign)).article == "Act 16-5");
  world.issue_mobile(holder, kMobileAuth);
  CHECK(world.refusal(world.mobile_request(holder, kMobileAuth)).article == "Act 35-5");
  const auto next =
      world.issuance->issue(world.new_mobile_request(holder, kMobileSign, ca::IssueMode::renewal));
  REQUIRE(next.has_value());
  CHECK(world.state(first.id) == "superseded");
  CHECK(world.state(holder.sign.id) == "good");
}

TEST_CASE("an application counts once, for one kind") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  ca::IssueRequest asked = world.mobile_request(holder, kMobileAuth);
  REQUIRE(world.issuance->issue(asked).has_value());
  const auto is_used = [&](CertificateKind kind, ca::IssueMode mode, const std::string& article) {
    asked.kind = kind;
    asked.mode = mode;
    const pki::Error error = world.refusal(asked);
    CHECK(error.code == pki::Errc::refused_by_law);
    CHECK(error.article == article);
    CHECK(error.text().find("counts once") != std::string::npos);
  };
  is_used(kMobileSign, ca::IssueMode::initial, "Act 16-2(4)");
  is_used(kMobileAuth, ca::IssueMode::renewal, "Act 35-2(4)");
  // Neither after the certificate has fallen, nor signed again: the key is not the one made for it.
  REQUIRE(world.happens(holder, Event::holder_application, kMobileAuth).has_value());
  is_used(kMobileAuth, ca::IssueMode::initial, "Act 35-2(4)");
  asked.application = world.signed_data(holder.sign, asked.certification_request, kSign, "");
  is_used(kMobileAuth, ca::IssueMode::initial, "Act 35-2(4)");
  // The card's own key is none of the phone's.
  asked.certification_request = AuthorityWorld::issue_request(holder.id, kSign).certification_request;
  asked.application = world.signed_data(holder.sign, asked.certification_request);
  is_used(kMobileSign, ca::IssueMode::initial, "Act 16-2(4)");
  CHECK(world.issuance->issue(world.new_mobile_request(holder, kMobileAuth)).has_value());
  CHECK(world.issuance->issue(world.new_mobile_request(holder, kMobileSign)).has_value());
}

TEST_CASE("an application that is used for both kinds at once gives one certificate") {
  MobileWorld world;
  const Holder holder = world.add_holder(), other = world.add_holder();
  // What an issue of the other kind records, with the same key: another holder's certificate has it.
  IssuedCertificate meanwhile = world.issue_mobile(other, kMobileSign);
  meanwhile.resident = holder.id;
  meanwhile.kind = kMobileAuth;
  meanwhile.id = {holder.auth.id.issuer, {holder.auth.id.serial.value + 1'000}};
  // Between the intent of the one and its record.
  world.clock.at_batch(1, [&] {
    store::Command command{.actor = with_role(registry::Role::officer), .action = "test", .run = {}};
    command.run = [&](store::CommandContext& context) -> pki::Result<void> {
      registry::record_issue(context.transaction, world.vault, meanwhile, context.now);
      return {};
    };
    world.writer->submit(std::move(command),
                         [](const pki::Result<void>& result) { CHECK(result.has_value()); });
  });
  const auto refused = world.issuance->issue(world.mobile_request(holder, kMobileSign));
  REQUIRE(refused.has_error());
  CHECK(refused.error().article == "Act 16-2(4)");
  CHECK(registry::certificates_of(world.read(), holder.id).size() == 3);
}

TEST_CASE("what happens to the card's certificate happens to the mobile one of its kind, and to no other") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  const auto sign = world.issue_mobile(holder, kMobileSign), auth = world.issue_mobile(holder, kMobileAuth);
  const auto states = [&] {
    return world.state(holder.sign.id) + " " + world.state(sign.id) + " / " + world.state(holder.auth.id) +
           " " + world.state(auth.id);
  };
  SUBCASE("a change of address") {
    const auto plan = world.happens(holder, Event::address_change);
    CHECK(states() == "affiliationChanged affiliationChanged / good good");
    REQUIRE(plan->record.consequences.size() == 2);
    CHECK(plan->record.consequences.back().article.starts_with("Act 16-13, 16-14(1)(iv); card: Act 12(1)"));
  }
  SUBCASE("death") {
    REQUIRE(world.happens(holder, Event::death).has_value());
    CHECK(states() ==
          "cessationOfOperation cessationOfOperation / cessationOfOperation cessationOfOperation");
  }
  SUBCASE("the holder's application about the card's certificate") {
    REQUIRE(world.happens(holder, Event::holder_application, kSign).has_value());
    CHECK(states() == "cessationOfOperation cessationOfOperation / good good");
  }
  SUBCASE("the holder's application about the phone's certificate alone") {
    const auto plan = world.happens(holder, Event::holder_application, kMobileSign);
    CHECK(states() == "good cessationOfOperation / good good");
    CHECK(plan->record.consequences.front().article == "Act 16-8, 16-10, 16-14(1)(i)");
    CHECK_FALSE(asks_to_notify(plan->record.consequences.front()));
  }
  SUBCASE("a notice about the phone's key alone") {
    const auto plan = world.happens(holder, Event::key_notice, kMobileAuth);
    CHECK(states() == "good good / good keyCompromise");
    CHECK(plan->record.consequences.front().article == "Act 35-9, 35-10, 35-14(1)(i)");
  }
  SUBCASE("a notice about a key that two certificates have") {
    ca::IssueRequest asked = AuthorityWorld::issue_request(holder.id, kAuth, ca::IssueMode::renewal);
    asked.certification_request = AuthorityWorld::issue_request(holder.id, kSign).certification_request;
    const auto of_same_key = world.issuance->issue(asked).value();
    EventDraft notice;
    notice.resident = holder.id;
    notice.event = Event::key_notice;
    notice.kind = kAuth;
    REQUIRE(world.event(notice).has_value());
    CHECK(world.state(of_same_key.id) == "keyCompromise");
    CHECK(world.state(holder.sign.id) == "keyCompromise");
    CHECK(world.state(sign.id) == "keyCompromise");
    CHECK(world.state(holder.auth.id) == "superseded");
  }
  SUBCASE("an error of the phone's certificate, of which its holder must be told") {
    const auto plan = world.happens(holder, Event::record_error, kMobileSign);
    CHECK(states() == "good affiliationChanged / good good");
    CHECK(plan->record.consequences.front().article == "Act 16-11, 16-14(1)(ii)");
    CHECK(asks_to_notify(plan->record.consequences.front()));
  }
  SUBCASE("a notice of the card's key: the phone's was never known to others") {
    EventDraft request;
    request.resident = holder.id;
    request.event = Event::key_notice;
    request.kind = kSign;
    request.occurred_on = pki::jst_date(world.clock.now());
    REQUIRE(world.event(request).has_value());
    CHECK(states() == "keyCompromise keyCompromise / good good");
    CHECK(world.status(holder.sign.id)->revocation->invalidity_date.has_value());
    CHECK_FALSE(world.status(sign.id)->revocation->invalidity_date.has_value());
  }
  SUBCASE("hold and release") {
    REQUIRE(world.happens(holder, Event::hold, kAuth).has_value());
    CHECK(states() == "good good / certificateHold certificateHold");
    REQUIRE(world.happens(holder, Event::release, kAuth).has_value());
    CHECK(states() == "good good / good good");
  }
  SUBCASE("a phone held on its own account is not released with the card") {
    REQUIRE(world.happens(holder, Event::hold, kMobileAuth).has_value());
    CHECK(states() == "good good / good certificateHold");
    world.clock.advance(1h);
    REQUIRE(world.happens(holder, Event::hold, kAuth).has_value());
    REQUIRE(world.happens(holder, Event::release, kAuth).has_value());
    CHECK(states() == "good good / good certificateHold");
    REQUIRE(world.happens(holder, Event::release, kMobileAuth).has_value());
    CHECK(states() == "good good / good good");
  }
  SUBCASE("nor is one whose loss came on top of the card's, or in the same second") {
    for (const auto& [first, second] : {std::pair{kAuth, kMobileAuth}, std::pair{kMobileAuth, kAuth}}) {
      REQUIRE(world.happens(holder, Event::hold, first).has_value());
      REQUIRE(world.happens(holder, Event::hold, second).has_value());
      REQUIRE(world.happens(holder, Event::release, kAuth).has_value());
      CHECK(states() == "good good / good certificateHold");
      REQUIRE(world.happens(holder, Event::release, kMobileAuth).has_value());
      CHECK(states() == "good good / good good");
    }
    // What was reported before a release counts no more.
    REQUIRE(world.happens(holder, Event::hold, kAuth).has_value());
    REQUIRE(world.happens(holder, Event::release, kAuth).has_value());
    CHECK(states() == "good good / good good");
  }
  SUBCASE("renewal of the card's certificate") {
    const auto renewed = world.issue(holder.id, kSign, ca::IssueMode::renewal);
    CHECK(states() == "superseded superseded / good good");
    CHECK(mobile_certificates_of(world.read(), world.vault, renewed).empty());
    CHECK(card_certificate_of(world.read(), world.vault, sign) == holder.sign.id);
  }
}

TEST_CASE("of an error in a certificate of any kind its holder is notified") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  world.issue_mobile(holder, kMobileSign);
  world.issue_mobile(holder, kMobileAuth);
  for (const auto& [kind, article] :
       {std::pair{kMobileSign, "Act 16-11, 16-14(1)(ii)"}, std::pair{kMobileAuth, "Act 35-11, 35-14(1)(ii)"},
        std::pair{kAuth, "Act 32, 34(1)(2)"}, std::pair{kSign, "Act 13, 15(1)(2)"}}) {
    const auto shown = std::string(pki::to_string(kind));
    CAPTURE(shown);
    const auto plan = world.happens(holder, Event::record_error, kind);
    REQUIRE(plan.has_value());
    REQUIRE(plan->record.consequences.size() == 1);
    CHECK(plan->record.consequences.front().article == article);
    CHECK(asks_to_notify(plan->record.consequences.front()));
  }
}

TEST_CASE("an event between intent and record leaves no good mobile certificate") {
  MobileWorld world;
  const Holder holder = world.add_holder();
  EventDraft told;
  told.resident = holder.id;
  told.event = Event::holder_application;
  told.kind = kSign;
  // Serials are reserved already: the next batch records the intent, and the event comes right behind it.
  world.clock.at_batch(1, [&] {
    world.writer->submit(world.event_command(told.request().value(), municipality(kKiyose)),
                         [](const pki::Result<void>&) {});
  });
  const auto refused = world.issuance->issue(world.mobile_request(holder, kMobileSign));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  for (const CertificateId& id : registry::certificates_of(world.read(), holder.id))
    CHECK(world.state(id) == (id == holder.auth.id ? "good" : "cessationOfOperation"));
}

}  // namespace law
