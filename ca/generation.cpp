// A generation before it is on record.

#include "ca/generation.h"

#include <algorithm>
#include <set>

#include "ca/certificate_builder.h"
#include "ca/point_naming.h"
#include "pki/certificate.h"
#include "pki/messages/ca.h"
#include "registry/certificates.h"
#include "registry/issuers.h"
#include "registry/serials.h"

namespace ca {

namespace {

using registry::IssuerId;

std::string key_name(IssuerId id) {
  return "ca-" + to_string(id) + ".key";
}

std::string responder_key_begin(IssuerId id) {
  return "responder-" + to_string(id) + "-";
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
PointsByName points_by_name(const store::ReadTransaction& transaction, IssuerId issuer) {
  PointsByName points;
  for (const std::uint8_t generation : registry::generations_of_name(transaction, issuer.ca)) {
    const IssuerId other{issuer.ca, generation};
    if (other == issuer) continue;
    for (const pki::DistributionPoint point : registry::points_of(transaction, other))
      points.emplace(registry::find_point_names(transaction, other, point)->directory_name.encode(), point);
  }
  return points;
}

pki::Result<std::shared_ptr<const pki::Signer>> make_key(const GenerationRequest& request,
                                                         const std::string& name,
                                                         pki::KeyAlgorithm algorithm) {
  TRY_ASSIGN(auto signer, request.keys.make_signer(name, algorithm, request.make_key, request.key_heading));
  if (request.on_key) request.on_key(name);
  return signer;
}

// Both ways. Neither outlives the certificate of the key that signs it, or of the key that it certifies.
pki::Result<registry::LinkCertificates> make_links(const GenerationRequest& request,
                                                   const registry::SigningIssuer& made) {
  const registry::SigningIssuer& old = *request.predecessor;
  const pki::Time end = std::min(old.not_after(), made.not_after());
  const auto certify = [&](const registry::SigningIssuer& subject, const registry::SigningIssuer& with,
                           pki::Time begin) -> pki::Result<pki::Bytes> {
    TRY_ASSIGN(const pki::SerialNumber serial, request.next_serial());
    return make_link_certificate(request.profile,
                                 {.serial = serial, .validity = {begin, end}, .subject = subject}, with);
  };
  TRY_ASSIGN(const pki::Certificate old_certificate, pki::Certificate::decode(old.certificate()));
  registry::LinkCertificates links;
  TRY_ASSIGN(links.new_with_old, certify(made, old, request.now));
  TRY_ASSIGN(links.old_with_new, certify(old, made, old_certificate.not_before()));
  return links;
}

}  // namespace

bool is_key_of(IssuerId id, std::string_view file) {
  return file.ends_with(kKeyEnding) && (file == key_name(id) || file.starts_with(responder_key_begin(id)));
}

std::string responder_key_name(IssuerId id, pki::SerialNumber serial) {
  return responder_key_begin(id) + pki::to_string(serial) + ".key";
}

pki::Result<pki::Bytes> make_responder_certificate(const registry::SigningIssuer& ca,
                                                   pki::SerialNumber serial, pki::ByteView public_key,
                                                   pki::Time now, std::chrono::days life) {
  return ca.sign(encode_responder_tbs(ca, {.serial = serial,
                                           .validity = {now, std::min(now + life, ca.not_after())},
                                           .subject_public_key_info = pki::to_bytes(public_key)}));
}

pki::Result<PointNames> name_points(const store::ReadTransaction& transaction, const Profile& profile,
                                    const std::vector<registry::Municipality>& municipalities,
                                    IssuerId issuer) {
  if (issuer.ca == pki::CaName::operations) return PointNames{};
  return name_points_beside(points_by_name(transaction, issuer), profile, municipalities, issuer);
}

// A name is one scope of CRLs, whichever generation uses it (RFC 5280 section 5.2.5), so it belongs to one
// code.
pki::Result<PointNames> name_points_beside(const PointsByName& others, const Profile& profile,
                                           const std::vector<registry::Municipality>& municipalities,
                                           IssuerId issuer) {
  PointNames points;
  const auto shared = shared_names(municipalities);
  std::set<pki::Bytes> names_used;
  for (const auto& row : municipalities) {
    if (!registry::is_distribution_point(row)) continue;
    const auto code = shared.contains(row.prefecture_romaji + "/" + row.name_romaji)
                          ? Profile::CodeInName::appended
                          : Profile::CodeInName::absent;
    auto names = profile.point_names(issuer, row, code);
    const pki::Bytes name = names.directory_name.encode();
    const auto other = others.find(name);
    if (other != others.end() && other->second.code != row.code)
      return pki::fail(pki::Errc::conflict,
                       {messages::point_name_used, to_string(pki::DistributionPoint{row.code}),
                        names.directory_name.to_string(), to_string(other->second)});
    if (!names_used.insert(name).second)
      return pki::invalid("municipalities", {messages::point_name_twice, names.directory_name.to_string()});
    points.emplace_back(pki::DistributionPoint{row.code}, std::move(names));
  }
  return points;
}

pki::Result<NewGeneration> make_generation(const GenerationRequest& request) {
  const IssuerId id = request.id;
  const bool operations = id.ca == pki::CaName::operations;
  const ProfileConfig& config = request.profile.config();
  // The operations CA is not part of JPKI: a small fast key serves it.
  const auto algorithm = operations ? pki::KeyAlgorithm::ecdsa_p256 : config.ca_key;
  TRY_ASSIGN(auto key, make_key(request, key_name(id), algorithm));
  TRY_ASSIGN(const auto signer, pki::VerifyingSigner::wrap(std::move(key)));
  TRY_ASSIGN(const pki::SerialNumber serial, request.next_serial());
  registry::Issuer record{.id = id,
                          .certificate = {},
                          .key_file = key_name(id),
                          .public_url = config.public_url,
                          .compromise = {}};
  TRY_ASSIGN(
      record.certificate,
      make_ca_certificate(
          request.profile,
          {.ca = id.ca, .serial = serial, .issued_at = request.now, .validity = request.validity}, *signer));
  TRY_ASSIGN(registry::SigningIssuer issuer, registry::SigningIssuer::make(record, signer));
  NewGeneration made{std::move(issuer), {}, {}};
  if (!operations) {
    TRY_ASSIGN(const pki::SerialNumber responder_serial, request.next_serial());
    const std::string name = responder_key_name(id, responder_serial);
    TRY_ASSIGN(made.responder_signer, make_key(request, name, config.responder_key));
    TRY_ASSIGN(pki::Bytes certificate,
               make_responder_certificate(made.issuer, responder_serial, made.responder_signer->public_key(),
                                          request.now));
    made.responder = {.issuer = id, .certificate = std::move(certificate), .key_file = name};
  }
  if (request.predecessor != nullptr) {
    TRY_ASSIGN(record.links, make_links(request, made.issuer));
    TRY_ASSIGN(made.issuer, registry::SigningIssuer::make(std::move(record), signer));
  }
  return made;
}

void put_generation(store::WriteTransaction& transaction, const NewGeneration& generation,
                    const PointNames& points) {
  registry::put_issuer(transaction, generation.issuer.record());
  if (generation.responder) registry::put_responder(transaction, *generation.responder);
  for (const auto& [point, names] : points)
    registry::put_point_names(transaction, generation.issuer.id(), point, names);
  const pki::CaName ca = generation.issuer.id().ca;
  if (ca == pki::CaName::operations) return;
  registry::skip_serials(transaction, ca, kFirstSerialMinusOne);
  // A further generation goes on with the serials of the name.
  if (registry::first_open_serial(transaction, ca) == 0)
    registry::set_first_open_serial(transaction, ca, kFirstSerialMinusOne + 1);
}

}  // namespace ca
