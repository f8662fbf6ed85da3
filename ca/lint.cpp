// The rules of docs/profiles.md sections 3 and 4, read back from the bytes.

#include "ca/lint.h"

#include <array>
#include <span>

#include "ca/item_search.h"
#include "pki/certificate.h"
#include "pki/decode_openssl.h"
#include "pki/messages/ca.h"

namespace ca {

namespace {

namespace oids = pki::oids;

struct ExpectedExtension {
  pki::Oid id;
  bool critical;
  bool optional;
};

constexpr std::array kSignExtensions = {
    ExpectedExtension{oids::kKeyUsage, true, false},
    ExpectedExtension{oids::kSubjectAltName, false, false},
    ExpectedExtension{oids::kCertificatePolicies, true, false},
    ExpectedExtension{oids::kIssuerAltName, false, false},
    ExpectedExtension{oids::kCrlDistributionPoints, false, false},
    ExpectedExtension{oids::kAuthorityKeyIdentifier, false, false},
    ExpectedExtension{oids::kSubjectKeyIdentifier, false, false},
    ExpectedExtension{oids::kAuthorityInfoAccess, false, true},
    ExpectedExtension{oids::kFreshestCrl, false, true},
};

constexpr std::array kAuthExtensions = {
    ExpectedExtension{oids::kKeyUsage, true, false},
    ExpectedExtension{oids::kExtendedKeyUsage, false, false},
    ExpectedExtension{oids::kCertificatePolicies, true, false},
    ExpectedExtension{oids::kIssuerAltName, false, false},
    ExpectedExtension{oids::kCrlDistributionPoints, false, false},
    ExpectedExtension{oids::kAuthorityInfoAccess, false, false},
    ExpectedExtension{oids::kAuthorityKeyIdentifier, false, false},
    ExpectedExtension{oids::kSubjectKeyIdentifier, false, false},
    ExpectedExtension{oids::kFreshestCrl, false, true},
};

pki::Error broken(pki::Message rule) {
  return pki::fail(pki::Errc::internal, {messages::lint_failed, std::move(rule)});
}

pki::Result<void> check_extension_order(const std::vector<pki::Extension>& found,
                                        std::span<const ExpectedExtension> expected) {
  std::size_t at = 0;
  for (const ExpectedExtension& rule : expected) {
    const bool present = at < found.size() && found[at].id == rule.id;
    if (!present && !rule.optional)
      return broken({messages::lint_extension_missing, pki::to_string(rule.id)});
    if (!present) continue;
    if (found[at].critical != rule.critical)
      return broken({messages::lint_extension_criticality, pki::to_string(rule.id)});
    ++at;
  }
  if (at != found.size()) return broken({messages::lint_extension_foreign, pki::to_string(found[at].id)});
  return {};
}

pki::Result<void> check_auth_subject(const pki::Certificate& certificate) {
  TRY_ASSIGN(const pki::Name subject, pki::Name::decode(certificate.subject()));
  const auto& attributes = subject.attributes();
  if (attributes.size() != 2 || subject.find(oids::kCommonName).size() != 23)
    return broken(messages::lint_auth_subject);
  return {};
}

// True for what says nothing about the holder whatever it holds: hashes of keys, and the CA's other name,
// which stands in the CA's own certificate, too.
bool is_about_others(const pki::Extension& extension, const registry::SigningIssuer& issuer) {
  if (extension.id == oids::kSubjectKeyIdentifier || extension.id == oids::kAuthorityKeyIdentifier)
    return true;
  return extension.id == oids::kIssuerAltName &&
         pki::as_text(issuer.certificate()).find(pki::as_text(extension.value)) != std::string_view::npos;
}

// No item of the resident's record may be in the bytes of an authentication certificate. check_fields() has
// compared serial number, issuer, validity and key with what they must be; searched is all the rest.
pki::Result<void> check_no_items(const pki::Certificate& certificate, const registry::SigningIssuer& issuer,
                                 const registry::Resident& resident) {
  pki::Bytes searched = pki::to_bytes(certificate.subject());
  for (const pki::Extension& extension : certificate.extensions())
    if (!is_about_others(extension, issuer))
      searched.insert(searched.end(), extension.value.begin(), extension.value.end());
  if (const auto found = find_personal_item(resident, searched))
    return broken({messages::lint_personal_item, *found});
  return {};
}

pki::Result<void> check_sign_subject(const pki::Certificate& certificate) {
  TRY_ASSIGN(const pki::Name subject, pki::Name::decode(certificate.subject()));
  if (subject.attributes().size() != 4 || subject.find(oids::kCommonName).size() != 28)
    return broken(messages::lint_sign_subject);
  return {};
}

pki::Result<void> check_fields(const pki::Certificate& certificate, const registry::SigningIssuer& issuer,
                               const EndEntityRequest& request) {
  const auto serial = pki::serial_from_content(certificate.serial_content());
  if (serial != request.serial) return broken(messages::lint_serial);
  if (!pki::equal(certificate.issuer(), issuer.name().encode())) return broken(messages::lint_issuer);
  if (certificate.not_before() != request.validity.not_before ||
      certificate.not_after() != request.validity.not_after)
    return broken(messages::lint_validity);
  // Both moments are within the validity (RFC 5280 section 4.1.2.5): one second is the shortest.
  if (certificate.not_after() < certificate.not_before()) return broken(messages::lint_ends_before);
  if (certificate.not_after() > issuer.not_after()) return broken(messages::lint_outlives_ca);
  if (!pki::equal(certificate.subject_public_key_info(), request.subject_public_key_info))
    return broken(messages::lint_public_key);
  TRY(pki::key_algorithm_of(certificate.subject_public_key_info()));
  return {};
}

pki::Result<void> check_end_entity(pki::ByteView tbs, const registry::SigningIssuer& issuer,
                                   const EndEntityRequest& request, const registry::Resident& resident) {
  const pki::Bytes& identifier = pki::encode_algorithm_identifier(issuer.algorithm());
  TRY(pki::check_tbs_certificate_with_openssl(tbs, identifier));
  pki::der::Writer writer;
  writer.sequence([&] { writer.raw(tbs).raw(identifier).bit_string(pki::Bytes(256, 0)); });
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(writer.view()));
  TRY(check_fields(certificate, issuer, request));
  const bool sign = pki::ca_of(request.kind) == pki::CaName::sign;
  if (sign) {
    TRY(check_sign_subject(certificate));
    return check_extension_order(certificate.extensions(), kSignExtensions);
  }
  TRY(check_auth_subject(certificate));
  TRY(check_no_items(certificate, issuer, resident));
  return check_extension_order(certificate.extensions(), kAuthExtensions);
}

}  // namespace

pki::Result<void> lint_end_entity(pki::ByteView tbs, const registry::SigningIssuer& issuer,
                                  const EndEntityRequest& request, const registry::Resident& resident) {
  auto checked = check_end_entity(tbs, issuer, request, resident);
  // What a decoder refuses here was written by our own encoder: never the caller's mistake.
  if (checked.has_error() && checked.error().code != pki::Errc::internal)
    return broken(checked.error().message);
  return checked;
}

pki::Result<void> lint_signed(pki::ByteView der, pki::ByteView tbs_hash) {
  const auto certificate = pki::Certificate::decode(der);
  if (!certificate || pki::digest(pki::HashAlgorithm::sha256, certificate->tbs()) != pki::to_bytes(tbs_hash))
    return pki::fail(pki::Errc::internal, messages::signed_another);
  return {};
}

}  // namespace ca
