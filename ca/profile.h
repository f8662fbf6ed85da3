// What certificates look like, field by field as docs/profiles.md has it.
//
// The profile is frozen with the CA; later changes of the configuration do not affect it. What nothing public
// says about JPKI is a key of ProfileConfig.

#pragma once

#include <string>

#include "law/policy.h"
#include "pki/certificate_kind.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/result.h"
#include "pki/signature_algorithm.h"
#include "registry/issuers.h"
#include "registry/municipalities.h"

namespace ca {

// What an operator asked for.
struct ProfileConfig {
  // O in every name. Never JPKI or JPKI-TEST, which are J-LIS's own.
  std::string organization = "JPKI-SIM";
  // The base of every URI in certificates, e.g. http://ocsp.example; no trailing slash.
  std::string public_url = "http://127.0.0.1:8080";
  // The http URI after the directoryName in CRLDP and IDP; without it many clients cannot fetch the CRL.
  bool crl_uri_in_certificates = true;
  // freshestCRL in certificates (RFC 5280 section 4.2.1.15); complete CRLs always carry it.
  bool freshest_crl_in_certificates = false;
  // authorityInfoAccess in signing certificates: unknown of JPKI, so a switch.
  bool aia_in_signing_certificates = true;
  // otherName .3 when the sex is unknown: 9 after JIS X 0303 (one reader says 3).
  std::string unknown_sex_code = "9";
  // Who may have a certificate, as far as the Act leaves it open.
  law::Policy issuing = {};
  // How long verifiers' credentials live, in days: tls and signature, and those of the PIN-less path.
  int credential_days = 365;
  int pinless_credential_days = 90;
  // The CAs' and responders' keys.
  pki::KeyAlgorithm ca_key = pki::KeyAlgorithm::rsa_2048;
  pki::KeyAlgorithm responder_key = pki::KeyAlgorithm::rsa_2048;
};

// A validated ProfileConfig.
class Profile final {
 public:
  // Errc::invalid_value names the field that is wrong.
  static pki::Result<Profile> make(ProfileConfig config);

  [[nodiscard]] const ProfileConfig& config() const { return config_; }
  // C=JP, O=…, OU=JPKI for digital signature, OU=Japan Agency for …: issuer and subject of a CA.
  [[nodiscard]] pki::Name ca_name(pki::CaName ca) const;
  // C=JP, O=公的個人認証サービス（模擬）, …: subjectAltName of the CA, issuerAltName of what it issues.
  [[nodiscard]] pki::Name ca_alternative_name(pki::CaName ca) const;
  // The names of a municipality's or ward's distribution point. `appended_code` when two municipalities of a
  // prefecture share their romanised name: a name shared by two points would fail open (RFC 5280 6.3.3).
  enum class CodeInName { absent, appended };
  [[nodiscard]] pki::DistributionPointNames point_names(registry::IssuerId issuer,
                                                        const registry::Municipality& municipality,
                                                        CodeInName code) const;
  // The certificate policy of a kind (docs/profiles.md sections 3 and 4); those of the mobile pair are this
  // project's choice.
  [[nodiscard]] static pki::Oid policy_of(pki::CertificateKind kind);
  [[nodiscard]] std::string ocsp_uri(pki::CaName ca) const;
  [[nodiscard]] std::string cps_uri() const;

 private:
  explicit Profile(ProfileConfig config) : config_(std::move(config)) {}

  ProfileConfig config_;
};

}  // namespace ca
