// Names and URIs of the profiles, docs/profiles.md sections 2 to 5.

#include "ca/profile.h"

#include <algorithm>

#include "pki/messages/ca.h"
#include "pki/text.h"
#include "registry/crls.h"

namespace ca {

namespace {

constexpr std::string_view kAgency = "Japan Agency for Local Authority Information Systems";

std::string_view purpose(pki::CaName ca) {
  switch (ca) {
    case pki::CaName::sign:
      return "JPKI for digital signature";
    case pki::CaName::auth:
      return "JPKI for user authentication";
    case pki::CaName::operations:
      return "Operations CA";
  }
  return "";
}

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t') out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return out;
}

pki::Result<void> check_url(std::string_view url) {
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  const auto printable = [](char c) {
    return c > ' ' && c < '\x7F' && c != '"' && c != '<' && c != '>' && c != '#' && c != '?';
  };
  const std::size_t host = url.find("//") + 2;
  if (!http || url.size() <= host || url.ends_with('/') || url.size() > 200 ||
      !std::ranges::all_of(url, printable))
    return pki::invalid("urls.public", messages::public_url_form);
  return {};
}

}  // namespace

pki::Result<Profile> Profile::make(ProfileConfig config) {
  const std::string organization = folded(config.organization);
  if (organization == "JPKI" || organization == "JPKI-TEST")
    return pki::invalid("organization", {messages::organization_of_jlis, config.organization});
  if (organization.empty() || !pki::is_utf8(config.organization) ||
      pki::count_code_points(config.organization) > 64)
    return pki::invalid("organization", messages::organization_form);
  TRY(check_url(config.public_url));
  if (config.unknown_sex_code.size() != 1 || config.unknown_sex_code[0] < '0' ||
      config.unknown_sex_code[0] > '9')
    return pki::invalid("unknown_sex_code", messages::unknown_sex_code_form);
  if (config.issuing.minimum_age_for_signing < 0 || config.issuing.minimum_age_for_signing > 150)
    return pki::invalid("minimum_age_for_signing", messages::minimum_age_range);
  for (const auto& [field, days] : {std::pair{"credential_days", config.credential_days},
                                    std::pair{"pinless_credential_days", config.pinless_credential_days}})
    if (days < 1 || days > 1096) return pki::invalid(field, messages::credential_days_range);
  return Profile(std::move(config));
}

pki::Name Profile::ca_name(pki::CaName ca) const {
  if (ca == pki::CaName::operations)
    return pki::Name(
        {pki::country("JP"), pki::organization(config_.organization), pki::organizational_unit(purpose(ca))});
  return pki::Name({pki::country("JP"), pki::organization(config_.organization),
                    pki::organizational_unit(purpose(ca)), pki::organizational_unit(kAgency)});
}

pki::Name Profile::ca_alternative_name(pki::CaName ca) const {
  // "（模擬）" marks the simulator; JPKI's own names end before it.
  const std::string service = "公的個人認証サービス";
  return pki::Name({pki::country("JP"), pki::organization(service + "（模擬）"),
                    pki::organizational_unit(
                        service + (ca == pki::CaName::sign ? "署名用（模擬）" : "利用者証明用（模擬）")),
                    pki::organizational_unit("地方公共団体情報システム機構")});
}

pki::DistributionPointNames Profile::point_names(registry::IssuerId issuer,
                                                 const registry::Municipality& municipality,
                                                 CodeInName code) const {
  std::string common_name = municipality.name_romaji;
  if (code == CodeInName::appended) common_name += " " + registry::municipality_code_text(municipality.code);
  common_name += " CRLDP";
  pki::DistributionPointNames names;
  names.directory_name = pki::Name(
      {pki::country("JP"), pki::organization(config_.organization),
       pki::organizational_unit(purpose(issuer.ca)), pki::organizational_unit("CRL Distribution Points"),
       pki::organizational_unit(municipality.prefecture_romaji), pki::common_name(common_name)});
  if (config_.crl_uri_in_certificates)
    names.uri =
        registry::list_uri(config_.public_url, {issuer, {municipality.code}}, registry::CrlKind::complete);
  return names;
}

pki::Oid Profile::policy_of(pki::CertificateKind kind) {
  constexpr pki::Oid kMobileSign = pki::make_oid("1.2.392.200149.8.5.1.1.40");
  constexpr pki::Oid kMobileAuth = pki::make_oid("1.2.392.200149.8.5.1.3.40");
  switch (kind) {
    case pki::CertificateKind::sign:
      return pki::oids::kPolicySign;
    case pki::CertificateKind::auth:
      return pki::oids::kPolicyAuth;
    case pki::CertificateKind::mobile_sign:
      return kMobileSign;
    case pki::CertificateKind::mobile_auth:
      return kMobileAuth;
  }
  return pki::oids::kPolicySign;
}

std::string Profile::ocsp_uri(pki::CaName ca) const {
  return config_.public_url + "/ocsp/" + std::string(pki::to_string(ca));
}

std::string Profile::cps_uri() const {
  return config_.public_url + "/cps";
}

}  // namespace ca
