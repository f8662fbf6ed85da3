// /v1/certificates/adoptions: certificates that a restored store has forgotten, brought back one by one.

#include "admin/api.h"
#include "ca/own_certificate.h"
#include "law/adoption.h"
#include "law/eligibility.h"
#include "law/permission.h"
#include "pki/messages/admin.h"
#include "registry/compromise.h"
#include "registry/lost.h"
#include "registry/reported_keys.h"
#include "registry/residents.h"

namespace admin {

namespace {

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
        if (!registry::find_lost_of_name(context.transaction, certificate.id))
          return pki::fail(pki::Errc::conflict, {messages::certificate_not_lost, id});
        const auto holder = registry::find_resident(context.transaction, call.services.vault, resident);
        if (!holder)
          return pki::fail(pki::Errc::not_found, {messages::adoption_without_resident, to_string(resident)});
        TRY_ASSIGN(const auto judgement, law::judge_lost_certificate(context.transaction, call.services.vault,
                                                                     certificate, *holder, context.now));
        const auto& reason = judgement.reason;
        const bool stays = !reason || reason == pki::CrlReason::certificate_hold;
        // Act 6, 25.
        if (stays && law::certificate_in_force(context.transaction, resident, certificate.kind, context.now))
          return pki::fail(pki::Errc::conflict, messages::adoption_has_another);
        registry::adopt_lost(context.transaction, call.services.vault, certificate, reason, context.now);
        law::note_in_clocks(context, call.services.vault, certificate, judgement.order);
        context.subjects = {"certificate " + id, "resident " + to_string(resident)};
        const auto status = registry::effective_status(context.transaction, certificate.id).value();
        if (status.revocation && status.revocation->reason == pki::CrlReason::key_compromise)
          registry::report_key(context.transaction, certificate, context.now);
        answer.body =
            json::object{{"certificate", id},
                         {"resident", to_string(resident)},
                         {"kind", pki::to_string(certificate.kind)},
                         {"state", !status.revocation             ? "good"
                                   : status.revocation->is_hold() ? "held"
                                                                  : "revoked"},
                         {"reason", status.revocation ? json::value(pki::to_string(status.revocation->reason))
                                                      : json::value(nullptr)}};
        if (status.revocation)
          context.subjects.push_back("reason " + std::string(pki::to_string(status.revocation->reason)));
        return {};
      }));
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> adoption_endpoints() {
  return {{{http::Method::post, "/v1/certificates/adoptions", Action::adopt}, adopt}};
}

}  // namespace admin
