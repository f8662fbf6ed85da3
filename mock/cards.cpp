// The cards of the residents: what is on them is what their files say.

#include <algorithm>

#include "mock/simulation.h"
#include "pki/file.h"
#include "pki/messages/mock.h"

namespace mock {

namespace json = boost::json;

namespace {

bool has_card(const Person& person) {
  return std::ranges::any_of(person.certificates, [](const HeldCertificate& held) {
    return !pki::is_mobile(held.kind) && !held.cer.empty();
  });
}

}  // namespace

json::object describe(const CardPin& pin) {
  return {{"value", pin.value()},
          {"tries_left", pin.tries_left()},
          {"tries_max", pin.tries_max()},
          {"locked", pin.is_locked()}};
}

json::object describe_card(const Person& person) {
  json::object card{{"id", to_string(person.id)}, {"state", person.state}};
  for (const pki::CertificateKind kind : {pki::CertificateKind::auth, pki::CertificateKind::sign}) {
    json::value& place = card[pki::to_string(kind)];
    const HeldCertificate* const held = person.on_card(kind);
    if (held == nullptr || held->cer.empty()) continue;
    place = json::object{{"serial", pki::to_string(held->id.serial)},
                         {"cer", held->cer},
                         {"pin", describe(person.card.pin(kind))}};
  }
  return card;
}

// Null for a certificate that the card does not carry, or whose serial was never issued.
pki::Result<const CardCredential*> Simulation::credential_of(const Person& person,
                                                             pki::CertificateKind kind) {
  const HeldCertificate* const held = person.on_card(kind);
  if (held == nullptr || held->cer.empty()) return nullptr;
  if (const auto known = credentials_.find(held->cer); known != credentials_.end()) return &known->second;
  TRY_ASSIGN(const std::string certificate, pki::read_file(held->cer));
  TRY_ASSIGN(const std::string pem, pki::read_file(held->key));
  TRY_ASSIGN(pki::PrivateKey key, pki::PrivateKey::from_pem(pem));
  const registry::SigningIssuer& ca = *world_->instance().authority().find(held->id.issuer);
  return &credentials_
              .emplace(held->cer, CardCredential{.certificate = pki::to_bytes(pki::as_bytes(certificate)),
                                                 .ca_certificate = ca.certificate(),
                                                 .key = std::move(key)})
              .first->second;
}

json::array Simulation::describe_cards() const {
  const std::lock_guard lock(acting_);
  json::array cards;
  for (const Person& person : people_)
    if (has_card(person)) cards.push_back(describe_card(person));
  return cards;
}

pki::Result<json::object> Simulation::use_card(std::string_view resident, const CardAct& act) {
  const std::lock_guard lock(acting_);
  const auto found = std::ranges::find_if(
      people_, [&](const Person& person) { return to_string(person.id) == resident && has_card(person); });
  if (found == people_.end())
    return pki::fail(pki::Errc::not_found, {messages::no_card, std::string(resident)});
  CardInHand hand{.world = *world_, .person = *found, .contents = {}};
  TRY_ASSIGN(hand.contents.auth, credential_of(*found, pki::CertificateKind::auth));
  TRY_ASSIGN(hand.contents.sign, credential_of(*found, pki::CertificateKind::sign));
  // A card has no number of the resident's in public.
  const HeldCertificate* const shown =
      found->on_card(hand.contents.auth != nullptr ? pki::CertificateKind::auth : pki::CertificateKind::sign);
  hand.contents.serial_number = pki::to_string(shown->id.serial);
  return act(hand);
}

}  // namespace mock
