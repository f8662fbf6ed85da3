// Making generation 1 of everything.

#include "ca/ceremony.h"

#include <filesystem>
#include <functional>
#include <future>
#include <optional>

#include "ca/point_naming.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "pki/hash.h"
#include "pki/messages/ca.h"
#include "pki/public_key.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/serials.h"
#include "store/audit.h"

namespace ca {

namespace {

using registry::IssuerId;

// `points` are asked for when the keys are there; of what a refusal leaves, key files alone remain, since the
// caller does not commit.
pki::Result<void> make_ca(store::WriteTransaction& transaction, const KeyFolder& keys,
                          const CeremonyRequest& request, IssuerId id,
                          const registry::SigningIssuer* predecessor,
                          const std::function<pki::Result<PointNames>()>& points) {
  TRY_ASSIGN(
      const NewGeneration made,
      make_generation({.profile = request.profile,
                       .keys = keys,
                       .make_key = request.make_key,
                       .key_heading = request.key_heading,
                       .id = id,
                       .now = request.now,
                       .next_serial = [&]() -> pki::Result<pki::SerialNumber> {
                         return registry::take_serial(transaction, id.ca);
                       },
                       .predecessor = predecessor,
                       .validity = id.ca == pki::CaName::operations ? request.operations : std::nullopt}));
  TRY_ASSIGN(const PointNames names, points());
  put_generation(transaction, made, names);
  return {};
}

}  // namespace

pki::Result<void> hold_ceremony(store::WriteTransaction& transaction, const KeyFolder& keys,
                                const CeremonyRequest& request) {
  for (const auto& row : request.municipalities)
    registry::put_municipality(transaction, row);
  std::vector<std::string> subjects;
  // Two thousand names for each of the two CAs, made beside the keys.
  const auto begin_naming = [&request](pki::CaName ca) {
    return std::async(std::launch::async, [&request, ca] {
      return name_points_beside(PointsByName{}, request.profile, request.municipalities, {ca, 1});
    });
  };
  auto sign_points = begin_naming(pki::CaName::sign), auth_points = begin_naming(pki::CaName::auth);
  const auto points_of = [&](pki::CaName ca) -> pki::Result<PointNames> {
    if (ca == pki::CaName::operations) return PointNames{};
    return ca == pki::CaName::sign ? sign_points.get() : auth_points.get();
  };
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth, pki::CaName::operations}) {
    const IssuerId id{ca, 1};
    TRY(make_ca(transaction, keys, request, id, nullptr, [&] { return points_of(ca); }));
    subjects.push_back("issuer " + to_string(id));
  }
  store::append_audit(transaction, {.recorded_at = request.now,
                                    .actor = request.actor,
                                    .action = "key ceremony",
                                    .subjects = std::move(subjects)});
  return {};
}

pki::Result<Succession> plan_rollover(const store::ReadTransaction& transaction, pki::CaName ca,
                                      LinkChoice links) {
  const auto before = registry::current_issuer(transaction, ca);
  if (!before) return pki::fail(pki::Errc::not_found, messages::no_ca);
  if (before->id.generation == 255)
    return pki::invalid("ca", {messages::last_generation, to_string(before->id)});
  const bool is_compromised = before->compromise.has_value();
  if (links == LinkChoice::make && is_compromised)
    return pki::fail(pki::Errc::conflict, {messages::rollover_links_compromised, to_string(before->id)});
  // The listeners of the operations CA are reached through them by clients that know only the older one.
  const bool with_links = links == LinkChoice::make || (ca == pki::CaName::operations && !is_compromised);
  return Succession{.predecessor = before->id,
                    .id = {ca, static_cast<std::uint8_t>(before->id.generation + 1)},
                    .with_links = with_links};
}

pki::Result<registry::IssuerId> hold_rollover(store::WriteTransaction& transaction, const KeyFolder& keys,
                                              pki::CaName ca, const CeremonyRequest& request) {
  TRY_ASSIGN(const Succession succession, plan_rollover(transaction, ca, request.links));
  std::optional<registry::SigningIssuer> predecessor;
  if (succession.with_links) {
    TRY_ASSIGN(const Authority authority, Authority::load(transaction, keys, request.profile));
    predecessor = *authority.find(succession.predecessor);
  }
  // Named first, since another generation's names may refuse it before a key is made.
  TRY_ASSIGN(PointNames points,
             name_points(transaction, request.profile, request.municipalities, succession.id));
  TRY(make_ca(transaction, keys, request, succession.id, predecessor ? &*predecessor : nullptr,
              [&]() -> pki::Result<PointNames> { return std::move(points); }));
  store::append_audit(transaction, {.recorded_at = request.now,
                                    .actor = request.actor,
                                    .action = "key rollover",
                                    .subjects = {"issuer " + to_string(succession.id)}});
  return succession.id;
}

pki::Result<bool> is_responder_due(const registry::ResponderRecord& responder, pki::Time ca_end,
                                   pki::Time now) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(responder.certificate));
  // One that does not begin before its time was made in a false future; one that ends with its CA has no
  // successor.
  const bool has_begun = certificate.not_before() <= now;
  const pki::Seconds renewal =
      std::min<pki::Seconds>(kResponderRenewal, (certificate.not_after() - certificate.not_before()) / 2);
  const bool lasts = certificate.not_after() > now + renewal || certificate.not_after() == ca_end;
  return !(has_begun && (lasts || ca_end <= now));
}

namespace {

pki::Bytes signed_part(const OwnResponderRequest& request) {
  const std::string text = "jpki responder request\n" + request.machine + "\n" + to_string(request.issuer) +
                           "\n" + request.key_file + "\n" + pki::to_hex(request.request);
  return pki::to_bytes(pki::as_bytes(text));
}

bool is_of_authority(const OwnResponderRequest& request, pki::ByteView operations_certificate) {
  const auto certificate = pki::Certificate::decode(operations_certificate);
  return certificate.has_value() && is_signed_by(request, certificate->subject_public_key_info());
}

pki::Result<registry::ResponderRecord> certify(store::Writer& writer, const registry::SigningIssuer& ca,
                                               const OwnResponderRequest& request, pki::Time now,
                                               std::chrono::days life) {
  TRY_ASSIGN(const auto verified, pki::verify_certification_request(request.request));
  TRY_ASSIGN(const pki::SerialNumber serial, registry::reserve_serials(writer, ca.id().ca));
  TRY_ASSIGN(pki::Bytes certificate,
             make_responder_certificate(ca, serial, verified.subject_public_key_info, now, life));
  return registry::ResponderRecord{.issuer = ca.id(),
                                   .certificate = std::move(certificate),
                                   .key_file = request.key_file,
                                   .machine = request.machine};
}

pki::Error unsigned_request(const OwnResponderRequest& request) {
  return pki::fail(pki::Errc::malformed, {messages::responder_request_unsigned, request.machine});
}

}  // namespace

bool is_signed_by(const OwnResponderRequest& request, pki::ByteView public_key) {
  const auto algorithm = pki::key_algorithm_of(public_key);
  return algorithm && pki::verify_message(public_key, pki::default_signature_algorithm(*algorithm),
                                          signed_part(request), request.signature);
}

void sign_request(OwnResponderRequest& request, const pki::Signer& operations) {
  request.signature =
      operations.sign(pki::digest(pki::hash_of(operations.algorithm()), signed_part(request)));
}

pki::Result<registry::ResponderRecord> certify_responder(store::Writer& writer,
                                                         const registry::SigningIssuer& ca,
                                                         pki::ByteView operations_certificate,
                                                         const OwnResponderRequest& request, pki::Time now) {
  if (!is_of_authority(request, operations_certificate)) return unsigned_request(request);
  return certify(writer, ca, request, now, kResponderLife);
}

pki::Result<registry::ResponderRecord> certify_view_responder(store::Writer& writer,
                                                              const registry::SigningIssuer& ca,
                                                              pki::ByteView public_key,
                                                              const OwnResponderRequest& request,
                                                              pki::Time now) {
  if (ca.id().ca == pki::CaName::operations || !is_signed_by(request, public_key))
    return unsigned_request(request);
  return certify(writer, ca, request, now, kViewResponderLife);
}

pki::Result<bool> renew_responder_if_due(const RenewalSetting& setting, const registry::SigningIssuer& ca,
                                         pki::Time now) {
  {
    const auto snapshot = setting.environment.read();
    const auto record = registry::find_responder(snapshot, ca.id(), setting.machine);
    if (!record) return false;
    TRY_ASSIGN(const bool is_due, is_responder_due(*record, ca.not_after(), now));
    const bool is_here =
        setting.machine.empty() || std::filesystem::exists(setting.keys.path_of(record->key_file));
    if (!is_due && is_here) return false;
  }
  TRY_ASSIGN(const pki::SerialNumber serial, registry::reserve_serials(setting.writer, ca.id().ca));
  const std::string name = responder_key_name(ca.id(), serial);
  TRY_ASSIGN(const auto key, setting.keys.make_signer(name, setting.algorithm, setting.make_key));
  TRY_ASSIGN(const pki::Bytes certificate, make_responder_certificate(ca, serial, key->public_key(), now));
  TRY(setting.writer.execute(
      {.actor = registry::system_actor(),
       .action = "renew the OCSP responder",
       .run = [&](store::CommandContext& context) {
         registry::put_responder(
             context.transaction,
             {.issuer = ca.id(), .certificate = certificate, .key_file = name, .machine = setting.machine});
         context.subjects.push_back("certificate " + to_string(registry::CertificateId{ca.id(), serial}));
         return pki::Result<void>{};
       }}));
  return true;
}

}  // namespace ca
