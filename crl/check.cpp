// One list against its claim.

#include "crl/check.h"

#include <algorithm>
#include <future>
#include <tuple>

#include "crl/check_entries.h"
#include "crl/parallel.h"
#include "crl/reader.h"
#include "pki/der.h"
#include "pki/distribution_point.h"
#include "pki/messages/crl.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/public_key.h"
#include "registry/certificates.h"
#include "registry/issuers.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

// Below this, starting a thread costs more than it saves.
constexpr std::size_t kWorthAThread = 1024 * 1024;

pki::Result<std::uint64_t> number_in(const DecodedCrl& crl, const pki::Oid& id, const char* name) {
  const pki::Extension* extension = crl.find_extension(id);
  if (extension == nullptr) return differs({messages::extension_missing, name});
  TRY_ASSIGN(const pki::ByteView content, decode_crl_number(extension->value));
  return pki::der::decode_unsigned(content);
}

pki::Result<void> check_head(const ListClaim& claim, const DecodedCrl& crl) {
  const registry::CrlRecord& record = claim.record;
  if (crl.version != 2) return differs(messages::version_not_2);
  if (crl.writes_empty_entries) return differs(messages::empty_entries);
  if (!pki::equal(crl.issuer, claim.issuer.subject)) return differs(messages::issuer_differs);
  if (crl.this_update != record.this_update || crl.next_update != record.next_update)
    return differs(messages::times_differ);
  if (record.next_update <= record.this_update) return differs(messages::next_not_later);
  const pki::Extension* aki = crl.find_extension(pki::oids::kAuthorityKeyIdentifier);
  if (aki == nullptr || aki->critical) return differs(messages::key_identifier_missing);
  TRY_ASSIGN(const std::optional<pki::ByteView> identifier, decode_key_identifier(aki->value));
  if (!identifier || !pki::equal(*identifier, claim.issuer.key_identifier))
    return differs(messages::key_identifier_differs);
  TRY_ASSIGN(const std::uint64_t number, number_in(crl, pki::oids::kCrlNumber, "cRLNumber"));
  if (number != record.number) return differs(messages::number_differs);
  if (claim.previous_complete && claim.previous_complete->number >= number)
    return differs(messages::number_not_grown);
  return {};
}

// The list that is current must have a smaller number, unless it is this very one.
pki::Result<void> check_growth(const store::ReadTransaction& snapshot, const registry::CrlRecord& record) {
  const auto current = registry::current_crl(snapshot, record.scope, record.kind);
  if (!current || current->number < record.number) return {};
  if (current->number == record.number && current->file == record.file && current->offset == record.offset)
    return {};
  return differs(messages::greater_number_current);
}

// deltaCRLIndicator and freshestCRL: each in one of the two kinds alone.
pki::Result<void> check_kind(const ListClaim& claim, const DecodedCrl& crl) {
  const registry::CrlScope& scope = claim.record.scope;
  const pki::Extension* indicator = crl.find_extension(pki::oids::kDeltaCrlIndicator);
  const pki::Extension* freshest = crl.find_extension(pki::oids::kFreshestCrl);
  const bool is_arl = claim.record.kind == registry::CrlKind::arl;
  const std::size_t expected = is_arl || scope.point.is_whole_generation() ? 3 : 4;
  if (crl.extensions.size() != expected) return differs(messages::other_extensions);
  // With AKI, cRLNumber and the IDP that check_scope() finds, that makes three.
  if (is_arl) return {};
  if (claim.record.kind == registry::CrlKind::delta) {
    if (!claim.previous_complete) return differs(messages::base_not_released);
    if (!registry::have_same_scope(claim.record, *claim.previous_complete))
      return differs(messages::base_of_other_generations);
    if (indicator == nullptr || !indicator->critical) return differs(messages::indicator_missing);
    TRY_ASSIGN(const std::uint64_t base, number_in(crl, pki::oids::kDeltaCrlIndicator, "deltaCRLIndicator"));
    if (base != claim.previous_complete->number || claim.record.base_number != base)
      return differs(messages::indicator_differs);
    return {};
  }
  if (freshest == nullptr || freshest->critical) return differs(messages::freshest_missing);
  TRY_ASSIGN(const std::vector<std::string> uris, pki::distribution_point_uris(freshest->value));
  const std::string folder = scope.point.is_whole_generation() ? "" : to_string(scope.point) + "/";
  const std::string uri =
      claim.issuer.record.public_url + "/crl/" + to_string(scope.issuer) + "/" + folder + "delta.crl";
  if (uris.size() != 1 || uris.front() != uri) return differs({messages::freshest_differs, uri});
  return {};
}

// DistributionPointName [0] { fullName [0] { directoryName [4], uniformResourceIdentifier [6] } }
pki::Result<pki::DistributionPointNames> decode_names(pki::ByteView encoding) {
  pki::der::Reader outer(encoding);
  TRY_ASSIGN(pki::der::Reader point_name, outer.enter(tag::context_constructed(0)));
  TRY_ASSIGN(pki::der::Reader full_name, point_name.enter(tag::context_constructed(0)));
  TRY(point_name.finish());
  pki::DistributionPointNames names;
  TRY_ASSIGN(const pki::der::Element directory_name, full_name.read(tag::context_constructed(4)));
  TRY_ASSIGN(names.directory_name, pki::Name::decode(directory_name.content));
  TRY_ASSIGN(const std::optional<pki::der::Element> uri, full_name.read_optional(tag::context(6)));
  if (uri) names.uri = std::string(pki::as_text(uri->content));
  TRY(full_name.finish());
  return names;
}

// onlyContainsCACerts and nothing else.
pki::Result<void> check_arl_scope(const pki::Extension* extension) {
  if (extension == nullptr || !extension->critical) return differs(messages::point_missing);
  TRY_ASSIGN(const DecodedIssuingDistributionPoint point,
             decode_issuing_distribution_point(extension->value));
  const bool has_others = point.only_contains_user_certs || point.only_contains_attribute_certs ||
                          point.indirect_crl || point.only_some_reasons || !point.name.empty();
  if (!point.only_contains_ca_certs || has_others) return differs(messages::point_of_cas_differs);
  return {};
}

// The base's IDP passed the same test against the same frozen names, so base and delta agree.
pki::Result<void> check_scope(const store::ReadTransaction& snapshot, const registry::CrlRecord& record,
                              const DecodedCrl& crl) {
  const registry::CrlScope& scope = record.scope;
  const pki::Extension* extension = crl.find_extension(pki::oids::kIssuingDistributionPoint);
  if (record.kind == registry::CrlKind::arl) return check_arl_scope(extension);
  if (scope.point.is_whole_generation()) {
    if (extension != nullptr) return differs(messages::point_in_whole_list);
    return {};
  }
  if (extension == nullptr || !extension->critical) return differs(messages::point_missing);
  TRY_ASSIGN(const DecodedIssuingDistributionPoint point,
             decode_issuing_distribution_point(extension->value));
  if (!point.only_contains_user_certs || point.only_contains_ca_certs ||
      point.only_contains_attribute_certs || point.indirect_crl || point.only_some_reasons)
    return differs(messages::point_flags_differ);
  TRY_ASSIGN(const pki::DistributionPointNames names, decode_names(point.name));
  if (names != registry::find_point_names(snapshot, scope.issuer, scope.point))
    return differs(messages::point_names_differ);
  return {};
}

// What the record says of its list's coverage: every generation that shares the scope's name at the list's
// release, and never less than its own.
pki::Result<void> check_coverage(const store::ReadTransaction& snapshot, const ListClaim& claim) {
  const registry::CrlRecord& record = claim.record;
  for (const registry::Covered& one : record.covered)
    if (one.sequence > registry::last_change_sequence(snapshot, {record.scope.issuer.ca, one.generation}))
      return differs(messages::covers_unknown_changes);
  if (!registry::covered_sequence(record.covered, record.scope.issuer.generation))
    return differs(messages::covers_not_its_own);
  const bool is_released = registry::find_crl(snapshot, record.scope, record.kind, record.number).has_value();
  const bool covers_all = std::ranges::equal(registry::generations_of(snapshot, record.scope), record.covered,
                                             {}, {}, &registry::Covered::generation);
  if (!is_released && claim.age == ListAge::newest &&
      !(covers_all && record.meaning == registry::CrlMeaning::name))
    return differs(messages::covers_not_all);
  return {};
}

// Everything but the entries.
pki::Result<void> check_frame(const store::ReadTransaction& snapshot, const ListClaim& claim,
                              const DecodedCrl& crl) {
  TRY(check_head(claim, crl));
  if (claim.age == ListAge::newest) TRY(check_growth(snapshot, claim.record));
  TRY(check_coverage(snapshot, claim));
  TRY(check_kind(claim, crl));
  return check_scope(snapshot, claim.record, crl);
}

pki::Result<void> verify_signature(const registry::DecodedIssuer& issuer, const DecodedCrl& crl,
                                   pki::ByteView digest) {
  const auto algorithm = pki::signature_algorithm_from(crl.signature_algorithm);
  if (!algorithm || *algorithm != issuer.algorithm) return differs(messages::algorithm_differs);
  if (!issuer.verification_key.verify_digest(*algorithm, digest, crl.signature))
    return differs(messages::signature_wrong);
  return {};
}

}  // namespace

pki::Result<void> check_content(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                pki::ByteView tbs) {
  TRY_ASSIGN(const DecodedCrl crl, decode_tbs_cert_list(tbs));
  TRY(check_frame(snapshot, claim, crl));
  return check_entries(snapshot, claim, crl);
}

pki::Result<void> check_content_in_parts(const PartedList& list,
                                         std::span<const store::ReadTransaction> snapshots,
                                         const std::function<void()>& meanwhile) {
  TRY_ASSIGN(const DecodedCrl crl, decode_tbs_cert_list(list.tbs));
  TRY(check_frame(snapshots.front(), list.claim, crl));
  EntriesInParts entries(snapshots, list.claim, crl.entries, list.cuts);
  in_parallel(snapshots.size(), [&](std::size_t thread) {
    if (thread == 0) meanwhile();
    entries.compare(thread);
  });
  return entries.verdict();
}

bool claim_same_entries(const ListClaim& a, const ListClaim& b) {
  const auto entries_of = [](const registry::CrlRecord& record) {
    return std::tie(record.scope.issuer.ca, record.scope.point, record.kind, record.meaning,
                    record.this_update, record.covered, record.oldest_not_after, record.invalidity_dates);
  };
  if (entries_of(a.record) != entries_of(b.record)) return false;
  if (a.record.kind != registry::CrlKind::delta) return true;
  // A delta says what changed since its base, whichever key signed that.
  const auto base_of = [](const registry::CrlRecord& base) {
    return std::tie(base.number, base.this_update, base.covered, base.meaning);
  };
  return a.previous_complete && b.previous_complete &&
         base_of(*a.previous_complete) == base_of(*b.previous_complete);
}

pki::Result<void> check_content_like(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                     pki::ByteView tbs, const CheckedEntries& checked) {
  TRY_ASSIGN(const DecodedCrl crl, decode_tbs_cert_list(tbs));
  TRY(check_frame(snapshot, claim, crl));
  if (!claim_same_entries(claim, checked.claim)) return differs(messages::claims_differ);
  return check_entries_like(snapshot, claim, crl, checked);
}

pki::Result<void> check_signature(const ListClaim& claim, pki::ByteView der, pki::ByteView digest) {
  if (der.size() != claim.record.length) return differs(messages::length_differs);
  TRY_ASSIGN(const DecodedCrl crl, decode_crl(der));
  return verify_signature(claim.issuer, crl, digest);
}

pki::Result<void> check_list(const store::ReadTransaction& snapshot, const ListClaim& claim,
                             pki::ByteView der) {
  if (der.size() != claim.record.length) return differs(messages::length_differs);
  TRY_ASSIGN(const DecodedCrl crl, decode_crl(der));
  const auto hash = [&] { return pki::digest(pki::hash_of(claim.issuer.algorithm), crl.tbs); };
  std::future<pki::Bytes> digest =
      std::async(der.size() > kWorthAThread ? std::launch::async : std::launch::deferred, hash);
  TRY(check_frame(snapshot, claim, crl));
  TRY(check_entries(snapshot, claim, crl));
  return verify_signature(claim.issuer, crl, digest.get());
}

}  // namespace crl
