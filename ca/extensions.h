// The extensions of our certificates, one function each (RFC 5280 section 4.2).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/der.h"
#include "pki/distribution_point.h"
#include "pki/name.h"
#include "pki/recorded_items.h"
#include "pki/serial_number.h"

namespace ca {

// Bits of KeyUsage that the profiles use, as the one byte of their BIT STRING.
enum class KeyUsage : std::uint8_t {
  digital_signature = 0x80,
  digital_signature_and_non_repudiation = 0xC0,
  key_cert_sign_and_crl_sign = 0x06,
};

// What identifies the key that signs.
struct AuthorityKey {
  pki::Bytes key_identifier;
  pki::Name issuer;
  pki::SerialNumber serial;
};

using pki::RecordedItems;

// Each writes one Extension, criticality as in the profiles.
void write_key_usage(pki::der::Writer& writer, KeyUsage usage);
void write_extended_key_usage(pki::der::Writer& writer, const pki::Oid& purpose,
                              const std::optional<pki::Oid>& second = std::nullopt);
void write_basic_constraints_of_ca(pki::der::Writer& writer);
// subjectAltName or issuerAltName with one directoryName.
void write_alternative_name(pki::der::Writer& writer, const pki::Oid& extension, const pki::Name& name);
// The value of a subjectAltName with a dNSName or an iPAddress for each host, in the order given.
[[nodiscard]] pki::Bytes encode_host_names(const std::vector<std::string>& hosts);
// subjectAltName with such a value.
void write_host_names(pki::der::Writer& writer, pki::ByteView host_names);
void write_recorded_items(pki::der::Writer& writer, const RecordedItems& items);
// Critical, one policy with a CPS qualifier.
void write_certificate_policies(pki::der::Writer& writer, const pki::Oid& policy, std::string_view cps_uri);
void write_crl_distribution_points(pki::der::Writer& writer, const pki::DistributionPointNames& names);
void write_freshest_crl(pki::der::Writer& writer, std::string_view delta_uri);
void write_ocsp_access(pki::der::Writer& writer, std::string_view ocsp_uri);
// keyIdentifier, authorityCertIssuer and authorityCertSerialNumber.
void write_authority_key_identifier(pki::der::Writer& writer, const AuthorityKey& key);
// keyIdentifier alone: for what must find its issuer through a link certificate, too, whose serial number is
// another.
void write_authority_key_identifier(pki::der::Writer& writer, pki::ByteView key_identifier);
void write_subject_key_identifier(pki::der::Writer& writer, pki::ByteView key_identifier);
// id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1).
void write_ocsp_no_check(pki::der::Writer& writer);

}  // namespace ca
