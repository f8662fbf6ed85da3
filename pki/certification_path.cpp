// Building and checking a path from the signer upwards.

#include "pki/certification_path.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "pki/der.h"
#include "pki/outside_signature.h"

namespace pki {

namespace {

constexpr std::size_t kMaxIssuers = 4;
constexpr std::size_t kMaxOthers = 8;

Error refused(std::string why) {
  return fail(Errc::unauthorized, "the certificate that signed the request is not accepted: " + why);
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

// The first octet of KeyUsage (RFC 5280 section 4.2.1.3): all bits when the extension is absent.
std::uint8_t key_usage(const Certificate& certificate) {
  const Extension* extension = certificate.find_extension(oids::kKeyUsage);
  if (extension == nullptr) return 0xFF;
  der::Reader reader(extension->value);
  const auto bits = reader.read_bit_string();
  return bits && !bits->octets.empty() ? bits->octets[0] : 0;
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

bool is_issued_by(const Certificate& certificate, const Certificate& issuer) {
  return equal(certificate.issuer(), issuer.subject()) &&
         is_signed_by_outside(certificate, issuer.subject_public_key_info());
}

Result<void> check_signer(const Certificate& signer, Time now) {
  constexpr std::uint8_t kDigitalSignature = 0x80, kNonRepudiation = 0x40;
  if (!is_in_force(signer, now)) return refused("it is outside its validity");
  if (!is_understood(signer)) return refused("it has a critical extension that is not understood");
  if ((key_usage(signer) & (kDigitalSignature | kNonRepudiation)) == 0)
    return refused("its key usage does not allow signatures");
  const bool fit = signer.find_extension(oids::kExtendedKeyUsage) == nullptr ||
                   has_key_purpose(signer, oids::kKeyPurposeAny) ||
                   has_key_purpose(signer, oids::kKeyPurposeClientAuth) ||
                   has_key_purpose(signer, oids::kKeyPurposeRequestSigning);
  if (!fit) return refused("its extended key usage is for something else");
  return {};
}

// The next certificate on the way up among those that came along.
std::optional<Certificate> find_issuer(const Certificate& certificate, const RequestSignerPath& path,
                                       std::uint64_t below) {
  for (const ByteView der : path.others) {
    auto candidate = Certificate::decode(der);
    if (candidate && is_in_force(*candidate, path.now) && is_understood(*candidate) &&
        may_issue(*candidate, below) && !equal(candidate->der(), certificate.der()) &&
        is_issued_by(certificate, *candidate))
      return std::move(*candidate);
  }
  return std::nullopt;
}

// Whether anything that was sent claims to come from the anchor. Looked at first: signatures are costly, and
// whoever asks chooses how many there are to verify.
bool leads_to_anchor(const RequestSignerPath& path) {
  const ByteView anchor = path.anchor.subject();
  return equal(path.signer.issuer(), anchor) || std::ranges::any_of(path.others, [&](ByteView der) {
           const auto other = Certificate::decode(der);
           return other && equal(other->issuer(), anchor);
         });
}

}  // namespace

Result<void> check_request_signer_path(const RequestSignerPath& path) {
  if (path.others.size() > kMaxOthers) return refused("too many certificates came with it");
  if (equal(path.signer.der(), path.anchor.der())) return check_signer(path.signer, path.now);
  const Error nowhere =
      fail(Errc::not_found, "the certificate that signed the request leads to no registered CA");
  if (!leads_to_anchor(path)) return nowhere;
  Certificate current = path.signer;
  for (std::size_t below = 0; below < kMaxIssuers; ++below) {
    if (is_issued_by(current, path.anchor)) {
      if (!is_in_force(path.anchor, path.now)) return refused("its CA is outside its validity");
      if (!may_issue(path.anchor, below)) return refused("its CA does not allow a path of this length");
      return check_signer(path.signer, path.now);
    }
    auto issuer = find_issuer(current, path, below);
    if (!issuer) break;
    current = std::move(*issuer);
  }
  return nowhere;
}

Result<void> check_request_ca(const Certificate& certificate, Time now) {
  if (!is_in_force(certificate, now))
    return invalid("ca", "the CA certificate is outside its validity: give one that is in force");
  if (!may_issue(certificate, 0))
    return invalid("ca", "this is no CA certificate: basicConstraints CA and keyCertSign are asked for");
  if (!is_understood(certificate))
    return invalid("ca", "the CA certificate has a critical extension that is not understood");
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
