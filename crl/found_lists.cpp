// The search: wherever a SEQUENCE could begin, is there a CertificateList that the generation's key signed?

#include "crl/found_lists.h"

#include <algorithm>
#include <optional>

#include "pki/der.h"
#include "pki/hash.h"
#include "pki/oid.h"
#include "registry/issuers.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

// More than what is left free between two lists: headers that are shorter than the longest ones, and a
// signature that is shorter than its place. It is never written, so it reads as zeros.
constexpr std::size_t kFreeRoom = 256;

// The length of the element that begins with `bytes`, headers included; nothing when it does not fit in.
std::optional<std::size_t> length_of_sequence(pki::ByteView bytes) {
  if (bytes.size() < 2 || bytes[0] != tag::kSequence) return std::nullopt;
  std::size_t header = 2, length = bytes[1];
  if (length >= 0x80) {
    const std::size_t width = length & 0x7FU;
    if (width == 0 || width > 8 || bytes.size() < 2 + width) return std::nullopt;
    header += width;
    length = pki::read_big_endian(bytes.subspan(2, width));
  }
  if (length > bytes.size() - header) return std::nullopt;
  return header + length;
}

// DistributionPointName ::= CHOICE { fullName [0] GeneralNames, … }; directoryName [4] is the only name that
// all generations of a CA share.
std::optional<pki::Bytes> directory_name(pki::ByteView distribution_point_name) {
  pki::der::Reader outer(distribution_point_name);
  const auto point = outer.read(tag::context_constructed(0));
  if (!point) return std::nullopt;
  pki::der::Reader choice(point->content);
  const auto full_name = choice.read(tag::context_constructed(0));
  if (!full_name) return std::nullopt;
  for (pki::der::Reader names(full_name->content); !names.at_end();) {
    const auto name = names.read_any();
    if (!name) return std::nullopt;
    if (name->encoding[0] == tag::context_constructed(4)) return pki::to_bytes(name->content);
  }
  return std::nullopt;
}

// Whose and what kind of list it is; nothing when it is none of the generation's.
std::optional<FoundList> identify(const FindingContext& context, const DecodedCrl& crl, pki::ByteView der) {
  const auto* const number = crl.find_extension(pki::oids::kCrlNumber);
  if (number == nullptr || !pki::equal(crl.issuer, context.issuer.subject)) return std::nullopt;
  const auto value = decode_crl_number(number->value);
  if (!value || value->size() > 8) return std::nullopt;
  FoundList found{.scope = {context.issuer.id(), pki::kWholeGeneration},
                  .number = pki::read_big_endian(*value),
                  .crl = crl,
                  .der = der};
  if (crl.find_extension(pki::oids::kDeltaCrlIndicator) != nullptr) found.kind = registry::CrlKind::delta;
  if (const auto* const scope = crl.find_extension(pki::oids::kIssuingDistributionPoint)) {
    const auto point = decode_issuing_distribution_point(scope->value);
    if (!point) return std::nullopt;
    if (point->only_contains_ca_certs) found.kind = registry::CrlKind::arl;
    if (!point->name.empty()) {
      const auto name = directory_name(point->name);
      if (!name) return std::nullopt;
      const auto known = context.points.find(*name);
      if (known == context.points.end()) return std::nullopt;
      found.scope.point = known->second;
    }
  }
  return found;
}

bool is_signed(const registry::DecodedIssuer& issuer, const DecodedCrl& crl) {
  const pki::Bytes digest = pki::digest(pki::hash_of(issuer.algorithm), crl.tbs);
  return issuer.verification_key.verify_digest(issuer.algorithm, digest, crl.signature);
}

}  // namespace

pki::Result<FindingContext> finding_context(const store::ReadTransaction& snapshot,
                                            const registry::Issuer& issuer) {
  TRY_ASSIGN(registry::DecodedIssuer decoded, registry::decode_issuer(issuer));
  FindingContext context{.issuer = std::move(decoded), .points = {}};
  for (const pki::DistributionPoint point : registry::points_of(snapshot, issuer.id))
    if (const auto names = registry::find_point_names(snapshot, issuer.id, point))
      context.points[names->directory_name.encode()] = point;
  return context;
}

FileCondition visit_found_lists(const FindingContext& context, pki::ByteView content,
                                const std::function<void(const FoundList&)>& visit) {
  std::uint64_t lists = 0;
  std::size_t free = 0;
  bool is_covered = true;
  while (!content.empty()) {
    std::optional<std::size_t> covered;
    if (const auto length = length_of_sequence(content)) {
      const auto crl = decode_crl(content.first(*length));
      if (crl.has_value() && is_signed(context.issuer, *crl)) {
        covered = *length;
        if (const auto found = identify(context, *crl, content.first(*length))) visit(*found);
      }
    }
    if (covered) {
      ++lists;
      free = 0;
    } else {
      is_covered = is_covered && content[0] == 0 && ++free <= kFreeRoom;
    }
    content = content.subspan(covered.value_or(1));
  }
  return lists > 0 && is_covered ? FileCondition::whole : FileCondition::damaged;
}

}  // namespace crl
