// /v1/certificates: issue from a PKCS#10 request, look-up, list of a resident.

#include "admin/api.h"
#include "law/mobile.h"
#include "law/permission.h"
#include "pki/certificate.h"
#include "pki/messages/admin.h"
#include "pki/repertoire.h"
#include "registry/compromise.h"
#include "registry/residents.h"

namespace admin {

namespace {

json::object status_to_json(const registry::Status& status) {
  json::object body{{"kind", pki::to_string(status.kind)},
                    {"state", !status.revocation             ? "good"
                              : status.revocation->is_hold() ? "held"
                                                             : "revoked"},
                    {"distribution_point", pki::to_string(status.point)},
                    {"not_after", pki::to_rfc3339(status.not_after)},
                    {"changed_at", pki::to_rfc3339(status.changed_at)}};
  if (status.revocation) {
    body["revoked_at"] = pki::to_rfc3339(status.revocation->date);
    body["reason"] = pki::to_string(status.revocation->reason);
  }
  return body;
}

json::object certificate_to_json(const registry::IssuedCertificate& certificate,
                                 const registry::Status& status) {
  json::object body = status_to_json(status);
  body["certificate"] = to_string(certificate.id);
  body["issuer"] = to_string(certificate.id.issuer);
  body["serial"] = pki::to_string(certificate.id.serial);
  body["resident"] = to_string(certificate.resident);
  body["not_before"] = pki::to_rfc3339(certificate.not_before);
  body["der"] = pki::to_base64(certificate.der);
  return body;
}

// The numbers of the certificates that stand and fall together (Act 18(4), 37(3)): the card's one under a
// mobile one, the mobile ones over a card's.
void add_counterparts(json::object& body, const store::ReadTransaction& transaction,
                      const store::Vault& vault, const registry::IssuedCertificate& certificate) {
  if (pki::is_mobile(certificate.kind)) {
    const auto card = law::card_certificate_of(transaction, vault, certificate);
    body["card_certificate"] = card ? json::value(to_string(*card)) : nullptr;
    return;
  }
  json::array mobile;
  for (const registry::CertificateId& id : law::mobile_certificates_of(transaction, vault, certificate))
    mobile.push_back(json::value(to_string(id)));
  body["mobile_certificates"] = std::move(mobile);
}

pki::Result<ca::IssueRequest> read_issue(const RequestContext& call) {
  FieldReader fields(call.body);
  ca::IssueRequest request;
  TRY_ASSIGN(request.resident, fields.required_resident("resident"));
  TRY_ASSIGN(const std::string kind, fields.required_text("kind"));
  const auto parsed_kind = pki::parse_certificate_kind(kind);
  if (!parsed_kind) return pki::invalid("kind", messages::certificate_kind_form);
  request.kind = *parsed_kind;
  TRY_ASSIGN(auto csr, fields.base64("csr"));
  if (!csr) return pki::invalid("csr", messages::field_csr_missing);
  request.certification_request = std::move(*csr);
  TRY_ASSIGN(auto application, fields.base64("application"));
  if (application) request.application = std::move(*application);
  TRY_ASSIGN(const bool renew, fields.flag("renew"));
  request.mode = renew ? ca::IssueMode::renewal : ca::IssueMode::initial;
  TRY_ASSIGN(const auto name, fields.text("name_substitute"));
  TRY_ASSIGN(const auto address, fields.text("address_substitute"));
  request.name_substitute = name.value_or("");
  request.address_substitute = address.value_or("");
  TRY(pki::check_substitute("name_substitute", request.name_substitute));
  TRY(pki::check_substitute("address_substitute", request.address_substitute));
  TRY_ASSIGN(const auto reason, fields.text("reason"));
  if (reason) {
    TRY_ASSIGN(request.other_municipality_reason,
               law::parse_other_municipality_reason(*reason, pki::ca_of(request.kind)));
  }
  TRY(fields.finish());
  return request;
}

// Who acts. For one municipality it is decided before the request is looked at, and in the same way for
// someone who is registered nowhere, that it does not learn who is registered in another.
pki::Result<registry::Actor> issuer_for(const RequestContext& call, const ca::IssueRequest& request) {
  const auto transaction = call.services.environment.read();
  const auto resident = registry::find_resident(transaction, call.services.vault, request.resident);
  TRY_ASSIGN(registry::Actor actor,
             call.actor_for_resident(resident ? std::optional(resident->municipality) : std::nullopt));
  if (actor.municipality) {
    const registry::Resident whose = resident.value_or(registry::Resident{});
    TRY(law::check_may_issue(law::acting_for(transaction, actor, whose.municipality), whose,
                             request.other_municipality_reason));
  }
  return actor;
}

pki::Result<Answer> issue(const RequestContext& call) {
  TRY(require_believed_clock(call.services));
  TRY_ASSIGN(ca::IssueRequest request, read_issue(call));
  TRY_ASSIGN(request.actor, issuer_for(call, request));
  request.claim = call.idempotency();
  Answer answer{.status = 201, .body = {}};
  request.answer = [&](const registry::IssuedCertificate& certificate, const registry::Status& status) {
    json::object body = certificate_to_json(certificate, status);
    body["ca"] = pki::to_base64(call.services.authority.find(certificate.id.issuer)->certificate());
    answer.body = std::move(body);
    return json::serialize(answer.body);
  };
  const auto issued = call.services.issuance.issue(request);
  if (!issued) {
    pki::Error error = issued.error();
    // What is wrong with the request is a wrong value of the field that carries it.
    if (error.code == pki::Errc::malformed || error.code == pki::Errc::unsupported)
      error = pki::invalid("csr", error.message);
    return error;
  }
  return answer;
}

pki::Result<registry::CertificateId> read_id(const RequestContext& call,
                                             const store::ReadTransaction& transaction) {
  const std::string& issuer_text = call.parameters.at(0);
  const auto serial = pki::parse_serial(call.parameters.at(1));
  if (!serial) return pki::invalid("serial", messages::serial_form);
  if (const auto issuer = registry::parse_issuer_id(issuer_text))
    return registry::CertificateId{*issuer, *serial};
  const auto ca = pki::parse_ca_name(issuer_text);
  if (!ca) return pki::invalid("ca", messages::ca_name_form);
  // A CA name alone: serials are unique over its generations.
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    if (issuer.id.ca == *ca && registry::find_status(transaction, {issuer.id, *serial}))
      return registry::CertificateId{issuer.id, *serial};
  return pki::fail(pki::Errc::not_found,
                   {messages::certificate_not_issued, issuer_text, call.parameters.at(1)});
}

// A certificate names its holder. Its record may outlive the resident's, and then belongs to no municipality.
pki::Result<void> look_at(const RequestContext& call, const store::ReadTransaction& transaction,
                          registry::ResidentId id, std::string what, std::string subject) {
  const auto resident = registry::find_resident(transaction, call.services.vault, id);
  return call.look(resident ? resident->municipality : 0, std::move(what), std::move(subject));
}

pki::Result<Answer> show(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const auto id, read_id(call, transaction));
  const auto status = registry::effective_status(transaction, id);
  const auto certificate = registry::find_certificate(transaction, call.services.vault, id);
  if (!status || !certificate)
    return pki::fail(pki::Errc::not_found, {messages::certificate_id_not_issued, to_string(id)});
  TRY(look_at(call, transaction, certificate->resident, "certificate show", to_string(id)));
  json::object body = certificate_to_json(*certificate, *status);
  add_counterparts(body, transaction, call.services.vault, *certificate);
  return Answer{.body = std::move(body)};
}

pki::Result<Answer> list(const RequestContext& call) {
  const auto text = call.query("resident");
  if (!text) return pki::invalid("resident", messages::certificates_of_whom);
  TRY_ASSIGN(const auto resident, read_resident_id("resident", *text));
  const auto transaction = call.services.environment.read();
  TRY(look_at(call, transaction, resident, "certificate list", "resident " + to_string(resident)));
  json::array certificates;
  for (const auto& id : registry::certificates_of(transaction, resident)) {
    const auto certificate = registry::find_certificate(transaction, call.services.vault, id);
    const auto status = registry::effective_status(transaction, id);
    if (certificate && status) certificates.push_back(certificate_to_json(*certificate, *status));
  }
  return Answer{.body = json::object{{"certificates", std::move(certificates)}}};
}

}  // namespace

std::vector<ApiEndpoint> certificate_endpoints() {
  return {{{http::Method::post, "/v1/certificates", Action::issue}, issue},
          {{http::Method::get, "/v1/certificates", Action::read_register, {"resident"}}, list},
          {{http::Method::get, "/v1/certificates/{ca}/{serial}", Action::read_register}, show}};
}

}  // namespace admin
