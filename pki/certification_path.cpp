// Building and checking a path. The path is looked for by names from the signer upwards; signatures are
// verified from the anchor downwards, so that no key is used before a trusted one has vouched for it.

#include "pki/certification_path.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/outside_signature.h"

namespace pki {

namespace {

constexpr std::size_t kMaxIssuers = 4;
constexpr std::size_t kMaxOthers = 8;

Error refused(Message why) {
  return fail(Errc::unauthorized, {messages::request_signer_refused, std::move(why)});
}

// What this file looks at, and what may be critical without changing anything here.
constexpr std::array kUnderstood = {oids::kKeyUsage, oids::kBasicConstraints, oids::kExtendedKeyUsage,
                                    oids::kSubjectAltName, oids::kCertificatePolicies};

bool is_in_force(const Certificate& certificate, Time now) {
  return certificate.not_before() <= now && now <= certificate.not_after();
}

bool is_understood(const Certificate& certificate) {
  return std::ranges::all_of(certificate.extensions(), [](const Extension& extension) {
    return !extension.critical || std::ranges::find(kUnderstood, extension.id) != kUnderstood.end();
  });
}

// The first byte of KeyUsage (RFC 5280 section 4.2.1.3): all bits when the extension is absent.
std::uint8_t key_usage(const Certificate& certificate) {
  const Extension* extension = certificate.find_extension(oids::kKeyUsage);
  if (extension == nullptr) return 0xFF;
  der::Reader reader(extension->value);
  const auto bits = reader.read_bit_string();
  return bits && !bits->bytes.empty() ? bits->bytes[0] : 0;
}

// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }
struct BasicConstraints {
  bool is_ca = false;
  std::optional<std::uint64_t> path_length;
};

Result<BasicConstraints> basic_constraints(const Certificate& certificate) {
  BasicConstraints constraints;
  const Extension* extension = certificate.find_extension(oids::kBasicConstraints);
  if (extension == nullptr) return constraints;
  der::Reader outer(extension->value);
  TRY_ASSIGN(der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  if (fields.peek() == der::tag::kBoolean) {
    TRY_ASSIGN(constraints.is_ca, fields.read_boolean());
  }
  if (!fields.at_end()) {
    TRY_ASSIGN(constraints.path_length, fields.read_unsigned());
  }
  TRY(fields.finish());
  return constraints;
}

// `below` is the number of CAs between this one and the signer.
bool may_issue(const Certificate& certificate, std::uint64_t below) {
  constexpr std::uint8_t kKeyCertSign = 0x04;
  const auto constraints = basic_constraints(certificate);
  return constraints && constraints->is_ca && (key_usage(certificate) & kKeyCertSign) != 0 &&
         (!constraints->path_length || *constraints->path_length >= below);
}

Result<void> check_signer(const Certificate& signer, Time now) {
  constexpr std::uint8_t kDigitalSignature = 0x80, kNonRepudiation = 0x40;
  if (!is_in_force(signer, now)) return refused(messages::signer_not_in_force);
  if (!is_understood(signer)) return refused(messages::signer_critical_extension);
  if ((key_usage(signer) & (kDigitalSignature | kNonRepudiation)) == 0)
    return refused(messages::signer_key_usage);
  const bool fit = signer.find_extension(oids::kExtendedKeyUsage) == nullptr ||
                   has_key_purpose(signer, oids::kKeyPurposeAny) ||
                   has_key_purpose(signer, oids::kKeyPurposeClientAuth) ||
                   has_key_purpose(signer, oids::kKeyPurposeRequestSigning) ||
                   has_key_purpose(signer, oids::kFormerKeyPurposeRequestSigning);
  if (!fit) return refused(messages::signer_extended_key_usage);
  return {};
}

std::vector<Certificate> decode_all(const std::vector<ByteView>& encodings) {
  std::vector<Certificate> certificates;
  for (const ByteView der : encodings)
    if (auto certificate = Certificate::decode(der)) certificates.push_back(std::move(*certificate));
  return certificates;
}

// Those of the certificates that may stand between: CAs that the anchor vouches for, directly or through one
// another. Each signature is verified with the anchor's key or with one that is vouched for already.
std::vector<Certificate> find_vouched_for(const RequestSignerPath& path) {
  std::vector<Certificate> open = decode_all(path.others), trusted;
  std::erase_if(open, [&](const Certificate& certificate) {
    return !is_in_force(certificate, path.now) || !is_understood(certificate) || !may_issue(certificate, 0);
  });
  const auto move_issued_by = [&](const Certificate& issuer) {
    std::erase_if(open, [&](const Certificate& certificate) {
      if (!is_issued_by(certificate, issuer)) return false;
      trusted.push_back(certificate);
      return true;
    });
  };
  move_issued_by(path.anchor);
  // An index, since the list grows. A copy, since it moves when it grows.
  for (std::size_t i = 0; i < trusted.size(); ++i)
    move_issued_by(Certificate(trusted[i]));
  return trusted;
}

// The next certificate on the way up.
const Certificate* find_issuer(const Certificate& certificate, const std::vector<Certificate>& trusted,
                               std::uint64_t below) {
  for (const Certificate& candidate : trusted)
    if (may_issue(candidate, below) && !equal(candidate.der(), certificate.der()) &&
        is_issued_by(certificate, candidate))
      return &candidate;
  return nullptr;
}

}  // namespace

bool is_issued_by(const Certificate& certificate, const Certificate& issuer) {
  return equal(certificate.issuer(), issuer.subject()) &&
         is_signed_by_outside(certificate, issuer.subject_public_key_info());
}

bool leads_by_name(const Certificate& signer, const std::vector<ByteView>& others,
                   const Certificate& anchor) {
  if (equal(signer.der(), anchor.der()) || equal(signer.issuer(), anchor.subject())) return true;
  const std::vector<Certificate> between = decode_all(others);
  std::vector<ByteView> names = {signer.issuer()};
  for (std::size_t below = 0; below < kMaxIssuers && !names.empty(); ++below) {
    std::vector<ByteView> next;
    for (const Certificate& certificate : between) {
      const bool is_on_the_way =
          std::ranges::any_of(names, [&](ByteView name) { return equal(name, certificate.subject()); });
      if (!is_on_the_way) continue;
      if (equal(certificate.issuer(), anchor.subject())) return true;
      next.push_back(certificate.issuer());
    }
    names = std::move(next);
  }
  return false;
}

Result<void> check_request_signer_path(const RequestSignerPath& path) {
  if (path.others.size() > kMaxOthers) return refused(messages::signer_chain_long);
  if (equal(path.signer.der(), path.anchor.der())) return check_signer(path.signer, path.now);
  const Error nowhere = fail(Errc::not_found, messages::signer_without_anchor);
  if (!leads_by_name(path.signer, path.others, path.anchor)) return nowhere;
  const bool is_direct = equal(path.signer.issuer(), path.anchor.subject());
  const std::vector<Certificate> trusted = is_direct ? std::vector<Certificate>{} : find_vouched_for(path);
  const Certificate* current = &path.signer;
  for (std::size_t below = 0; below < kMaxIssuers; ++below) {
    if (is_issued_by(*current, path.anchor)) {
      if (!is_in_force(path.anchor, path.now)) return refused(messages::signer_ca_not_in_force);
      if (!may_issue(path.anchor, below)) return refused(messages::signer_path_long);
      return check_signer(path.signer, path.now);
    }
    const Certificate* issuer = find_issuer(*current, trusted, below);
    if (issuer == nullptr) break;
    current = issuer;
  }
  return nowhere;
}

Result<void> check_request_ca(const Certificate& certificate, Time now) {
  if (!is_in_force(certificate, now)) return invalid("ca", messages::ca_not_in_force);
  if (!may_issue(certificate, 0)) return invalid("ca", messages::not_a_ca);
  if (!is_understood(certificate)) return invalid("ca", messages::ca_critical_extension);
  return {};
}

bool has_key_purpose(const Certificate& certificate, const Oid& purpose) {
  const Extension* extension = certificate.find_extension(oids::kExtendedKeyUsage);
  if (extension == nullptr) return false;
  der::Reader outer(extension->value);
  auto purposes = outer.enter_sequence();
  while (purposes && !purposes->at_end()) {
    const auto one = purposes->read_oid();
    if (!one) return false;
    if (*one == purpose) return true;
  }
  return false;
}

}  // namespace pki
