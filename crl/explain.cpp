// A CRL in words, for people.

#include <algorithm>
#include <array>
#include <string_view>

#include "crl/reader.h"
#include "pki/der.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/signature_algorithm.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

using Lines = std::vector<std::string>;

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

std::string name_in_words(pki::ByteView der) {
  const auto name = pki::Name::decode(der);
  return name ? name->to_string() : "a name of unusual form, DER " + pki::to_hex(der);
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
std::string reason_flags_in_words(pki::ByteView content) {
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
  return words.empty() ? "none" : words;
}

// GeneralNames, a line each.
pki::Result<Lines> general_names(pki::ByteView content) {
  Lines lines;
  pki::der::Reader names(content);
  while (!names.at_end()) {
    TRY_ASSIGN(const pki::der::Element name, names.read_any());
    if (name.tag == tag::context(6))
      lines.push_back("URI " + printable(name.content));
    else if (name.tag == tag::context(1))
      lines.push_back("mail address " + printable(name.content));
    else if (name.tag == tag::context(2))
      lines.push_back("DNS name " + printable(name.content));
    else if (name.tag == tag::context_constructed(4))
      lines.push_back("directory name " + name_in_words(name.content));
    else
      lines.push_back("a name of another kind, DER " + pki::to_hex(name.encoding));
  }
  return lines;
}

// DistributionPointName, the content of its [0].
pki::Result<Lines> point_names(pki::ByteView content) {
  pki::der::Reader reader(content);
  TRY_ASSIGN(const pki::der::Element name, reader.read_any());
  TRY(reader.finish());
  if (name.tag == tag::context_constructed(0)) return general_names(name.content);
  return Lines{"a name relative to the issuer, DER " + pki::to_hex(name.encoding)};
}

pki::Result<Lines> explain_issuing_distribution_point(pki::ByteView value) {
  TRY_ASSIGN(const DecodedIssuingDistributionPoint point, decode_issuing_distribution_point(value));
  Lines lines;
  if (!point.name.empty()) {
    pki::der::Reader outer(point.name);
    TRY_ASSIGN(const pki::der::Element name, outer.read_any());
    TRY_ASSIGN(const Lines names, point_names(name.content));
    for (const std::string& line : names)
      lines.push_back("scope: certificates of the distribution point " + line);
  }
  if (point.only_contains_user_certs) lines.emplace_back("scope: only certificates of end entities");
  if (point.only_contains_ca_certs) lines.emplace_back("scope: only certificates of CAs");
  if (point.only_contains_attribute_certs) lines.emplace_back("scope: only attribute certificates");
  if (point.indirect_crl) lines.emplace_back("scope: certificates of several issuers (indirect)");
  if (point.only_some_reasons)
    lines.push_back("scope: only the reasons " + reason_flags_in_words(*point.only_some_reasons));
  return lines;
}

// A SEQUENCE of GeneralName, each behind `what`.
pki::Result<Lines> explain_names(const std::string& what, pki::ByteView value) {
  pki::der::Reader outer(value);
  TRY_ASSIGN(const pki::der::Element names, outer.read(tag::kSequence));
  TRY_ASSIGN(const Lines found, general_names(names.content));
  Lines lines;
  for (const std::string& line : found)
    lines.push_back(what + " " + line);
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
    for (const std::string& line : names)
      lines.push_back("delta CRL: " + line);
  }
  return lines;
}

pki::Result<Lines> explain_extension(const pki::Extension& extension) {
  if (extension.id == pki::oids::kCrlNumber) {
    TRY_ASSIGN(const pki::ByteView number, decode_crl_number(extension.value));
    return Lines{"number: " + number_in_words(number)};
  }
  if (extension.id == pki::oids::kDeltaCrlIndicator) {
    TRY_ASSIGN(const pki::ByteView number, decode_crl_number(extension.value));
    return Lines{"delta: to be read together with the complete CRL of number " + number_in_words(number)};
  }
  if (extension.id == pki::oids::kAuthorityKeyIdentifier) {
    TRY_ASSIGN(const std::optional<pki::ByteView> identifier, decode_key_identifier(extension.value));
    return Lines{"issuer's key: " +
                 (identifier ? pki::to_hex(*identifier) : std::string("named without identifier"))};
  }
  if (extension.id == pki::oids::kIssuingDistributionPoint)
    return explain_issuing_distribution_point(extension.value);
  if (extension.id == pki::oids::kFreshestCrl) return explain_freshest(extension.value);
  if (extension.id == pki::oids::kIssuerAltName) return explain_names("the issuer is also", extension.value);
  return Lines{"extension " + pki::to_string(extension.id) + (extension.critical ? ", critical" : "") + ": " +
               std::to_string(extension.value.size()) + " bytes"};
}

// GeneralizedTime, the value of invalidityDate; nothing for any other.
std::optional<pki::Time> time_in(pki::ByteView value) {
  pki::der::Reader reader(value);
  const auto time = reader.read_generalized_time();
  if (!time) return std::nullopt;
  return *time;
}

// What crlEntryExtensions say in addition to the reason, each behind a comma. Section 5.3.3:
// certificateIssuer holds for the entries after it as well, which people who look for one entry want to be
// told; it is said where it stands.
pki::Result<std::string> entry_extensions_in_words(pki::ByteView extensions) {
  if (extensions.empty()) return std::string();
  std::string words;
  TRY_ASSIGN(const std::vector<pki::Extension> list, pki::decode_extensions(extensions));
  for (const pki::Extension& extension : list) {
    if (extension.id == pki::oids::kReasonCode) continue;
    if (extension.id == kCertificateIssuer) {
      TRY_ASSIGN(const Lines names, explain_names(", from here on certificates of", extension.value));
      for (const std::string& name : names)
        words += name;
      continue;
    }
    const auto invalid_since =
        extension.id == pki::oids::kInvalidityDate ? time_in(extension.value) : std::nullopt;
    words += invalid_since
                 ? ", invalid since " + pki::to_rfc3339(*invalid_since)
                 : ", extension " + pki::to_string(extension.id) + (extension.critical ? ", critical" : "");
  }
  return words;
}

pki::Result<std::string> entry_in_words(const DecodedEntry& entry) {
  TRY_ASSIGN(const std::string more, entry_extensions_in_words(entry.extensions));
  return "  serial " + number_in_words(entry.serial) + ", " + pki::to_rfc3339(entry.revocation_date) + ", " +
         std::string(to_string(entry.reason.value_or(pki::CrlReason::unspecified))) + more;
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
    TRY_ASSIGN(std::string words, entry_in_words(*entry));
    shown.push_back(std::move(words));
  }
  Lines lines{"entries: " + std::to_string(count)};
  for (std::size_t i = 0; i < by_reason.size(); ++i)
    if (by_reason[i] != 0)
      lines.push_back("  " + std::to_string(by_reason[i]) + " " +
                      std::string(to_string(static_cast<pki::CrlReason>(i))));
  if (!shown.empty()) lines.emplace_back(count > shown.size() ? "the first of them:" : "they are:");
  lines.insert(lines.end(), shown.begin(), shown.end());
  return lines;
}

std::string algorithm_in_words(pki::ByteView identifier) {
  if (const auto algorithm = pki::signature_algorithm_from(identifier))
    return std::string(to_string(*algorithm));
  pki::der::Reader outer(identifier);
  auto fields = outer.enter_sequence();
  if (!fields) return "unreadable";
  const auto oid = fields->read_oid();
  if (!oid) return "unreadable";
  const auto known = std::ranges::find(kForeignAlgorithms, *oid, &ForeignAlgorithm::id);
  return known == kForeignAlgorithms.end() ? pki::to_string(*oid) : std::string(known->name);
}

}  // namespace

pki::Result<std::vector<std::string>> explain(pki::ByteView der) {
  TRY_ASSIGN(const DecodedCrl crl, decode_crl(der));
  const bool is_delta = crl.find_extension(pki::oids::kDeltaCrlIndicator) != nullptr;
  Lines lines{std::string(is_delta ? "delta" : "complete") + " CRL, version " + std::to_string(crl.version) +
              ", " + std::to_string(der.size()) + " bytes"};
  lines.push_back("issuer: " + name_in_words(crl.issuer));
  lines.push_back("made: " + pki::to_rfc3339(crl.this_update));
  lines.push_back("next by: " +
                  (crl.next_update ? pki::to_rfc3339(*crl.next_update) : std::string("not said")));
  for (const pki::Extension& extension : crl.extensions) {
    TRY_ASSIGN(const Lines words, explain_extension(extension));
    lines.insert(lines.end(), words.begin(), words.end());
  }
  if (crl.find_extension(pki::oids::kIssuingDistributionPoint) == nullptr)
    lines.emplace_back("scope: every certificate of the issuer, whichever of its keys signed it");
  if (crl.writes_empty_entries)
    lines.emplace_back(
        "note: revokedCertificates is written although it is empty; RFC 5280 section 5.1.2.6 asks that it "
        "then "
        "be left out");
  lines.push_back("signature: " + algorithm_in_words(crl.signature_algorithm) + ", not verified here");
  TRY_ASSIGN(const Lines entries, explain_entries(crl));
  lines.insert(lines.end(), entries.begin(), entries.end());
  return lines;
}

}  // namespace crl
