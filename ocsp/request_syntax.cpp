// One function per ASN.1 type.

#include "ocsp/request_syntax.h"

#include <algorithm>
#include <string>

#include "pki/der.h"
#include "pki/messages/ocsp.h"

namespace ocsp {

pki::Error not_a_request(const pki::MessageText& why) {
  return pki::fail(pki::Errc::malformed, {messages::not_a_request, why});
}

namespace {

using pki::ByteView;
using pki::Result;
namespace der = pki::der;

constexpr auto primitive = der::tag::context;
constexpr auto constructed = der::tag::context_constructed;

// SEQUENCE { OBJECT IDENTIFIER, ANY OPTIONAL }: AlgorithmIdentifier, SMIMECapability.
Result<void> check_algorithm(der::Reader& reader) {
  TRY_ASSIGN(der::Reader fields, reader.enter_sequence());
  TRY(fields.read_oid());
  if (!fields.at_end()) TRY(fields.read_any());
  return fields.finish();
}

// Name ::= SEQUENCE OF SET SIZE (1..MAX) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
Result<void> check_name(der::Reader& reader) {
  TRY_ASSIGN(der::Reader names, reader.enter_sequence());
  while (!names.at_end()) {
    TRY_ASSIGN(der::Reader relative, names.enter(der::tag::kSet));
    if (relative.at_end()) return not_a_request(messages::name_part_empty);
    while (!relative.at_end()) {
      TRY_ASSIGN(der::Reader attribute, relative.enter_sequence());
      TRY(attribute.read_oid());
      TRY(attribute.read_any());
      TRY(attribute.finish());
    }
  }
  return {};
}

// OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, its tag left out.
Result<void> check_other_name(ByteView content) {
  der::Reader fields(content);
  TRY(fields.read_oid());
  TRY_ASSIGN(der::Reader value, fields.enter(constructed(0)));
  TRY(fields.finish());
  TRY(value.read_any());
  return value.finish();
}

Result<void> check_ia5(ByteView text) {
  if (std::ranges::any_of(text, [](std::uint8_t byte) { return byte >= 0x80; }))
    return not_a_request(messages::ia5_beyond_ascii);
  return {};
}

// The alternatives of GeneralName by their tags; directoryName is EXPLICIT, since Name is a CHOICE.
Result<void> check_alternative(const der::Element& name) {
  switch (name.tag) {
    case constructed(0):
      return check_other_name(name.content);
    case primitive(1):  // rfc822Name
    case primitive(2):  // dNSName
    case primitive(6):  // uniformResourceIdentifier
      return check_ia5(name.content);
    case constructed(3):  // x400Address
    case constructed(5):  // ediPartyName
      return {};
    case constructed(4): {
      der::Reader reader(name.content);
      TRY(check_name(reader));
      return reader.finish();
    }
    case primitive(7):  // iPAddress
      if (name.content.size() != 4 && name.content.size() != 16)
        return not_a_request(messages::ip_address_length);
      return {};
    case primitive(8): {  // registeredID
      TRY(der::decode_oid(name.content));
      return {};
    }
    default:
      return not_a_request(messages::not_general_name);
  }
}

// AcceptableResponses ::= SEQUENCE OF OBJECT IDENTIFIER, section 4.4.3.
Result<void> check_acceptable_responses(der::Reader& reader) {
  TRY_ASSIGN(der::Reader types, reader.enter_sequence());
  while (!types.at_end())
    TRY(types.read_oid());
  return {};
}

// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
//   accessMethod    OBJECT IDENTIFIER,
//   accessLocation  GeneralName }
Result<void> check_locator(der::Reader& reader) {
  TRY_ASSIGN(der::Reader descriptions, reader.enter_sequence());
  if (descriptions.at_end()) return not_a_request(messages::locator_without_place);
  while (!descriptions.at_end()) {
    TRY_ASSIGN(der::Reader description, descriptions.enter_sequence());
    TRY(description.read_oid());
    TRY_ASSIGN(const der::Element location, description.read_any());
    TRY(check_alternative(location));
    TRY(description.finish());
  }
  return {};
}

// ServiceLocator ::= SEQUENCE { issuer Name, locator AuthorityInfoAccessSyntax }, section 4.4.6; OpenSSL
// leaves the locator out when it is given no URL.
Result<void> check_service_locator(der::Reader& reader) {
  TRY_ASSIGN(der::Reader fields, reader.enter_sequence());
  TRY(check_name(fields));
  if (!fields.at_end()) TRY(check_locator(fields));
  return fields.finish();
}

// PreferredSignatureAlgorithms ::= SEQUENCE OF SEQUENCE {
//   sigIdentifier        AlgorithmIdentifier,
//   pubKeyAlgIdentifier  SMIMECapability OPTIONAL }, section 4.4.7.
Result<void> check_preferred_algorithms(der::Reader& reader) {
  TRY_ASSIGN(der::Reader preferences, reader.enter_sequence());
  while (!preferences.at_end()) {
    TRY_ASSIGN(der::Reader preference, preferences.enter_sequence());
    TRY(check_algorithm(preference));
    if (!preference.at_end()) TRY(check_algorithm(preference));
    TRY(preference.finish());
  }
  return {};
}

Result<void> check_known_value(const pki::Oid& id, der::Reader& reader) {
  if (id == pki::oids::kOcspResponse) return check_acceptable_responses(reader);
  if (id == pki::oids::kOcspServiceLocator) return check_service_locator(reader);
  return check_preferred_algorithms(reader);
}

}  // namespace

Result<void> check_general_name(ByteView encoding) {
  TRY(der::validate(encoding));
  der::Reader reader(encoding);
  TRY_ASSIGN(const der::Element name, reader.read_any());
  return check_alternative(name);
}

Result<void> check_extension_value(const pki::Oid& id, ByteView value) {
  const bool is_known = id == pki::oids::kOcspResponse || id == pki::oids::kOcspServiceLocator ||
                        id == pki::oids::kOcspPreferredSignatureAlgorithms;
  if (!is_known) return {};
  TRY(der::validate(value));
  der::Reader reader(value);
  TRY(check_known_value(id, reader));
  return reader.finish();
}

}  // namespace ocsp
