// /mock/cards: what a card reader or the municipality's window does with a card, without either.
//
// Everything that a request says is checked before a PIN is tried, so that what is wrong with the request
// costs no try.

#include <optional>

#include "admin/problem.h"
#include "mock/applet.h"
#include "mock/control.h"
#include "mock/signed_data.h"
#include "pki/file.h"
#include "pki/messages/mock.h"
#include "pki/number.h"
#include "pki/plain_signature.h"
#include "verifier/credentials.h"

namespace mock {

namespace {

namespace json = boost::json;
using admin::Answer;
using admin::FieldReader;
using http::Method;
using pki::CertificateKind;

// What an act on a card gives.
using CardAnswer = pki::Result<json::object>;

// Certificate and key in one PEM file, as `curl --cert` takes it.
pki::Result<std::string> write_tls_file(const CardInHand& hand) {
  const CardCredential& auth = *hand.contents.auth;
  const std::filesystem::path beside(hand.person.on_card(CertificateKind::auth)->cer);
  const auto file = beside.parent_path() / "tls.pem";
  const std::string text = pki::encode_pem("CERTIFICATE", auth.certificate) +
                           pki::encode_pem("CERTIFICATE", auth.ca_certificate) + auth.key.to_pem();
  TRY(pki::save_file(file, pki::as_bytes(text), pki::FileSecrecy::owner_only));
  return file.string();
}

pki::Result<CertificateKind> read_kind(FieldReader& fields) {
  TRY_ASSIGN(const auto text, fields.text("kind"));
  if (text == "auth") return CertificateKind::auth;
  if (text == "sign") return CertificateKind::sign;
  return pki::invalid("kind", messages::card_kind);
}

pki::Result<void> check_pin(std::string_view field, CertificateKind kind, std::string_view pin) {
  if (is_pin(kind, pin)) return {};
  return pki::invalid(std::string(field),
                      kind == CertificateKind::auth ? messages::auth_pin_form : messages::sign_pin_form);
}

pki::Result<std::string> read_pin(FieldReader& fields, std::string_view field, CertificateKind kind) {
  TRY_ASSIGN(std::string pin, fields.required_text(field));
  TRY(check_pin(field, kind, pin));
  return pin;
}

pki::Result<const CardCredential*> require(const CardInHand& hand, CertificateKind kind) {
  if (const CardCredential* const credential = hand.contents.of(kind)) return credential;
  return pki::fail(pki::Errc::conflict, {messages::card_without_certificate,
                                         std::string(pki::to_string(kind)), to_string(hand.person.id)});
}

// 403 for a wrong PIN, 409 for a locked one.
pki::Result<void> present_pin(CardInHand& hand, CertificateKind kind, std::string_view pin) {
  CardPin& kept = hand.person.card.pin(kind);
  const std::string id = to_string(hand.person.id);
  switch (kept.try_out(pin)) {
    case PinTry::right:
      return {};
    case PinTry::locked:
      return pki::fail(pki::Errc::conflict, {messages::pin_locked, id});
    case PinTry::wrong:
      break;
  }
  if (kept.is_locked()) return pki::fail(pki::Errc::forbidden, {messages::pin_wrong_and_locked, id});
  return pki::fail(pki::Errc::forbidden, {messages::pin_wrong, std::to_string(kept.tries_left())});
}

// A verifier with approval may use the authentication key without PIN (Act 38-2); its terminal shows the
// credential by which the card knows it.
pki::Result<void> present_terminal(const CardInHand& hand, const std::string& serial) {
  const auto number = pki::parse_number<std::uint64_t>(serial);
  if (number) {
    const auto credential = verifier::find_credential(hand.world.instance().environment().read(), {*number});
    if (credential && credential->use == verifier::CredentialUse::pinless &&
        credential->is_in_force(hand.world.clock().now()))
      return {};
  }
  return pki::invalid("terminal", {messages::terminal_unknown, serial});
}

struct DigestWish {
  pki::HashAlgorithm hash = pki::HashAlgorithm::sha256;
  pki::Bytes digest;
};

pki::Result<pki::HashAlgorithm> read_hash(FieldReader& fields) {
  TRY_ASSIGN(const auto text, fields.text("hash"));
  if (!text || text == "sha256") return pki::HashAlgorithm::sha256;
  if (text == "sha384") return pki::HashAlgorithm::sha384;
  if (text == "sha512") return pki::HashAlgorithm::sha512;
  return pki::invalid("hash", messages::hash_unknown);
}

pki::Result<std::optional<DigestWish>> read_digest(FieldReader& fields) {
  DigestWish wish;
  TRY_ASSIGN(wish.hash, read_hash(fields));
  TRY_ASSIGN(auto digest, fields.base64("digest"));
  if (!digest) return std::optional<DigestWish>{};
  wish.digest = std::move(*digest);
  const std::size_t size = pki::digest_size(wish.hash);
  if (wish.digest.size() != size)
    return pki::invalid("digest", {messages::digest_length, std::string(pki::to_string(wish.hash)),
                                   std::to_string(size), std::to_string(wish.digest.size())});
  return std::optional(std::move(wish));
}

json::object sign_digest(const CardCredential& credential, const DigestWish& wish) {
  const bool is_rsa = credential.key.algorithm() == pki::KeyAlgorithm::rsa_2048;
  return {
      {"signature", pki::to_base64(pki::sign_digest(credential.key, wish.hash, wish.digest))},
      {"algorithm", std::string(is_rsa ? "RSASSA-PKCS1-v1_5" : "ECDSA") + " " + pki::to_string(wish.hash)},
      {"certificate", pki::to_base64(credential.certificate)}};
}

CardAnswer authenticate(CardInHand& hand, const json::object& body) {
  FieldReader fields(body);
  TRY_ASSIGN(const auto pin, fields.text("pin"));
  TRY_ASSIGN(const auto terminal, fields.text("terminal"));
  TRY_ASSIGN(const auto wish, read_digest(fields));
  TRY(fields.finish());
  if (pin.has_value() == terminal.has_value()) return pki::invalid("pin", messages::pin_or_terminal);
  if (pin) TRY(check_pin("pin", CertificateKind::auth, *pin));
  if (!wish) return pki::invalid("digest", messages::digest_or_content);
  TRY_ASSIGN(const CardCredential* const credential, require(hand, CertificateKind::auth));
  if (terminal) TRY(present_terminal(hand, *terminal));
  if (pin) TRY(present_pin(hand, CertificateKind::auth, *pin));
  return sign_digest(*credential, *wish);
}

CardAnswer sign(CardInHand& hand, const json::object& body) {
  FieldReader fields(body);
  TRY_ASSIGN(const std::string pin, read_pin(fields, "pin", CertificateKind::sign));
  TRY_ASSIGN(const auto wish, read_digest(fields));
  TRY_ASSIGN(const auto content, fields.base64("content"));
  TRY(fields.finish());
  if (wish.has_value() == content.has_value()) return pki::invalid("digest", messages::digest_or_content);
  TRY_ASSIGN(const CardCredential* const credential, require(hand, CertificateKind::sign));
  TRY(present_pin(hand, CertificateKind::sign, pin));
  if (wish) return sign_digest(*credential, *wish);
  TRY_ASSIGN(const pki::Bytes cms, make_signed_data(*content, credential->certificate, credential->key));
  return json::object{{"cms", pki::to_base64(cms)}};
}

CardAnswer verify_pin(CardInHand& hand, const json::object& body) {
  FieldReader fields(body);
  TRY_ASSIGN(const CertificateKind kind, read_kind(fields));
  TRY_ASSIGN(const std::string pin, read_pin(fields, "pin", kind));
  TRY(fields.finish());
  TRY(present_pin(hand, kind, pin));
  return describe(hand.person.card.pin(kind));
}

CardAnswer change_pin(CardInHand& hand, const json::object& body) {
  FieldReader fields(body);
  TRY_ASSIGN(const CertificateKind kind, read_kind(fields));
  TRY_ASSIGN(const std::string pin, read_pin(fields, "pin", kind));
  TRY_ASSIGN(const std::string wanted, read_pin(fields, "new_pin", kind));
  TRY(fields.finish());
  TRY(present_pin(hand, kind, pin));
  hand.person.card.pin(kind).set(wanted);
  return describe(hand.person.card.pin(kind));
}

// As at the municipality's window: no PIN is asked for.
CardAnswer unlock(CardInHand& hand, const json::object& body) {
  FieldReader fields(body);
  TRY_ASSIGN(const CertificateKind kind, read_kind(fields));
  TRY_ASSIGN(const auto wanted, fields.text("new_pin"));
  TRY(fields.finish());
  if (wanted) TRY(check_pin("new_pin", kind, *wanted));
  CardPin& pin = hand.person.card.pin(kind);
  pin.set(wanted.value_or(std::string(kind == CertificateKind::auth ? kAuthPin : kSignPin)));
  return describe(pin);
}

CardAnswer set_power(CardInHand& hand, const std::string& power, const std::optional<std::string>& terminal) {
  if (power != "on" && power != "off" && power != "reset")
    return pki::invalid("power", messages::apdu_or_power);
  if (terminal && power == "off") return pki::invalid("terminal", messages::terminal_with_power);
  if (terminal) TRY(present_terminal(hand, *terminal));
  power_up(hand.person.card);
  hand.person.card.session.has_terminal = terminal.has_value();
  return json::object{{"atr", pki::to_hex(card_atr())}};
}

CardAnswer exchange_apdu(CardInHand& hand, const json::object& body) {
  FieldReader fields(body);
  TRY_ASSIGN(const auto command, fields.text("command"));
  TRY_ASSIGN(const auto power, fields.text("power"));
  TRY_ASSIGN(const auto terminal, fields.text("terminal"));
  TRY(fields.finish());
  if (command.has_value() == power.has_value()) return pki::invalid("command", messages::apdu_or_power);
  if (power) return set_power(hand, *power, terminal);
  if (terminal) return pki::invalid("terminal", messages::terminal_with_power);
  const auto bytes = pki::from_hex(*command);
  if (!bytes) return pki::invalid("command", messages::apdu_or_power);
  return json::object{{"response", pki::to_hex(answer_apdu(hand.contents, hand.person.card, *bytes))}};
}

// A row whose act is about the card of the path.
ControlRow card_row(Simulation& simulation, Method method, std::string_view path,
                    std::function<CardAnswer(CardInHand&, const json::object&)> act) {
  return {{method, path},
          [&simulation, act = std::move(act)](const ControlCall& call) -> pki::Result<Answer> {
            TRY_ASSIGN(json::object answer, simulation.use_card(call.parameters.at(0), [&](CardInHand& hand) {
              return act(hand, call.body);
            }));
            return Answer{.body = std::move(answer)};
          }};
}

CardAnswer show_card(CardInHand& hand, const json::object&) {
  json::object card = describe_card(hand.person);
  if (hand.contents.auth != nullptr) {
    TRY_ASSIGN(const std::string file, write_tls_file(hand));
    card["auth"].get_object()["tls"] = file;
  }
  return card;
}

}  // namespace

std::vector<ControlRow> card_rows(Simulation& simulation) {
  std::vector<ControlRow> rows = {
      {{Method::get, "/mock/cards"}, [&](const ControlCall&) -> pki::Result<Answer> {
         return Answer{.body = json::object{{"cards", simulation.describe_cards()}}};
       }}};
  rows.push_back(card_row(simulation, Method::get, "/mock/cards/{id}", show_card));
  struct Act {
    std::string_view path;
    CardAnswer (*run)(CardInHand&, const json::object&);
  };
  for (const Act& act :
       {Act{"/mock/cards/{id}/authenticate", authenticate}, Act{"/mock/cards/{id}/sign", sign},
        Act{"/mock/cards/{id}/verify-pin", verify_pin}, Act{"/mock/cards/{id}/change-pin", change_pin},
        Act{"/mock/cards/{id}/unlock", unlock}, Act{"/mock/cards/{id}/apdu", exchange_apdu}})
    rows.push_back(card_row(simulation, Method::post, act.path, act.run));
  return rows;
}

}  // namespace mock
