// A CRL in words, for people.

#include <algorithm>
#include <array>
#include <string_view>

#include "crl/reader.h"
#include "pki/der.h"
#include "pki/messages/crl.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/signature_algorithm.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

using Lines = std::vector<pki::Message>;

constexpr pki::Oid kCertificateIssuer = pki::make_oid("2.5.29.29");

// Signatures that others make and this program does not.
struct ForeignAlgorithm {
  pki::Oid id;
  std::string_view name;
};
constexpr std::array kForeignAlgorithms = {
    ForeignAlgorithm{pki::oids::kSha1WithRsa, "sha1WithRSAEncryption"},
    ForeignAlgorithm{pki::oids::kSha384WithRsa, "sha384WithRSAEncryption"},
    ForeignAlgorithm{pki::oids::kSha512WithRsa, "sha512WithRSAEncryption"},
    ForeignAlgorithm{pki::make_oid("1.2.840.113549.1.1.10"), "RSASSA-PSS"},
    ForeignAlgorithm{pki::oids::kEcdsaSha512, "ecdsa-with-SHA512"},
    ForeignAlgorithm{pki::make_oid("1.2.840.10045.4.1"), "ecdsa-with-SHA1"},
    ForeignAlgorithm{pki::make_oid("1.2.840.10040.4.3"), "dsa-with-sha1"},
    ForeignAlgorithm{pki::make_oid("1.3.101.112"), "Ed25519"},
    ForeignAlgorithm{pki::make_oid("1.3.101.113"), "Ed448"}};

pki::Message name_in_words(pki::ByteView der) {
  if (const auto name = pki::Name::decode(der)) return name->to_string();
  return {messages::unusual_name, pki::to_hex(der)};
}

// Decimal where it fits, hexadecimal always.
std::string number_in_words(pki::ByteView content) {
  const auto value = pki::der::decode_unsigned(content);
  return (value ? std::to_string(*value) + " " : std::string()) + "(0x" + pki::to_hex(content) + ")";
}

// Bytes from outside, made fit for a terminal.
std::string printable(pki::ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
  return text;
}

// ReasonFlags ::= BIT STRING, section 5.2.5; `content` begins with the byte of unused bits.
pki::Message reason_flags_in_words(pki::ByteView content) {
  constexpr std::array kNames = {
      "unused",      "keyCompromise",        "cACompromise",    "affiliationChanged",
      "superseded",  "cessationOfOperation", "certificateHold", "privilegeWithdrawn",
      "aACompromise"};
  std::string words;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    const std::size_t byte = 1 + bit / 8;
    if (byte >= content.size() || (content[byte] & (0x80U >> (bit % 8))) == 0) continue;
    words += (words.empty() ? "" : ", ") + std::string(kNames.at(bit));
  }
  return words.empty() ? pki::Message(messages::reasons_none) : pki::Message(words);
}

// GeneralNames, a line each.
pki::Result<Lines> general_names(pki::ByteView content) {
  Lines lines;
  pki::der::Reader names(content);
  while (!names.at_end()) {
    TRY_ASSIGN(const pki::der::Element name, names.read_any());
    if (name.tag == tag::context(6))
      lines.emplace_back(messages::uri, printable(name.content));
    else if (name.tag == tag::context(1))
      lines.emplace_back(messages::mail_address, printable(name.content));
    else if (name.tag == tag::context(2))
      lines.emplace_back(messages::dns_name, printable(name.content));
    else if (name.tag == tag::context_constructed(4))
      lines.emplace_back(messages::directory_name, name_in_words(name.content));
    else
      lines.emplace_back(messages::other_name, pki::to_hex(name.encoding));
  }
  return lines;
}

// DistributionPointName, the content of its [0].
pki::Result<Lines> point_names(pki::ByteView content) {
  pki::der::Reader reader(content);
  TRY_ASSIGN(const pki::der::Element name, reader.read_any());
  TRY(reader.finish());
  if (name.tag == tag::context_constructed(0)) return general_names(name.content);
  return Lines{{messages::relative_name, pki::to_hex(name.encoding)}};
}

pki::Result<Lines> explain_issuing_distribution_point(pki::ByteView value) {
  TRY_ASSIGN(const DecodedIssuingDistributionPoint point, decode_issuing_distribution_point(value));
  Lines lines;
  if (!point.name.empty()) {
    pki::der::Reader outer(point.name);
    TRY_ASSIGN(const pki::der::Element name, outer.read_any());
    TRY_ASSIGN(const Lines names, point_names(name.content));
    for (const pki::Message& line : names)
      lines.emplace_back(messages::scope_point, line);
  }
  if (point.only_contains_user_certs) lines.emplace_back(messages::scope_users);
  if (point.only_contains_ca_certs) lines.emplace_back(messages::scope_cas);
  if (point.only_contains_attribute_certs) lines.emplace_back(messages::scope_attributes);
  if (point.indirect_crl) lines.emplace_back(messages::scope_indirect);
  if (point.only_some_reasons)
    lines.emplace_back(messages::scope_reasons, reason_flags_in_words(*point.only_some_reasons));
  return lines;
}

// A SEQUENCE of GeneralName.
pki::Result<Lines> names_in(pki::ByteView value) {
  pki::der::Reader outer(value);
  TRY_ASSIGN(const pki::der::Element names, outer.read(tag::kSequence));
  return general_names(names.content);
}

pki::Result<Lines> explain_issuer_names(pki::ByteView value) {
  TRY_ASSIGN(const Lines names, names_in(value));
  Lines lines;
  for (const pki::Message& name : names)
    lines.emplace_back(messages::issuer_also, name);
  return lines;
}

pki::Result<Lines> explain_freshest(pki::ByteView value) {
  pki::der::Reader outer(value);
  TRY_ASSIGN(pki::der::Reader points, outer.enter_sequence());
  Lines lines;
  while (!points.at_end()) {
    TRY_ASSIGN(pki::der::Reader point, points.enter_sequence());
    TRY_ASSIGN(const pki::der::Element name, point.read(tag::context_constructed(0)));
    TRY_ASSIGN(const Lines names, point_names(name.content));
    for (const pki::Message& line : names)
      lines.emplace_back(messages::delta_at, line);
  }
  return lines;
}

pki::Result<Lines> explain_extension(const pki::Extension& extension) {
  if (extension.id == pki::oids::kCrlNumber) {
    TRY_ASSIGN(const pki::ByteView number, decode_crl_number(extension.value));
    return Lines{{messages::number_is, number_in_words(number)}};
  }
  if (extension.id == pki::oids::kDeltaCrlIndicator) {
    TRY_ASSIGN(const pki::ByteView number, decode_crl_number(extension.value));
    return Lines{{messages::delta_of, number_in_words(number)}};
  }
  if (extension.id == pki::oids::kAuthorityKeyIdentifier) {
    TRY_ASSIGN(const std::optional<pki::ByteView> identifier, decode_key_identifier(extension.value));
    return Lines{{messages::issuer_key, identifier ? pki::Message(pki::to_hex(*identifier))
                                                   : pki::Message(messages::key_without_identifier)}};
  }
  if (extension.id == pki::oids::kIssuingDistributionPoint)
    return explain_issuing_distribution_point(extension.value);
  if (extension.id == pki::oids::kFreshestCrl) return explain_freshest(extension.value);
  if (extension.id == pki::oids::kIssuerAltName) return explain_issuer_names(extension.value);
  return Lines{{extension.critical ? messages::some_critical_extension : messages::some_extension,
                pki::to_string(extension.id), std::to_string(extension.value.size())}};
}

// GeneralizedTime, the value of invalidityDate; nothing for any other.
std::optional<pki::Time> time_in(pki::ByteView value) {
  pki::der::Reader reader(value);
  const auto time = reader.read_generalized_time();
  if (!time) return std::nullopt;
  return *time;
}

// `words` with what crlEntryExtensions say in addition to the reason. Section 5.3.3: certificateIssuer holds
// for the entries after it as well, which people who look for one entry want to be told; it is said where it
// stands.
pki::Result<pki::Message> with_extensions(pki::Message words, pki::ByteView extensions) {
  if (extensions.empty()) return words;
  TRY_ASSIGN(const std::vector<pki::Extension> list, pki::decode_extensions(extensions));
  for (const pki::Extension& extension : list) {
    if (extension.id == pki::oids::kReasonCode) continue;
    if (extension.id == kCertificateIssuer) {
      TRY_ASSIGN(const Lines names, names_in(extension.value));
      for (const pki::Message& name : names)
        words = pki::Message{messages::from_here_on, std::move(words), name};
      continue;
    }
    const auto invalid_since =
        extension.id == pki::oids::kInvalidityDate ? time_in(extension.value) : std::nullopt;
    if (invalid_since)
      words = pki::Message{messages::with_invalidity, std::move(words), pki::to_rfc3339(*invalid_since)};
    else
      words = pki::Message{extension.critical ? messages::with_critical_extension : messages::with_extension,
                           std::move(words), pki::to_string(extension.id)};
  }
  return words;
}

pki::Result<pki::Message> entry_in_words(const DecodedEntry& entry) {
  return with_extensions(
      {messages::entry, number_in_words(entry.serial), pki::to_rfc3339(entry.revocation_date),
       to_string(entry.reason.value_or(pki::CrlReason::unspecified))},
      entry.extensions);
}

pki::Result<Lines> explain_entries(const DecodedCrl& crl) {
  std::array<std::uint64_t, 11> by_reason{};
  std::uint64_t count = 0;
  Lines shown;
  EntryReader reader(crl.entries);
  while (true) {
    TRY_ASSIGN(const std::optional<DecodedEntry> entry, reader.next());
    if (!entry) break;
    ++by_reason.at(static_cast<std::size_t>(entry->reason.value_or(pki::CrlReason::unspecified)));
    if (++count > kExplainedEntries) continue;
    TRY_ASSIGN(pki::Message words, entry_in_words(*entry));
    shown.push_back(std::move(words));
  }
  Lines lines{{messages::entries, std::to_string(count)}};
  for (std::size_t i = 0; i < by_reason.size(); ++i)
    if (by_reason[i] != 0)
      lines.emplace_back(messages::entries_of_reason, std::to_string(by_reason[i]),
                         to_string(static_cast<pki::CrlReason>(i)));
  if (!shown.empty())
    lines.emplace_back(count > shown.size() ? messages::first_entries : messages::all_entries);
  lines.insert(lines.end(), shown.begin(), shown.end());
  return lines;
}

pki::Message algorithm_in_words(pki::ByteView identifier) {
  if (const auto algorithm = pki::signature_algorithm_from(identifier)) return to_string(*algorithm);
  pki::der::Reader outer(identifier);
  auto fields = outer.enter_sequence();
  if (!fields) return messages::unreadable;
  const auto oid = fields->read_oid();
  if (!oid) return messages::unreadable;
  const auto known = std::ranges::find(kForeignAlgorithms, *oid, &ForeignAlgorithm::id);
  return known == kForeignAlgorithms.end() ? pki::Message(pki::to_string(*oid)) : pki::Message(known->name);
}

}  // namespace

pki::Result<std::vector<pki::Message>> explain(pki::ByteView der) {
  TRY_ASSIGN(const DecodedCrl crl, decode_crl(der));
  const bool is_delta = crl.find_extension(pki::oids::kDeltaCrlIndicator) != nullptr;
  Lines lines{{is_delta ? messages::delta_list : messages::complete_list, std::to_string(crl.version),
               std::to_string(der.size())}};
  lines.emplace_back(messages::issued_by, name_in_words(crl.issuer));
  lines.emplace_back(messages::made_at, pki::to_rfc3339(crl.this_update));
  lines.emplace_back(messages::next_by, crl.next_update ? pki::Message(pki::to_rfc3339(*crl.next_update))
                                                        : pki::Message(messages::not_said));
  for (const pki::Extension& extension : crl.extensions) {
    TRY_ASSIGN(const Lines words, explain_extension(extension));
    lines.insert(lines.end(), words.begin(), words.end());
  }
  if (crl.find_extension(pki::oids::kIssuingDistributionPoint) == nullptr)
    lines.emplace_back(messages::scope_whole);
  if (crl.writes_empty_entries) lines.emplace_back(messages::note_empty_entries);
  lines.emplace_back(messages::signed_with, algorithm_in_words(crl.signature_algorithm));
  TRY_ASSIGN(const Lines entries, explain_entries(crl));
  lines.insert(lines.end(), entries.begin(), entries.end());
  return lines;
}

}  // namespace crl
