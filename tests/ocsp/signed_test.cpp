// Signed requests and the PIN-less path over a real store: what is accepted once, what is never accepted, and
// what is told about it.

#include <doctest/doctest.h>

#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "tests/ocsp/signed_request.h"
#include "tests/ocsp/world.h"
#include "verifier/credentials.h"

namespace {

using namespace ocsp_world;
using ocsp::AnswerKind;
using ocsp::ResponseStatus;
using verifier::CredentialUse;

constexpr std::uint64_t kSerial = 4660;
constexpr std::string_view kPinless = "/ocsp/auth/pinless";
const pki::Bytes kNonce(16, 0xA7);

// What the service reports, in order.
struct Reports {
  std::mutex mutex;
  std::vector<ocsp::AnsweredRequest> answered;
  std::vector<ocsp::Refusal> refused;
};

// A specific-authentication verifier whose agreement lists signatures, with a credential for each use.
class Signing {
 public:
  explicit Signing(ocsp::ServiceOptions options = {}) : world(with_reports(std::move(options), *reports)) {
    world.issue(kSerial, kAuth);
    verifier = world.add_verifier(verifier::VerifierClass::specific_authentication);
    world.change_verifier(verifier, [](verifier::Verifier& record) {
      record.networks.clear();
      record.by_signature = true;
      record.classes.begin()->second.approvals = {{.from = *record.classes.begin()->second.agreed}};
    });
    signature = give(1, CredentialUse::signature);
    pinless = give(2, CredentialUse::pinless);
    second_terminal = give(3, CredentialUse::pinless);
  }

  pki::Bytes give(std::uint64_t serial, CredentialUse use) {
    const AskerCertificate form{.serial = serial, .common_name = "credential " + std::to_string(serial)};
    pki::Bytes der = make_certificate(form, *key, *operations);
    world.write([&](store::WriteTransaction& transaction) {
      verifier::put_credential(transaction, {.serial = {serial},
                                             .verifier = verifier,
                                             .use = use,
                                             .purpose = "test",
                                             .terminal = "",
                                             .not_before = form.not_before,
                                             .not_after = form.not_after,
                                             .certificate = der});
    });
    return der;
  }
  [[nodiscard]] pki::Bytes request(const pki::Bytes& certificate, std::optional<pki::Bytes> nonce) const {
    return sign_request(question("auth_ca.cer", {kSerial}, std::move(nonce)),
                        {.key = *key, .certificates = {certificate}});
  }
  ResponseStatus ask(std::string_view path, const pki::Bytes& bytes) {
    return status_of(world.post(path, bytes));
  }

  std::shared_ptr<Reports> reports = std::make_shared<Reports>();
  std::shared_ptr<const pki::Signer> operations = pki::make_openssl_signer(support::authority_keys().at(5));
  std::shared_ptr<const pki::Signer> key = pki::make_openssl_signer(support::authority_keys().at(6));
  World world;
  std::uint64_t verifier = 0;
  pki::Bytes signature, pinless, second_terminal;

 private:
  static ocsp::ServiceOptions with_reports(ocsp::ServiceOptions options, Reports& reports) {
    options.on_answered = [&reports](const ocsp::AnsweredRequest& answered) {
      const std::lock_guard lock(reports.mutex);
      reports.answered.push_back(answered);
    };
    options.on_refusal = [&reports](const ocsp::Refusal& refusal) {
      const std::lock_guard lock(reports.mutex);
      reports.refused.push_back(refusal);
    };
    return options;
  }
};

}  // namespace

TEST_CASE("a nonce is accepted once for each credential within the window, and a repeat is reported") {
  Signing signing;
  const pki::Bytes once = signing.request(signing.pinless, kNonce);
  CHECK(signing.ask(kPinless, once) == ResponseStatus::successful);
  CHECK(signing.reports->refused.empty());
  CHECK(signing.ask(kPinless, once) == ResponseStatus::unauthorized);
  // Other bytes, the same nonce: a repeat all the same.
  const pki::Bytes other_question = sign_request(question("auth_ca.cer", {kSerial, 7}, kNonce),
                                                 {.key = *signing.key, .certificates = {signing.pinless}});
  CHECK(signing.ask(kPinless, other_question) == ResponseStatus::unauthorized);
  REQUIRE(signing.reports->refused.size() == 2);
  const ocsp::Refusal& refusal = signing.reports->refused.front();
  CHECK(refusal.kind == ocsp::RefusalKind::repeated_nonce);
  CHECK(refusal.requester.verifier == signing.verifier);
  CHECK(refusal.requester.credential == pki::SerialNumber{2});

  CHECK(signing.ask(kPinless, signing.request(signing.second_terminal, kNonce)) ==
        ResponseStatus::successful);
  signing.world.clock.advance(599s);
  CHECK(signing.ask(kPinless, once) == ResponseStatus::unauthorized);
  signing.world.clock.advance(1s);
  CHECK(signing.ask(kPinless, once) == ResponseStatus::successful);
}

TEST_CASE(
    "with other machines beside, their common memory decides, and nothing is answered where it does not "
    "say") {
  std::vector<ocsp::NonceMark> asked;
  std::optional<ocsp::NonceVerdict> says;
  Signing signing({.shared_nonces = [&](std::span<const ocsp::NonceMark> marks) {
    asked.insert(asked.end(), marks.begin(), marks.end());
    return says ? std::vector<ocsp::NonceVerdict>(marks.size(), *says) : std::vector<ocsp::NonceVerdict>();
  }});
  const pki::Bytes once = signing.request(signing.pinless, kNonce);
  // Not known: tryLater, and the same request may come again.
  for (const auto unknown :
       {std::optional<ocsp::NonceVerdict>(), std::optional(ocsp::NonceVerdict::unwritable),
        std::optional(ocsp::NonceVerdict::full)}) {
    says = unknown;
    CHECK(signing.ask(kPinless, once) == ResponseStatus::try_later);
  }
  CHECK(signing.reports->refused.empty());
  // Another machine has seen it.
  says = ocsp::NonceVerdict::repeated;
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, pki::Bytes(16, 1))) ==
        ResponseStatus::unauthorized);
  REQUIRE(signing.reports->refused.size() == 1);
  CHECK(signing.reports->refused.front().kind == ocsp::RefusalKind::repeated_nonce);
  CHECK(signing.reports->refused.front().requester.credential == pki::SerialNumber{2});
  says = ocsp::NonceVerdict::fresh;
  CHECK(signing.ask(kPinless, once) == ResponseStatus::successful);
  // Here it is known, too; nobody need be asked.
  const std::size_t before = asked.size();
  CHECK(signing.ask(kPinless, once) == ResponseStatus::unauthorized);
  CHECK(asked.size() == before);
  CHECK(signing.ask(kPinless, signing.request(signing.second_terminal, kNonce)) ==
        ResponseStatus::successful);
  CHECK(asked.back() != asked.front());
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, std::nullopt)) ==
        ResponseStatus::unauthorized);
  // No other path asks for it.
  const std::size_t all = asked.size();
  CHECK(signing.ask("/ocsp/auth", signing.request(signing.signature, kNonce)) == ResponseStatus::successful);
  CHECK(asked.size() == all);
}

TEST_CASE("what is refused on the PIN-less path is booked as asked there, for every client") {
  Signing signing;
  CHECK(signing.ask(kPinless, question("auth_ca.cer", {kSerial}, kNonce)) == ResponseStatus::sig_required);
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, kNonce)) == ResponseStatus::successful);
  REQUIRE(signing.reports->answered.size() == 2);
  CHECK_FALSE(signing.reports->answered.front().requester.has_value());
  for (const ocsp::AnsweredRequest& one : signing.reports->answered)
    CHECK(one.purpose == verifier::Purpose::pinless);
}

TEST_CASE("the PIN-less path follows the approval: its change on its day, its end, its cancellation") {
  Signing signing;
  const auto day = [](int year, unsigned month, unsigned date) {
    return pki::Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{date}};
  };
  std::uint8_t number = 0;
  const auto status_on = [&](pki::Date date) {
    signing.world.clock.set(pki::jst_start_of_day(date) + pki::Seconds{3600});
    return signing.ask(kPinless, signing.request(signing.pinless, pki::Bytes(16, ++number)));
  };
  const pki::Date today = pki::jst_date(kStart);
  const auto change = [&](const std::function<pki::Result<void>(std::vector<verifier::Approval>&)>& step) {
    signing.world.change_verifier(signing.verifier, [&](verifier::Verifier& record) {
      CHECK(step(record.classes.begin()->second.approvals).has_value());
    });
  };
  change([&](auto& approvals) {
    return verifier::record_approval(
        approvals, {.from = day(2027, 1, 5), .until = day(2027, 1, 20), .plan = "another"}, today);
  });
  for (const pki::Date date : {today, day(2027, 1, 4), day(2027, 1, 5), day(2027, 1, 20)})
    CHECK(status_on(date) == ResponseStatus::successful);
  CHECK(status_on(day(2027, 1, 21)) == ResponseStatus::unauthorized);
  change([&](auto& approvals) {
    return verifier::record_approval(approvals, {.from = day(2027, 1, 21)}, day(2027, 1, 21));
  });
  CHECK(status_on(day(2027, 1, 21)) == ResponseStatus::successful);
  change([&](auto& approvals) {
    return verifier::cancel_approval(approvals, day(2027, 1, 21), day(2027, 1, 21));
  });
  CHECK(status_on(day(2027, 1, 21)) == ResponseStatus::unauthorized);
  CHECK(status_on(day(2027, 1, 22)) == ResponseStatus::unauthorized);
}

TEST_CASE("the PIN-less path insists on a nonce; elsewhere a signed request may be repeated") {
  Signing signing;
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, std::nullopt)) ==
        ResponseStatus::unauthorized);
  REQUIRE(signing.reports->refused.size() == 1);
  CHECK(signing.reports->refused.front().kind == ocsp::RefusalKind::missing_nonce);
  // An answer kept from another path changes nothing.
  CHECK(signing.ask("/ocsp/auth", signing.request(signing.signature, std::nullopt)) ==
        ResponseStatus::successful);
  CHECK(signing.world.service->counters().cached_answers == 1);
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, std::nullopt)) ==
        ResponseStatus::unauthorized);
  const pki::Bytes plain = signing.request(signing.signature, kNonce);
  for (int round = 0; round < 3; ++round)
    CHECK(signing.ask("/ocsp/auth", plain) == ResponseStatus::successful);
  CHECK(signing.ask("/ocsp/auth", signing.request(signing.signature, std::nullopt)) ==
        ResponseStatus::successful);
}

TEST_CASE("when no more nonces can be remembered the answer is tryLater, until the window has passed") {
  Signing signing({.replay_entries_max = 2});
  for (std::uint8_t value = 0; value < 4; ++value) {
    const auto status = signing.ask(kPinless, signing.request(signing.pinless, pki::Bytes(8, value)));
    CHECK(status == (value < 2 ? ResponseStatus::successful : ResponseStatus::try_later));
  }
  CHECK(signing.world.service->counters().remembered_nonces == 2);
  signing.world.clock.advance(600s);
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, pki::Bytes(8, 3))) ==
        ResponseStatus::successful);
}

TEST_CASE("a request answered before a restart is a repeat after it") {
  const support::TemporaryFolder folder;
  const ocsp::ServiceOptions options{.replay_file = folder.path() / "nonces"};
  pki::Bytes once, unanswered;
  {
    Signing signing(options);
    once = signing.request(signing.pinless, kNonce);
    unanswered = signing.request(signing.pinless, pki::Bytes(16, 1));
    CHECK(signing.ask(kPinless, once) == ResponseStatus::successful);
    signing.world.change_verifier(signing.verifier, [](verifier::Verifier& verifier) {
      verifier.suspension = verifier::Suspension{pki::jst_date(kStart), std::nullopt};
    });
    CHECK(signing.ask(kPinless, unanswered) == ResponseStatus::unauthorized);
  }
  // The same credentials again, as after a restart of the process.
  Signing signing(options);
  CHECK(signing.world.service->counters().remembered_nonces == 1);
  CHECK(signing.ask(kPinless, once) == ResponseStatus::unauthorized);
  REQUIRE(signing.reports->refused.size() == 1);
  CHECK(signing.reports->refused.front().kind == ocsp::RefusalKind::repeated_nonce);
  CHECK(signing.ask(kPinless, unanswered) == ResponseStatus::successful);
  signing.world.clock.advance(600s);
  CHECK(signing.ask(kPinless, once) == ResponseStatus::successful);
}

TEST_CASE("a credential that has used up its nonces leaves room for another") {
  Signing signing({.replay_entries_max = 4});
  for (std::uint8_t value = 0; value < 6; ++value) {
    const auto status = signing.ask(kPinless, signing.request(signing.pinless, pki::Bytes(8, value)));
    CHECK(status == (value < 4 ? ResponseStatus::successful : ResponseStatus::try_later));
  }
  CHECK(signing.ask(kPinless, signing.request(signing.second_terminal, pki::Bytes(8, 0))) ==
        ResponseStatus::successful);
}

TEST_CASE("a request that could not be answered leaves its nonce unused") {
  Signing signing;
  const pki::Bytes request = signing.request(signing.pinless, kNonce);
  const pki::Time end = pki::Certificate::decode(data("auth_responder.cer"))->not_after();
  signing.world.clock.set(end + 1s);
  // The credential must outlive the responder for this.
  signing.world.write([&](store::WriteTransaction& transaction) {
    auto credential = verifier::find_credential(transaction, pki::SerialNumber{2}).value();
    credential.not_after = end + 1h;
    verifier::put_credential(transaction, credential);
  });
  CHECK(signing.ask(kPinless, request) == ResponseStatus::internal_error);
  CHECK(signing.world.service->counters().remembered_nonces == 0);
}

TEST_CASE("no refused request uses up a nonce") {
  Signing signing;
  const pki::Bytes request = signing.request(signing.pinless, kNonce);
  signing.world.change_verifier(signing.verifier, [](verifier::Verifier& verifier) {
    verifier.suspension = verifier::Suspension{pki::jst_date(kStart), std::nullopt};
  });
  CHECK(signing.ask(kPinless, request) == ResponseStatus::unauthorized);
  const pki::Bytes of_sign = sign_request(question("sign_ca.cer", {kSerial}, kNonce),
                                          {.key = *signing.key, .certificates = {signing.pinless}});
  CHECK(signing.ask(kPinless, of_sign) == ResponseStatus::unauthorized);
  CHECK(signing.reports->refused.empty());
  signing.world.change_verifier(signing.verifier,
                                [](verifier::Verifier& verifier) { verifier.suspension.reset(); });
  CHECK(signing.ask(kPinless, request) == ResponseStatus::successful);
}

TEST_CASE("an unsigned request on the PIN-less path is sigRequired for every client, however open") {
  for (const auto access : {ocsp::AccessPolicy::authorized_only, ocsp::AccessPolicy::open_to_all}) {
    Signing signing({.access = access});
    CHECK(signing.ask(kPinless, question("auth_ca.cer", {kSerial}, kNonce)) == ResponseStatus::sig_required);
    CHECK(signing.ask(kPinless, question("sign_ca.cer", {kSerial})) == ResponseStatus::sig_required);
    CHECK(signing.ask(kPinless, pki::Bytes{0x30}) == ResponseStatus::malformed_request);
    CHECK(signing.ask(kPinless, signing.request(signing.signature, kNonce)) == ResponseStatus::unauthorized);
    CHECK(signing.ask(kPinless, signing.request(signing.pinless, kNonce)) == ResponseStatus::successful);
  }
}

TEST_CASE("the PIN-less path answers a GET, and its answers are not for caches") {
  Signing signing({.access = ocsp::AccessPolicy::open_to_all});
  const std::string target = ocsp::get_target(kPinless, signing.request(signing.pinless, kNonce));
  const auto response = signing.world.send(http::make_request(http::Method::get, target));
  CHECK(status_of(World::body(response)) == ResponseStatus::successful);
  CHECK(response.header_block->find("no-store") != std::string::npos);
  CHECK(status_of(World::body(signing.world.send(http::make_request(http::Method::get, target)))) ==
        ResponseStatus::unauthorized);
}

TEST_CASE("what is counted names verifier, credential, method and purpose") {
  Signing signing;
  CHECK(signing.ask("/ocsp/auth", signing.request(signing.signature, std::nullopt)) ==
        ResponseStatus::successful);
  CHECK(signing.ask("/ocsp/auth?purpose=kazashi", signing.request(signing.signature, std::nullopt)) ==
        ResponseStatus::successful);
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, kNonce)) == ResponseStatus::successful);
  CHECK(signing.ask(kPinless, signing.request(signing.pinless, kNonce)) == ResponseStatus::unauthorized);
  const auto& answered = signing.reports->answered;
  REQUIRE(answered.size() == 4);
  using verifier::Purpose;
  const std::array purposes = {Purpose::normal, Purpose::kazashi, Purpose::pinless, Purpose::pinless};
  for (std::size_t i = 0; i < 4; ++i) {
    REQUIRE(answered[i].requester.has_value());
    CHECK(answered[i].requester->verifier == signing.verifier);
    CHECK(answered[i].requester->method == verifier::RecognitionMethod::signature);
    CHECK(answered[i].requester->purpose == purposes.at(i));
    CHECK(answered[i].requester->credential == pki::SerialNumber{i < 2 ? 1U : 2U});
    CHECK(answered[i].ca == pki::CaName::auth);
    CHECK(answered[i].counts.at(
              static_cast<std::size_t>(i < 3 ? AnswerKind::good : AnswerKind::unauthorized)) == 1);
  }
  // Of an asker that nobody knows only the refusal is counted.
  CHECK(signing.ask("/ocsp/auth", question("auth_ca.cer", {kSerial})) == ResponseStatus::unauthorized);
  REQUIRE(answered.size() == 5);
  CHECK_FALSE(answered[4].requester.has_value());
}

TEST_CASE("a purpose that there is not is unauthorized") {
  Signing signing;
  const pki::Bytes request = signing.request(signing.signature, std::nullopt);
  CHECK(signing.ask("/ocsp/auth?purpose=kazasi", request) == ResponseStatus::unauthorized);
  CHECK(signing.ask("/ocsp/auth?purpose=pinless", request) == ResponseStatus::unauthorized);
  CHECK(signing.ask("/ocsp/sign?purpose=kazashi", request) == ResponseStatus::unauthorized);
  CHECK(signing.ask("/ocsp/auth/pinless?purpose=kazashi", signing.request(signing.pinless, kNonce)) ==
        ResponseStatus::unauthorized);
  CHECK(signing.ask("/ocsp/auth?colour=red", request) == ResponseStatus::successful);
}

TEST_CASE(
    "of a certificate and its renewal for the same key the one that lasts longer counts, in any order") {
  Signing signing;
  const AskerCertificate former{
      .serial = 1, .common_name = "credential 1", .not_after = pki::from_unix(1'700'000'001)};
  const pki::Bytes ended = make_certificate(former, *signing.key, *signing.operations);
  const pki::Bytes plain = question("auth_ca.cer", {kSerial});
  for (const auto& list : {std::vector{ended, signing.signature}, std::vector{signing.signature, ended}})
    CHECK(signing.ask("/ocsp/auth", sign_request(plain, {.key = *signing.key, .certificates = list})) ==
          ResponseStatus::successful);
  CHECK(signing.ask("/ocsp/auth", sign_request(plain, {.key = *signing.key, .certificates = {ended}})) ==
        ResponseStatus::unauthorized);
}

TEST_CASE("a requestorName must be the signer's") {
  Signing signing;
  const pki::Bytes plain = question("auth_ca.cer", {kSerial});
  const auto asked = [&](RequestSigning form) {
    return signing.ask("/ocsp/auth", sign_request(plain, form));
  };
  CHECK(asked({.key = *signing.key, .certificates = {signing.signature}, .requestor = "credential 1"}) ==
        ResponseStatus::successful);
  CHECK(asked({.key = *signing.key, .certificates = {signing.signature}, .requestor = "credential 2"}) ==
        ResponseStatus::unauthorized);
  // The name finds the signer among others; of two certificates for one key the first is the signer's.
  CHECK(asked({.key = *signing.key,
               .certificates = {signing.pinless, signing.signature},
               .requestor = "credential 1"}) == ResponseStatus::successful);
  CHECK(asked({.key = *signing.key, .certificates = {signing.pinless, signing.signature}}) ==
        ResponseStatus::unauthorized);
  CHECK(asked({.key = *signing.key, .certificates = {}}) == ResponseStatus::unauthorized);
  CHECK(asked({.key = *signing.key, .certificates = std::vector<pki::Bytes>(9, signing.signature)}) ==
        ResponseStatus::unauthorized);
  CHECK(asked({.key = *signing.operations, .certificates = {signing.signature}}) ==
        ResponseStatus::unauthorized);
}

TEST_CASE("without a requestorName the certificate whose key made the signature is the signer's") {
  Signing signing;
  const pki::Bytes plain = question("auth_ca.cer", {kSerial});
  // Of another key, and what does not even decode.
  const pki::Bytes other =
      make_certificate({.serial = 77, .common_name = "other"}, *signing.operations, *signing.operations);
  const pki::Bytes broken = {0x30, 0x02, 0x05, 0x00};
  const auto asked = [&](std::vector<pki::Bytes> certificates) {
    return signing.ask("/ocsp/auth",
                       sign_request(plain, {.key = *signing.key, .certificates = std::move(certificates)}));
  };
  CHECK(asked({signing.signature, other}) == ResponseStatus::successful);
  CHECK(asked({other, signing.signature}) == ResponseStatus::successful);
  CHECK(asked({broken, other, signing.signature}) == ResponseStatus::successful);
  std::vector<pki::Bytes> many(7, other);
  many.push_back(signing.signature);
  CHECK(asked(many) == ResponseStatus::successful);
  // One more than may come along; and none whose key it is.
  many.insert(many.begin(), other);
  CHECK(asked(many) == ResponseStatus::unauthorized);
  CHECK(asked(std::vector<pki::Bytes>(8, other)) == ResponseStatus::unauthorized);
}

TEST_CASE("no changed byte and no prefix of a signed request is answered") {
  Signing signing;
  const pki::Bytes request = signing.request(signing.signature, kNonce);
  const auto outcome = [&](const pki::Bytes& bytes) { return signing.ask("/ocsp/auth", bytes); };
  REQUIRE(outcome(request) == ResponseStatus::successful);
  int unauthorized = 0;
  for (std::size_t i = 0; i < request.size(); ++i) {
    pki::Bytes changed = request;
    changed[i] ^= 0x41;
    const ResponseStatus status = outcome(changed);
    CAPTURE(i);
    CHECK((status == ResponseStatus::malformed_request || status == ResponseStatus::unauthorized));
    if (status == ResponseStatus::unauthorized) ++unauthorized;
    CHECK(outcome({request.begin(), request.begin() + static_cast<std::ptrdiff_t>(i)}) ==
          ResponseStatus::malformed_request);
  }
  // Most changes leave the shape and break the signature or the certificate.
  CHECK(unauthorized > static_cast<int>(request.size()) / 2);
  CHECK(signing.world.faults == 0);
}

TEST_CASE("the PIN-less path may ask for HTTPS, without a client certificate") {
  Signing signing({.pinless_requirement = ocsp::PinlessRequirement::https});
  const pki::Bytes request = signing.request(signing.pinless, kNonce);
  CHECK(signing.ask(kPinless, request) == ResponseStatus::unauthorized);
  CHECK(signing.world.service->counters().verifications == 0);
  const auto made = http::make_request(http::Method::post, kPinless, {}, request);
  http::Request encrypted = *made;
  encrypted.peer.is_encrypted = true;
  CHECK(status_of(World::body(signing.world.send(http::OwnedRequest(encrypted)))) ==
        ResponseStatus::successful);
  // The other paths are as they were, and an unsigned request is sigRequired on either.
  CHECK(signing.ask("/ocsp/auth", signing.request(signing.signature, kNonce)) == ResponseStatus::successful);
  CHECK(signing.ask(kPinless, question("auth_ca.cer", {kSerial}, kNonce)) == ResponseStatus::sig_required);
}

TEST_CASE("the PIN-less path may ask for the time in the nonce: within the window, and once") {
  Signing signing({.pinless_requirement = ocsp::PinlessRequirement::timed_nonce});
  const auto nonce = [](pki::Time at, std::size_t size, std::uint8_t fill = 1) {
    pki::Bytes bytes;
    pki::append_big_endian(bytes, static_cast<std::uint64_t>(pki::to_unix(at)) * 1000, 8);
    bytes.resize(size, fill);
    return bytes;
  };
  const auto ask = [&](const pki::Bytes& with) {
    return signing.ask(kPinless, signing.request(signing.pinless, with));
  };
  const pki::Bytes fresh = nonce(kStart, 16);
  CHECK(ask(fresh) == ResponseStatus::successful);
  CHECK(ask(fresh) == ResponseStatus::unauthorized);
  CHECK(ask(nonce(kStart, 32)) == ResponseStatus::successful);
  // 10 minutes either way; shorter, longer and random nonces.
  CHECK(ask(nonce(kStart - 600s, 16)) == ResponseStatus::successful);
  const pki::Bytes ahead = nonce(kStart + 600s, 16);
  CHECK(ask(ahead) == ResponseStatus::successful);
  for (const pki::Bytes& wrong : {nonce(kStart - 601s, 16), nonce(kStart + 601s, 16), nonce(kStart, 15),
                                  nonce(kStart, 33), pki::Bytes(16, 0xA7), pki::Bytes(16, 0)})
    CHECK(ask(wrong) == ResponseStatus::unauthorized);
  CHECK(signing.reports->refused.back().kind == ocsp::RefusalKind::nonce_out_of_time);
  // A copy is worthless when the window is over, though the memory has forgotten it.
  signing.world.clock.advance(601s);
  CHECK(ask(fresh) == ResponseStatus::unauthorized);
  // One from a clock that was ahead is in its time still, and remembered.
  CHECK(ask(ahead) == ResponseStatus::unauthorized);
  CHECK(ask(nonce(kStart + 601s, 16)) == ResponseStatus::successful);
  CHECK(ask(nonce(kStart + 601s + 600s, 16)) == ResponseStatus::successful);
}
