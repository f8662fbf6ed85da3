// The listeners' certificate. subjectAltName says whom it is for (RFC 9525 section 2); the common name is for
// people.

#include "ca/server_certificate.h"

#include "ca/certificate_builder.h"
#include "law/validity.h"
#include "pki/certificate.h"
#include "pki/messages/ca.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/serials.h"
#include "registry/server_certificates.h"

namespace ca {

namespace {

pki::Name subject_of(const registry::SigningIssuer& issuer, const std::string& host) {
  return pki::Name({pki::country("JP"), pki::organization(issuer.name().find(pki::oids::kOrganizationName)),
                    pki::organizational_unit("HTTPS listener"), pki::common_name(host)});
}

// The usual time from now on; all of its CA's where that has been given another one than CAs usually have
// (CeremonyRequest::operations).
pki::Result<Validity> validity_of(const registry::SigningIssuer& issuer, pki::Time now) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(issuer.certificate()));
  const Validity all{certificate.not_before(), certificate.not_after()};
  if (all.not_after > law::end_of_ca_validity(all.not_before)) return all;
  return Validity{now, std::min(now + kServerCertificateLife, all.not_after)};
}

// True if the current certificate comes from `issuer`, has these host names, has begun (one of a false future
// has not) and stays valid for more than kServerCertificateRenewal, or until its CA ends.
pki::Result<bool> is_fresh(const registry::ServerCertificateRecord& record,
                           const registry::SigningIssuer& issuer, pki::ByteView names, pki::Time now) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(record.certificate));
  const pki::Extension* const shown = certificate.find_extension(pki::oids::kSubjectAltName);
  const bool lasts = certificate.not_after() > now + kServerCertificateRenewal ||
                     certificate.not_after() == issuer.not_after();
  return record.issuer == issuer.id() && certificate.not_before() <= now && lasts && shown != nullptr &&
         pki::equal(shown->value, names);
}

}  // namespace

pki::Result<bool> renew_server_certificate_if_due(const ServerCertificateServices& services,
                                                  const std::vector<std::string>& hosts, pki::Time now) {
  const registry::SigningIssuer& ca = services.operations;
  if (hosts.empty()) return pki::invalid("hosts", messages::no_host_names);
  const pki::Bytes names = encode_host_names(hosts);
  if (const auto record = registry::find_server_certificate(services.environment.read())) {
    TRY_ASSIGN(const bool fresh, is_fresh(*record, ca, names, now));
    // A backup does not hold its key where keys are not encrypted.
    if (fresh && std::filesystem::exists(services.keys.path_of(record->key_file))) return false;
  }
  TRY_ASSIGN(const pki::SerialNumber serial, registry::reserve_serials(services.writer, ca.id().ca));
  const std::string file = "server-" + to_string(ca.id()) + "-" + pki::to_string(serial) + ".key";
  const pki::PrivateKey key = services.make_key(file, pki::KeyAlgorithm::ecdsa_p256);
  services.keys.save(file, key);
  TRY_ASSIGN(const Validity validity, validity_of(ca, now));
  const pki::Bytes tbs = encode_credential_tbs(ca, {.serial = serial,
                                                    .validity = validity,
                                                    .subject = subject_of(ca, hosts.front()),
                                                    .key_purpose = pki::oids::kKeyPurposeServerAuth,
                                                    .subject_public_key_info = key.public_key(),
                                                    .host_names = names});
  TRY_ASSIGN(const pki::Bytes certificate, ca.sign(tbs));
  TRY(services.writer.execute(
      {.actor = registry::system_actor(),
       .action = "renew the certificate of the HTTPS listeners",
       .run = [&](store::CommandContext& context) {
         registry::put_server_certificate(context.transaction,
                                          {.issuer = ca.id(), .certificate = certificate, .key_file = file});
         context.subjects.push_back("certificate " + to_string(registry::CertificateId{ca.id(), serial}));
         return pki::Result<void>{};
       }}));
  return true;
}

pki::Result<ServerCertificate> load_server_certificate(const store::ReadTransaction& transaction,
                                                       const KeyFolder& keys) {
  auto record = registry::find_server_certificate(transaction);
  if (!record) return pki::fail(pki::Errc::not_found, messages::no_server_certificate);
  TRY_ASSIGN(pki::PrivateKey key, keys.load(record->key_file));
  TRY_ASSIGN(const pki::Certificate decoded, pki::Certificate::decode(record->certificate));
  if (!pki::equal(decoded.subject_public_key_info(), key.public_key()))
    return pki::fail(pki::Errc::malformed,
                     {messages::key_file_foreign, keys.path_of(record->key_file).string()});
  return ServerCertificate{record->issuer, std::move(record->certificate), std::move(key)};
}

}  // namespace ca
