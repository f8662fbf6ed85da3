// How states come about: events by the operators' API, and certificates that the registry knows nothing of.

#include "mock/states.h"

#include "mock/signed_data.h"
#include "pki/card_files.h"
#include "pki/certification_request.h"
#include "pki/der.h"
#include "pki/file.h"
#include "pki/messages/mock.h"
#include "pki/test_keys.h"
#include "registry/municipalities.h"

namespace mock {

namespace json = boost::json;

namespace {

// Serials of four bytes, as JPKI's, that no mock lives long enough to reach.
constexpr std::uint64_t kImaginedSerials = 2'000'000'000;

pki::Result<pki::PrivateKey> key_of(const HeldCertificate& held) {
  TRY_ASSIGN(const std::string pem, pki::read_file(held.key));
  return pki::PrivateKey::from_pem(pem);
}

// A TBSCertificate with another serial number.
pki::Result<pki::Bytes> with_serial(pki::ByteView certificate, pki::SerialNumber serial) {
  pki::der::Reader whole(certificate);
  TRY_ASSIGN(pki::der::Reader outer, whole.enter_sequence());
  TRY_ASSIGN(pki::der::Reader tbs, outer.enter_sequence());
  TRY_ASSIGN(const pki::der::Element version, tbs.read_any());
  TRY(tbs.read_integer());
  pki::der::Writer writer;
  writer.sequence([&] { writer.raw(version.encoding).integer(serial.value).raw(tbs.rest()); });
  return writer.take();
}

}  // namespace

pki::Result<void> StateMaker::add(const std::function<void(registry::Resident&)>& change) {
  registry::Resident resident = make_resident(shop_.seed, number_);
  if (change) change(resident);
  TRY(register_resident(shop_.world, resident));
  person_.id = resident.id;
  return {};
}

pki::Result<void> StateMaker::issue(pki::CertificateKind kind, ca::IssueMode mode) {
  ca::IssueRequest wish;
  wish.kind = kind;
  wish.mode = mode;
  TRY(mock::issue(shop_, person_, std::move(wish)));
  return {};
}

pki::Result<void> StateMaker::issue_mobile(pki::CertificateKind kind) {
  const auto card =
      std::ranges::find(person_.certificates, pki::CertificateKind::sign, &HeldCertificate::kind);
  TRY_ASSIGN(const pki::PrivateKey key, key_of(*card));
  TRY_ASSIGN(const std::string certificate, pki::read_file(card->cer));
  ca::IssueRequest wish;
  wish.kind = kind;
  wish.certification_request = pki::make_certification_request(card_key(shop_, person_, kind));
  TRY_ASSIGN(wish.application, make_signed_data(wish.certification_request, pki::as_bytes(certificate), key));
  TRY(mock::issue(shop_, person_, std::move(wish)));
  return {};
}

pki::Result<void> StateMaker::record(std::string_view event,
                                     const std::function<void(json::object&)>& items) {
  json::object body{{"event", event}, {"resident", to_string(person_.id)}};
  if (items) items(body);
  if (const json::value* days = body.if_contains("planned-in")) {
    body["planned"] = pki::to_string(day(static_cast<int>(days->to_number<int>())));
    body.erase("planned-in");
  }
  const http::Response response = shop_.world.call(
      Door::admin,
      http::make_request(http::Method::post, "/v1/events", {}, pki::as_bytes(json::serialize(body))));
  if (response.status == 201) return {};
  const auto* bytes = std::get_if<pki::Bytes>(&response.body);
  return pki::fail(pki::Errc::internal,
                   {messages::event_not_recorded, event,
                    bytes != nullptr ? std::string(pki::as_text(*bytes)) : std::string()});
}

pki::Result<void> StateMaker::forge_serial() {
  HeldCertificate& held = person_.certificates.back();
  const registry::SigningIssuer& ca = *shop_.world.instance().authority().find(held.id.issuer);
  held.id.serial = {kImaginedSerials + 2 * number_};
  TRY_ASSIGN(const std::string certificate, pki::read_file(held.cer));
  TRY_ASSIGN(const pki::Bytes tbs, with_serial(pki::as_bytes(certificate), held.id.serial));
  TRY_ASSIGN(pki::Bytes forged, ca.sign(tbs));
  TRY_ASSIGN(pki::PrivateKey key, key_of(held));
  TRY(pki::write_card(std::filesystem::path(held.cer).parent_path(), {.kind = held.kind,
                                                                      .certificate = std::move(forged),
                                                                      .ca_certificate = ca.certificate(),
                                                                      .key = std::move(key),
                                                                      .p12_password = kPassword}));
  return {};
}

void StateMaker::imagine_serials() {
  const ca::Authority& authority = shop_.world.instance().authority();
  const auto resident = registry::find_resident(shop_.world.instance().environment().read(),
                                                shop_.world.instance().vault(), person_.id);
  for (const pki::CertificateKind kind : {pki::CertificateKind::auth, pki::CertificateKind::sign})
    person_.certificates.push_back(
        {.kind = kind,
         .id = {authority.current(pki::ca_of(kind)).id(), {kImaginedSerials + 2 * number_ + 1}},
         .point = {resident->municipality}});
}

}  // namespace mock
