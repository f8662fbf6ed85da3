// Verifiers to JSON.

#include "admin/verifier_json.h"

#include "admin/approvals.h"
#include "admin/verifier_agreement.h"
#include "pki/messages/admin.h"
#include "pki/network.h"

namespace admin {

namespace {

using verifier::Verifier;
using verifier::VerifierClass;

// The certification that counts today, and the one that follows it.
void add_certification(json::object& entry, const verifier::ClassSteps& steps, pki::Date today) {
  const auto term = verifier::certification_on(steps, today);
  const bool is_planned = steps.renewal && steps.renewal->from > today;
  entry["certified"] = term ? json::value(pki::to_string(term->from)) : json::value(nullptr);
  entry["certified_until"] = date_or_null(term ? term->until : std::nullopt);
  entry["certified_next"] =
      is_planned ? json::value(pki::to_string(steps.renewal->from)) : json::value(nullptr);
}

}  // namespace

json::object classes_to_json(const Verifier& verifier, const verifier::Standing& standing, pki::Date today) {
  json::object classes;
  for (const auto& [verifier_class, steps] : verifier.classes) {
    json::object entry{
        {"active", standing.active.contains(verifier_class)},
        {"pinless", verifier_class == VerifierClass::specific_authentication && standing.pinless},
        {"notified", date_or_null(steps.notified)},
        {"confirmers", nullptr},
        {"agreed", date_or_null(steps.agreed)},
        {"agreed_until", date_or_null(steps.agreed_until)}};
    if (!steps.confirmers.empty()) entry["confirmers"] = steps.confirmers;
    add_certification(entry, steps, today);
    add_approvals(entry, steps, today);
    // What a cancelled verifier had been approved for stays on record, but holds no more.
    if (verifier.cancelled && *verifier.cancelled <= today)
      for (json::value& approval : entry["approvals"].as_array())
        approval.as_object()["in_force"] = false;
    classes[to_string(verifier_class)] = std::move(entry);
  }
  return classes;
}

json::object to_json(const Verifier& verifier, pki::Time now, pki::Language language) {
  const verifier::Standing standing = verifier::standing_of(verifier, now);
  json::array networks;
  for (const pki::Network& network : verifier.networks)
    networks.push_back(json::value(to_string(network)));
  json::array request_cas, request_ca_names;
  for (const pki::Bytes& der : verifier.request_cas) {
    const RequestCaName name = name_request_ca(der);
    request_cas.push_back(json::value(pki::to_base64(der)));
    request_ca_names.push_back(json::object{{"subject", name.subject}, {"sha256", name.sha256}});
  }
  json::array refused_signers;
  for (const pki::Bytes& serial : verifier.refused_signers)
    refused_signers.push_back(json::value(pki::to_hex(serial)));
  return {{"id", std::to_string(verifier.id)},
          {"name", verifier.name},
          {"private", verifier.sector == verifier::Sector::private_sector},
          {"classes", classes_to_json(verifier, standing, pki::jst_date(now))},
          {"networks", std::move(networks)},
          {"signature", verifier.by_signature},
          {"ca", std::move(request_cas)},
          {"ca_names", std::move(request_ca_names)},
          {"refused_signers", std::move(refused_signers)},
          {"tls", verifier.by_tls},
          {"suspended_from", verifier.suspension ? date_or_null(verifier.suspension->from) : nullptr},
          {"suspended_until", verifier.suspension ? date_or_null(verifier.suspension->until) : nullptr},
          {"cancelled", date_or_null(verifier.cancelled)},
          {"explanation", standing.explanation.in(language)}};
}

pki::Result<std::vector<VerifierClass>> read_classes(FieldReader& fields) {
  TRY_ASSIGN(const auto texts, fields.texts("class"));
  std::vector<VerifierClass> classes;
  for (const std::string& text : texts) {
    const auto parsed = verifier::parse_verifier_class(text);
    if (!parsed) return pki::invalid("class", messages::verifier_classes_form);
    classes.push_back(*parsed);
  }
  return classes;
}

}  // namespace admin
