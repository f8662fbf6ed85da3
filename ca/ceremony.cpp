// Making generation 1 of everything.

#include "ca/ceremony.h"

#include <algorithm>
#include <map>
#include <set>

#include "ca/certificate_builder.h"
#include "pki/certificate.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/serials.h"
#include "store/audit.h"

namespace ca {

namespace {

using registry::IssuerId;

std::string key_name(IssuerId id) {
  return "ca-" + to_string(id) + ".key";
}

std::string responder_key_name(IssuerId id, pki::SerialNumber serial) {
  return "responder-" + to_string(id) + "-" + pki::to_string(serial) + ".key";
}

pki::Result<pki::Bytes> make_responder_certificate(const registry::SigningIssuer& ca,
                                                   pki::SerialNumber serial, pki::ByteView public_key,
                                                   pki::Time now) {
  return ca.sign(encode_responder_tbs(ca, {.serial = serial,
                                           .validity = {now, std::min(now + kResponderLife, ca.not_after())},
                                           .subject_public_key_info = pki::to_bytes(public_key)}));
}

// Romanised names that occur twice in one prefecture: their points get the code appended.
std::set<std::string> shared_names(const std::vector<registry::Municipality>& municipalities) {
  std::map<std::string, int> count;
  for (const auto& row : municipalities)
    if (registry::is_distribution_point(row)) ++count[row.prefecture_romaji + "/" + row.name_romaji];
  std::set<std::string> shared;
  for (const auto& [name, times] : count)
    if (times > 1) shared.insert(name);
  return shared;
}

// By which codes the other generations of the CA's name know the directory names of their points.
std::map<pki::Bytes, pki::DistributionPoint> points_by_name(const store::ReadTransaction& transaction,
                                                            IssuerId issuer) {
  std::map<pki::Bytes, pki::DistributionPoint> points;
  for (const std::uint8_t generation : registry::generations_of_name(transaction, issuer.ca)) {
    const IssuerId other{issuer.ca, generation};
    if (other == issuer) continue;
    for (const pki::DistributionPoint point : registry::points_of(transaction, other))
      points.emplace(registry::find_point_names(transaction, other, point)->directory_name.encode(), point);
  }
  return points;
}

// A name is one scope of CRLs, whichever generation uses it (RFC 5280 section 5.2.5), so it belongs to one
// code.
pki::Result<void> write_points(store::WriteTransaction& transaction, const CeremonyRequest& request,
                               IssuerId issuer) {
  const auto shared = shared_names(request.municipalities);
  const auto others = points_by_name(transaction, issuer);
  std::set<pki::Bytes> names_used;
  for (const auto& row : request.municipalities) {
    if (!registry::is_distribution_point(row)) continue;
    const auto code = shared.contains(row.prefecture_romaji + "/" + row.name_romaji)
                          ? Profile::CodeInName::appended
                          : Profile::CodeInName::absent;
    const auto names = request.profile.point_names(issuer, row, code);
    const pki::Bytes name = names.directory_name.encode();
    const auto other = others.find(name);
    if (other != others.end() && other->second.code != row.code)
      return pki::fail(pki::Errc::conflict,
                       "the distribution point of " + to_string(pki::DistributionPoint{row.code}) +
                           " would be named " + names.directory_name.to_string() +
                           ", as an older generation names that of " + to_string(other->second) +
                           ": give it another romanised name in the table of municipalities");
    if (!names_used.insert(name).second)
      return pki::invalid("municipalities", "two distribution points would be named " +
                                                names.directory_name.to_string() +
                                                ": correct the romanised names in the table");
    registry::put_point_names(transaction, issuer, {row.code}, names);
  }
  return {};
}

pki::Result<void> make_ca(store::WriteTransaction& transaction, const KeyFolder& keys,
                          const CeremonyRequest& request, IssuerId id) {
  const bool operations = id.ca == pki::CaName::operations;
  // The operations CA is not part of JPKI: a small fast key serves it.
  const auto algorithm = operations ? pki::KeyAlgorithm::ecdsa_p256 : request.profile.config().ca_key;
  TRY_ASSIGN(auto raw, keys.make_signer(key_name(id), algorithm, request.make_key, request.key_heading));
  TRY_ASSIGN(const auto signer, pki::VerifyingSigner::wrap(std::move(raw)));
  const pki::SerialNumber serial = registry::take_serial(transaction, id.ca);
  registry::Issuer record{.id = id,
                          .certificate = {},
                          .key_file = key_name(id),
                          .public_url = request.profile.config().public_url,
                          .compromise = {}};
  TRY_ASSIGN(record.certificate,
             make_ca_certificate(request.profile, {.ca = id.ca, .serial = serial, .issued_at = request.now},
                                 *signer));
  registry::put_issuer(transaction, record);
  if (operations) return {};
  const pki::SerialNumber responder_serial = registry::take_serial(transaction, id.ca);
  const std::string name = responder_key_name(id, responder_serial);
  TRY_ASSIGN(const auto responder_key, keys.make_signer(name, request.profile.config().responder_key,
                                                        request.make_key, request.key_heading));
  TRY_ASSIGN(const registry::SigningIssuer ca, registry::SigningIssuer::make(std::move(record), signer));
  TRY_ASSIGN(pki::Bytes certificate,
             make_responder_certificate(ca, responder_serial, responder_key->public_key(), request.now));
  registry::put_responder(transaction,
                          {.issuer = id, .certificate = std::move(certificate), .key_file = name});
  registry::skip_serials(transaction, id.ca, kFirstSerialMinusOne);
  // A further generation goes on with the serials of the name.
  if (registry::first_open_serial(transaction, id.ca) == 0)
    registry::set_first_open_serial(transaction, id.ca, kFirstSerialMinusOne + 1);
  return write_points(transaction, request, id);
}

}  // namespace

pki::Result<void> hold_ceremony(store::WriteTransaction& transaction, const KeyFolder& keys,
                                const CeremonyRequest& request) {
  for (const auto& row : request.municipalities)
    registry::put_municipality(transaction, row);
  std::vector<std::string> subjects;
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth, pki::CaName::operations}) {
    const IssuerId id{ca, 1};
    TRY(make_ca(transaction, keys, request, id));
    subjects.push_back("issuer " + to_string(id));
  }
  store::append_audit(transaction, {.recorded_at = request.now,
                                    .actor = request.actor,
                                    .action = "key ceremony",
                                    .subjects = std::move(subjects)});
  return {};
}

pki::Result<registry::IssuerId> hold_rollover(store::WriteTransaction& transaction, const KeyFolder& keys,
                                              pki::CaName ca, const CeremonyRequest& request) {
  if (ca == pki::CaName::operations)
    return pki::invalid("ca", "the operations CA has one generation: roll sign or auth");
  const auto before = registry::current_issuer(transaction, ca);
  if (!before)
    return pki::fail(pki::Errc::not_found,
                     "the store has no CA: `jpki init` was not finished, start over in a new folder");
  if (before->id.generation == 255)
    return pki::invalid("ca", to_string(before->id) + " is the last generation that there can be");
  const IssuerId id{ca, static_cast<std::uint8_t>(before->id.generation + 1)};
  TRY(make_ca(transaction, keys, request, id));
  store::append_audit(transaction, {.recorded_at = request.now,
                                    .actor = request.actor,
                                    .action = "key rollover",
                                    .subjects = {"issuer " + to_string(id)}});
  return id;
}

pki::Result<bool> renew_responder_if_due(const RenewalSetting& setting, const registry::SigningIssuer& ca,
                                         pki::Time now) {
  {
    const auto snapshot = setting.environment.read();
    const auto record = registry::find_responder(snapshot, ca.id());
    if (!record) return false;
    TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(record->certificate));
    // One that does not begin before its time was made in a false future; one that ends with its CA has no
    // successor.
    const bool has_begun = certificate.not_before() <= now;
    const bool lasts =
        certificate.not_after() > now + kResponderRenewal || certificate.not_after() == ca.not_after();
    if (has_begun && (lasts || ca.not_after() <= now)) return false;
  }
  TRY_ASSIGN(const pki::SerialNumber serial, registry::reserve_serials(setting.writer, ca.id().ca));
  const std::string name = responder_key_name(ca.id(), serial);
  TRY_ASSIGN(const auto key, setting.keys.make_signer(name, setting.algorithm, setting.make_key));
  TRY_ASSIGN(const pki::Bytes certificate, make_responder_certificate(ca, serial, key->public_key(), now));
  TRY(setting.writer.execute(
      {.actor = registry::system_actor(),
       .action = "renew the OCSP responder",
       .run = [&](store::CommandContext& context) {
         registry::put_responder(context.transaction,
                                 {.issuer = ca.id(), .certificate = certificate, .key_file = name});
         context.subjects.push_back("certificate " + to_string(registry::CertificateId{ca.id(), serial}));
         return pki::Result<void>{};
       }}));
  return true;
}

}  // namespace ca
