// Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }

#include "ca/extensions.h"

#include <algorithm>
#include <bit>

#include "pki/network.h"
#include "verifier/verifiers.h"

namespace ca {

namespace {

namespace oids = pki::oids;
using pki::der::Writer;

enum class Criticality { non_critical, critical };

template <typename Value>
void write_extension(Writer& writer, const pki::Oid& id, Criticality criticality, Value&& value) {
  writer.sequence([&] {
    writer.oid(id);
    if (criticality == Criticality::critical) writer.boolean(true);
    writer.wrapped(std::forward<Value>(value));
  });
}

// OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT ANY }, as [0] IMPLICIT in GeneralName.
void write_other_name(Writer& writer, const pki::Oid& type, std::string_view value) {
  writer.context(
      0, [&] { writer.oid(type).context(0, [&] { writer.text(pki::der::tag::kUtf8String, value); }); });
}

}  // namespace

void write_key_usage(Writer& writer, KeyUsage usage) {
  const auto byte = static_cast<std::uint8_t>(usage);
  write_extension(writer, oids::kKeyUsage, Criticality::critical, [&] {
    // A named bit list has no trailing zero bits (X.690 section 11.2.2).
    writer.bit_string({&byte, 1}, static_cast<std::uint8_t>(std::countr_zero(byte)));
  });
}

void write_extended_key_usage(Writer& writer, const pki::Oid& purpose,
                              const std::optional<pki::Oid>& second) {
  write_extension(writer, oids::kExtendedKeyUsage, Criticality::non_critical, [&] {
    writer.sequence([&] {
      writer.oid(purpose);
      if (second) writer.oid(*second);
    });
  });
}

void write_basic_constraints_of_ca(Writer& writer) {
  write_extension(writer, oids::kBasicConstraints, Criticality::critical,
                  [&] { writer.sequence([&] { writer.boolean(true); }); });
}

void write_alternative_name(Writer& writer, const pki::Oid& extension, const pki::Name& name) {
  write_extension(writer, extension, Criticality::non_critical,
                  [&] { writer.sequence([&] { pki::encode_directory_name(writer, name); }); });
}

// GeneralName ::= CHOICE { …, dNSName [2] IA5String, …, iPAddress [7] OCTET STRING }, RFC 5280
// section 4.2.1.6.
pki::Bytes encode_host_names(const std::vector<std::string>& hosts) {
  constexpr std::array<std::uint8_t, 12> kV4Mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  Writer writer;
  writer.sequence([&] {
    for (const std::string& host : hosts) {
      const auto address = pki::parse_network(host);
      if (!address) {
        writer.text(0x82, host);
        continue;
      }
      pki::ByteView bytes = address->address;
      if (std::ranges::equal(bytes.first(kV4Mapped.size()), kV4Mapped))
        bytes = bytes.subspan(kV4Mapped.size());
      writer.primitive(0x87, bytes);
    }
  });
  return writer.take();
}

void write_host_names(Writer& writer, pki::ByteView host_names) {
  write_extension(writer, oids::kSubjectAltName, Criticality::non_critical, [&] { writer.raw(host_names); });
}

void write_recorded_items(Writer& writer, const RecordedItems& items) {
  write_extension(writer, oids::kSubjectAltName, Criticality::non_critical, [&] {
    writer.sequence([&] {
      write_other_name(writer, oids::kItemName, items.name);
      write_other_name(writer, oids::kItemBirthDate, items.birth_date);
      write_other_name(writer, oids::kItemSex, items.sex);
      write_other_name(writer, oids::kItemAddress, items.address);
      write_other_name(writer, oids::kItemNameSubstitutes, items.name_substitutes);
      write_other_name(writer, oids::kItemAddressSubstitutes, items.address_substitutes);
    });
  });
}

// PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE OF { id-qt-cps, IA5String } }
void write_certificate_policies(Writer& writer, const pki::Oid& policy, std::string_view cps_uri) {
  write_extension(writer, oids::kCertificatePolicies, Criticality::critical, [&] {
    writer.sequence([&] {
      writer.sequence([&] {
        writer.oid(policy).sequence([&] {
          writer.sequence([&] { writer.oid(oids::kQualifierCps).text(pki::der::tag::kIa5String, cps_uri); });
        });
      });
    });
  });
}

void write_crl_distribution_points(Writer& writer, const pki::DistributionPointNames& names) {
  write_extension(writer, oids::kCrlDistributionPoints, Criticality::non_critical, [&] {
    writer.sequence([&] { writer.sequence([&] { pki::encode_distribution_point_name(writer, names); }); });
  });
}

void write_freshest_crl(Writer& writer, std::string_view delta_uri) {
  write_extension(writer, oids::kFreshestCrl, Criticality::non_critical, [&] {
    writer.sequence([&] {
      writer.sequence([&] {
        writer.context(0, [&] { writer.context(0, [&] { pki::encode_uri(writer, delta_uri); }); });
      });
    });
  });
}

void write_ocsp_access(Writer& writer, std::string_view ocsp_uri) {
  write_extension(writer, oids::kAuthorityInfoAccess, Criticality::non_critical, [&] {
    writer.sequence([&] {
      writer.sequence([&] {
        writer.oid(oids::kAccessOcsp);
        pki::encode_uri(writer, ocsp_uri);
      });
    });
  });
}

void write_authority_key_identifier(Writer& writer, const AuthorityKey& key) {
  write_extension(writer, oids::kAuthorityKeyIdentifier, Criticality::non_critical, [&] {
    writer.sequence([&] {
      writer.primitive(pki::der::tag::context(0), key.key_identifier);
      writer.context(1, [&] { pki::encode_directory_name(writer, key.issuer); });
      writer.primitive(pki::der::tag::context(2), pki::der::integer_content(key.serial.value));
    });
  });
}

void write_authority_key_identifier(Writer& writer, pki::ByteView key_identifier) {
  write_extension(writer, oids::kAuthorityKeyIdentifier, Criticality::non_critical, [&] {
    writer.sequence([&] { writer.primitive(pki::der::tag::context(0), key_identifier); });
  });
}

void write_subject_key_identifier(Writer& writer, pki::ByteView key_identifier) {
  write_extension(writer, oids::kSubjectKeyIdentifier, Criticality::non_critical,
                  [&] { writer.octet_string(key_identifier); });
}

void write_ocsp_no_check(Writer& writer) {
  write_extension(writer, oids::kOcspNoCheck, Criticality::non_critical, [&] { writer.null(); });
}

}  // namespace ca
