// Making residents and cards. Their keys are published test keys and are written out on purpose.

#include "mock/people.h"

#include <algorithm>
#include <array>

#include "pki/certification_request.h"
#include "pki/test_keys.h"
#include "registry/crls.h"
#include "registry/municipalities.h"

namespace mock {

namespace {

namespace json = boost::json;

struct HomeAddress {
  std::uint32_t code;
  const char* address;
};

constexpr std::array kPlaces = {HomeAddress{132217, "東京都清瀬市模擬町一丁目"},
                                HomeAddress{131121, "東京都世田谷区模擬町二丁目"},
                                HomeAddress{11011, "北海道札幌市中央区模擬町三丁目"},
                                HomeAddress{221384, "静岡県浜松市中央区模擬町四丁目"}};
constexpr std::array kFamilyNames = {"模擬", "試験", "仮名", "架空", "想定"};
constexpr std::array kGivenNames = {"太郎", "花子", "一郎", "桜", "翼"};

// The status of a certificate in words: good, held, revoked, superseded, expired.
json::object describe_status(const store::ReadTransaction& transaction, const HeldCertificate& held,
                             pki::Time now) {
  const auto status = registry::find_status(transaction, held.id);
  if (!status) return {{"status", "unknown"}, {"reason", nullptr}};
  json::object object{
      {"status", "good"}, {"reason", nullptr}, {"not_after", pki::to_rfc3339(status->not_after)}};
  if (status->not_after < now) object["status"] = "expired";
  if (!status->revocation) return object;
  const pki::CrlReason reason = status->revocation->reason;
  object["reason"] = pki::to_string(reason);
  if (status->not_after < now) return object;
  object["status"] = status->revocation->is_hold()          ? "held"
                     : reason == pki::CrlReason::superseded ? "superseded"
                                                            : "revoked";
  return object;
}

// Serials that were never issued have no files.
json::value path_or_null(const std::string& path) {
  return path.empty() ? json::value(nullptr) : json::value(path);
}

json::object describe_certificate(World& world, const store::ReadTransaction& transaction,
                                  const HeldCertificate& held, pki::Time now) {
  const std::string& url = world.instance().authority().profile().config().public_url;
  const registry::CrlScope scope{held.id.issuer, held.point};
  json::object object{{"serial", pki::to_string(held.id.serial)},
                      {"cer", path_or_null(held.cer)},
                      {"key", path_or_null(held.key)},
                      {"p12", path_or_null(held.p12)},
                      {"full_crl", registry::list_uri(url, scope, registry::CrlKind::complete)},
                      {"delta_crl", registry::list_uri(url, scope, registry::CrlKind::delta)},
                      {"ca", to_string(held.id.issuer)}};
  for (const auto& member : describe_status(transaction, held, now))
    object[member.key()] = member.value();
  return object;
}

}  // namespace

const HeldCertificate* Person::on_card(pki::CertificateKind kind) const {
  const auto last = std::find_if(certificates.rbegin(), certificates.rend(),
                                 [&](const HeldCertificate& held) { return held.kind == kind; });
  return last == certificates.rend() ? nullptr : &*last;
}

registry::Actor mock_actor() {
  return {.operator_name = "mock"};
}

registry::Resident make_resident(std::uint64_t seed, std::uint64_t number) {
  pki::Rng rng = pki::Rng::seeded(seed).derive("resident", std::to_string(number));
  const auto pick = [&](const auto& list) -> const auto& { return list[rng.below(list.size())]; };
  registry::Resident resident;
  resident.id = registry::make_resident_id(1'000'000'000 + number);
  // One draw after another: their order is part of what the seed means.
  const char* family = pick(kFamilyNames);
  const char* given = pick(kGivenNames);
  resident.name = std::string(family) + "　" + given;
  const int year = 1950 + static_cast<int>(rng.below(50));
  const auto month = static_cast<unsigned>(1 + rng.below(12));
  const auto day = static_cast<unsigned>(1 + rng.below(28));
  resident.birth = pki::Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  resident.sex = rng.below(2) == 0 ? registry::Sex::male : registry::Sex::female;
  const HomeAddress* place = number == 0 ? &kPlaces[0] : &pick(kPlaces);
  resident.municipality = place->code;
  resident.address = std::string(place->address) + std::to_string(1 + rng.below(99)) + "番";
  return resident;
}

pki::Result<void> register_resident(World& world, const registry::Resident& resident) {
  return world.instance().writer().execute(
      {.actor = mock_actor(), .action = "resident add", .run = [&](store::CommandContext& context) {
         registry::put_resident(context.transaction, world.instance().vault(), resident);
         context.subjects = {"resident " + to_string(resident.id)};
         return pki::Result<void>{};
       }});
}

// sign, sign-2, …: the name of the next certificate of a kind.
std::string next_name(const Person& person, pki::CertificateKind kind) {
  const auto earlier = std::ranges::count(person.certificates, kind, &HeldCertificate::kind);
  return std::string(pki::to_string(kind)) + (earlier > 0 ? "-" + std::to_string(earlier + 1) : "");
}

pki::PrivateKey card_key(const CardShop& shop, const Person& person, pki::CertificateKind kind) {
  return pki::make_test_key(pki::KeyAlgorithm::rsa_2048, shop.seed,
                            "card " + to_string(person.id) + " " + next_name(person, kind));
}

CardApplication apply(const CardShop& shop, const Person& person, ca::IssueRequest wish) {
  pki::PrivateKey key = card_key(shop, person, wish.kind);
  wish.resident = person.id;
  wish.certification_request = pki::make_certification_request(key);
  std::string name = next_name(person, wish.kind);
  return {.wish = std::move(wish), .key = std::move(key), .name = std::move(name)};
}

pki::Result<IssuedCard> issue(const CardShop& shop, const Person& person, CardApplication application) {
  service::Instance& instance = shop.world.instance();
  TRY_ASSIGN(const registry::Resident resident,
             registry::get_resident(instance.environment().read(), instance.vault(), person.id));
  const pki::CertificateKind kind = application.wish.kind;
  application.wish.actor = {
      .operator_name = "mock", .role = registry::Role::municipality, .municipality = resident.municipality};
  TRY_ASSIGN(registry::IssuedCertificate issued, instance.issuance().issue(application.wish));
  // A card's second certificates lie beside the first in a folder of their own.
  const std::string& name = application.name;
  const std::size_t number = name.find_last_not_of("0123456789") + 1;
  return IssuedCard{.held = {.kind = kind, .id = issued.id, .point = issued.point},
                    .content = {.kind = kind,
                                .certificate = std::move(issued.der),
                                .ca_certificate = instance.authority().find(issued.id.issuer)->certificate(),
                                .key = std::move(application.key),
                                .p12_password = kPassword,
                                .p12_hashing = pki::PasswordHashing::once},
                    .folder = shop.folder / to_string(person.id) / name.substr(number)};
}

pki::Result<HeldCertificate> write_files(IssuedCard card) {
  TRY_ASSIGN(const pki::CardFiles files, pki::write_card(card.folder, card.content));
  card.held.cer = files.certificate.string();
  card.held.key = files.key->string();
  card.held.p12 = files.p12->string();
  return std::move(card.held);
}

pki::Result<HeldCertificate> issue(const CardShop& shop, Person& person, ca::IssueRequest wish) {
  TRY_ASSIGN(IssuedCard card, issue(shop, std::as_const(person), apply(shop, person, std::move(wish))));
  TRY_ASSIGN(HeldCertificate held, write_files(std::move(card)));
  person.certificates.push_back(held);
  return held;
}

pki::Result<void> issue_both(const CardShop& shop, Person& person) {
  for (const pki::CertificateKind kind : {pki::CertificateKind::auth, pki::CertificateKind::sign}) {
    ca::IssueRequest wish;
    wish.kind = kind;
    TRY(issue(shop, person, std::move(wish)));
  }
  return {};
}

json::object describe(World& world, const Person& person) {
  service::Instance& instance = world.instance();
  const auto transaction = instance.environment().read();
  const pki::Time now = world.clock().now();
  const auto resident = registry::find_resident(transaction, instance.vault(), person.id);
  json::object object{{"id", to_string(person.id)}};
  if (resident) object["municipality"] = registry::municipality_code_text(resident->municipality);
  object["state"] = person.state;
  object["cause"] = person.cause.empty() ? json::value(nullptr) : json::value(person.cause);
  // The last of a kind is the one on the card.
  json::array earlier;
  for (const pki::CertificateKind kind :
       {pki::CertificateKind::sign, pki::CertificateKind::auth, pki::CertificateKind::mobile_sign,
        pki::CertificateKind::mobile_auth})
    for (const HeldCertificate& held : person.certificates) {
      if (held.kind != kind) continue;
      json::value& place = object[pki::to_string(kind)];
      if (place.is_object()) earlier.push_back(std::move(place));
      place = describe_certificate(world, transaction, held, now);
    }
  if (!earlier.empty()) object["earlier"] = std::move(earlier);
  json::array consents;
  for (const GivenConsent& consent : person.consents)
    consents.push_back(json::object{
        {"file", consent.file}, {"given", pki::to_rfc3339(consent.given)}, {"verifier", consent.verifier}});
  if (!consents.empty()) object["consents"] = std::move(consents);
  if (resident) {
    object["name"] = resident->name;
    object["birth"] = pki::to_string(resident->birth);
    object["sex"] = registry::to_string(resident->sex);
    object["address"] = resident->address;
  }
  return object;
}

}  // namespace mock
