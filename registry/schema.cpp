// Names of issuers and certificates, and the reading of fixed-width fields.

#include "registry/schema.h"

#include "pki/messages/registry.h"
#include "pki/number.h"
#include "store/environment.h"

namespace registry {

std::string to_string(IssuerId issuer) {
  return std::string(pki::to_string(issuer.ca)) + "-" + std::to_string(issuer.generation);
}

std::optional<IssuerId> parse_issuer_id(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto ca = pki::parse_ca_name(text.substr(0, dash));
  const std::string_view digits = text.substr(dash + 1);
  const auto generation = pki::parse_number<std::uint8_t>(digits);
  if (!ca || !generation || digits.starts_with('0')) return std::nullopt;
  return IssuerId{*ca, *generation};
}

std::string to_string(const CertificateId& id) {
  return to_string(id.issuer) + "/" + pki::to_string(id.serial);
}

IssuerId Fields::issuer() {
  const std::uint8_t ca = u8();
  if (ca < 1 || ca > 3) throw store::Corruption(messages::stored_ca_unknown);
  return {static_cast<pki::CaName>(ca), u8()};
}

}  // namespace registry
