// /v1/certificates/adoptions: certificates that a restored store has forgotten, brought back one by one.

#include "admin/api.h"
#include "ca/own_certificate.h"
#include "law/permission.h"
#include "pki/messages/admin.h"
#include "registry/compromise.h"
#include "registry/lost.h"
#include "registry/residents.h"

namespace admin {

namespace {

// Whether the resident has another one of the kind in force (Act 6, 25), issued since the restore.
bool has_another(const store::ReadTransaction& transaction, const store::Vault& vault,
                 const registry::IssuedCertificate& adopted) {
  for (const registry::CertificateId& id : registry::certificates_of(transaction, adopted.resident)) {
    const auto other = registry::find_certificate(transaction, vault, id);
    if (!other || other->kind != adopted.kind) continue;
    const auto status = registry::effective_status(transaction, id);
    if (status && (!status->revocation || status->revocation->is_hold())) return true;
  }
  return false;
}

pki::Result<Answer> adopt(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const registry::ResidentId resident, fields.required_resident("resident"));
  TRY_ASSIGN(const auto der, fields.base64("certificate"));
  if (!der) return pki::invalid("certificate", messages::field_certificate_missing);
  TRY(fields.finish());
  TRY(law::check_may_administer(call.actor()));
  TRY_ASSIGN(registry::IssuedCertificate certificate,
             ca::read_own_certificate(call.services.environment.read(), call.services.authority, *der));
  certificate.resident = resident;
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(
      call.actor(), "certificate adopt", answer, [&](store::CommandContext& context) -> pki::Result<void> {
        const std::string id = to_string(certificate.id);
        if (!registry::find_lost(context.transaction, certificate.id))
          return pki::fail(pki::Errc::conflict, {messages::certificate_not_lost, id});
        if (!registry::find_resident(context.transaction, call.services.vault, resident))
          return pki::fail(pki::Errc::not_found, {messages::adoption_without_resident, to_string(resident)});
        if (has_another(context.transaction, call.services.vault, certificate))
          return pki::fail(pki::Errc::conflict, messages::adoption_has_another);
        registry::adopt_lost(context.transaction, call.services.vault, certificate, context.now);
        context.subjects = {"certificate " + id, "resident " + to_string(resident)};
        const auto status = registry::effective_status(context.transaction, certificate.id).value();
        answer.body = json::object{{"certificate", id},
                                   {"resident", to_string(resident)},
                                   {"kind", pki::to_string(certificate.kind)},
                                   {"state", !status.revocation             ? "good"
                                             : status.revocation->is_hold() ? "held"
                                                                            : "revoked"}};
        return {};
      }));
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> adoption_endpoints() {
  return {{{http::Method::post, "/v1/certificates/adoptions", Action::adopt}, adopt}};
}

}  // namespace admin
