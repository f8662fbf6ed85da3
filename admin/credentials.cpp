// /v1/verifiers/{id}/credentials: the certificates by which a verifier is recognised.

#include "verifier/credentials.h"
#include "admin/api.h"
#include "admin/verifier_lookup.h"
#include "ca/credential.h"
#include "law/permission.h"
#include "pki/messages/admin.h"
#include "verifier/credential_revocation.h"

namespace admin {

namespace {

using verifier::Credential;

json::object to_json(const Credential& credential, pki::Time now) {
  json::object body{{"serial", pki::to_string(credential.serial)},
                    {"verifier", std::to_string(credential.verifier)},
                    {"for", to_string(credential.use)},
                    {"purpose", credential.purpose},
                    {"terminal", nullptr},
                    {"state", credential.revoked            ? "revoked"
                              : credential.is_in_force(now) ? "good"
                                                            : "expired"},
                    {"not_before", pki::to_rfc3339(credential.not_before)},
                    {"not_after", pki::to_rfc3339(credential.not_after)},
                    {"revoked_at", nullptr},
                    {"erased", nullptr}};
  if (!credential.terminal.empty()) body["terminal"] = credential.terminal;
  if (credential.revoked) body["revoked_at"] = pki::to_rfc3339(*credential.revoked);
  if (credential.erased) body["erased"] = pki::to_string(*credential.erased);
  return body;
}

// What the agreement lacks for the credential to be of use; empty when nothing does.
pki::Message note_for(const verifier::Verifier& verifier, verifier::CredentialUse use) {
  if (use == verifier::CredentialUse::tls && !verifier.by_tls)
    return {messages::note_agree_tls, std::to_string(verifier.id)};
  if (use == verifier::CredentialUse::signature && !verifier.by_signature)
    return {messages::note_agree_signature, std::to_string(verifier.id)};
  return {};
}

pki::Result<ca::CredentialRequest> read_request(const RequestContext& call) {
  FieldReader fields(call.body);
  ca::CredentialRequest request;
  TRY_ASSIGN(const std::string use, fields.required_text("for"));
  const auto parsed = verifier::parse_credential_use(use);
  if (!parsed) return pki::invalid("for", messages::credential_use_form);
  request.use = *parsed;
  TRY_ASSIGN(auto csr, fields.base64("csr"));
  if (!csr) return pki::invalid("csr", messages::field_csr_missing);
  request.certification_request = std::move(*csr);
  TRY_ASSIGN(const auto terminal, fields.text("terminal"));
  TRY_ASSIGN(const auto purpose, fields.text("purpose"));
  request.terminal = terminal.value_or("");
  request.purpose = purpose.value_or("");
  TRY(fields.finish());
  return request;
}

pki::Result<Answer> issue(const RequestContext& call) {
  TRY(require_believed_clock(call.services));
  TRY_ASSIGN(ca::CredentialRequest request, read_request(call));
  TRY(law::check_may_administer(call.actor()));
  TRY_ASSIGN(const verifier::Verifier verifier,
             verifier_named(call.services.environment.read(), call.parameters.at(0)));
  request.verifier = verifier.id;
  request.actor = call.actor();
  Answer answer{.status = 201, .body = {}};
  request.claim = call.idempotency();
  request.answer = [&](const Credential& credential, pki::Time now) {
    json::object body = to_json(credential, now);
    body["der"] = pki::to_base64(credential.certificate);
    body["ca"] = pki::to_base64(call.services.authority.current(pki::CaName::operations).certificate());
    if (const pki::Message note = note_for(verifier, credential.use); !note.empty())
      body["note"] = note.in(language_of(call.request));
    answer.body = std::move(body);
    return json::serialize(answer.body);
  };
  const auto issued = ca::issue_credential({.writer = call.services.writer,
                                            .vault = call.services.vault,
                                            .authority = call.services.authority,
                                            .clock = call.services.clock},
                                           request);
  if (!issued) {
    pki::Error error = issued.error();
    // What is wrong with the request is a wrong value of the field that carries it.
    if (error.code == pki::Errc::malformed || error.code == pki::Errc::unsupported)
      return pki::invalid("csr", error.message);
    return error;
  }
  return answer;
}

pki::Result<Answer> list(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const verifier::Verifier verifier, verifier_named(transaction, call.parameters.at(0)));
  json::array credentials;
  for (const Credential& credential : verifier::credentials_of(transaction, verifier.id)) {
    json::object one = to_json(credential, call.services.clock.now());
    one["der"] = pki::to_base64(credential.certificate);
    credentials.push_back(std::move(one));
  }
  return Answer{.body = json::object{{"credentials", std::move(credentials)}}};
}

pki::Result<pki::SerialNumber> serial_parameter(const std::string& text) {
  const auto serial = pki::parse_serial(text);
  if (!serial) return pki::fail(pki::Errc::not_found, {messages::credential_unknown, text});
  return *serial;
}

// Runs a change of one credential as a command.
template <typename Change>
pki::Result<Answer> change(const RequestContext& call, const char* action, Change&& function) {
  TRY(law::check_may_administer(call.actor()));
  TRY_ASSIGN(const pki::SerialNumber serial, serial_parameter(call.parameters.at(1)));
  Answer answer;
  TRY(call.execute(call.actor(), action, answer, [&](store::CommandContext& context) -> pki::Result<void> {
    TRY_ASSIGN(const verifier::Verifier verifier, verifier_named(context.transaction, call.parameters.at(0)));
    context.subjects = {"verifier " + std::to_string(verifier.id)};
    TRY_ASSIGN(const Credential credential, function(context, verifier.id, serial));
    answer.body = to_json(credential, context.now);
    return {};
  }));
  return answer;
}

pki::Result<Answer> revoke(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY(fields.finish());
  return change(call, "credential revoke", verifier::revoke_credential);
}

pki::Result<Answer> erase(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const auto date, fields.date("date"));
  TRY(fields.finish());
  const pki::Date day = date.value_or(pki::jst_date(call.services.clock.now()));
  return change(call, "credential erasure",
                [day](store::CommandContext& context, std::uint64_t verifier, pki::SerialNumber serial) {
                  return verifier::record_erasure(context, verifier, serial, day);
                });
}

}  // namespace

std::vector<ApiEndpoint> credential_endpoints() {
  return {{{http::Method::post, "/v1/verifiers/{id}/credentials", Action::change_verifiers}, issue},
          {{http::Method::get, "/v1/verifiers/{id}/credentials", Action::read_verifiers}, list},
          {{http::Method::post, "/v1/verifiers/{id}/credentials/{serial}/revoke", Action::change_verifiers},
           revoke},
          {{http::Method::post, "/v1/verifiers/{id}/credentials/{serial}/erasure", Action::change_verifiers},
           erase}};
}

}  // namespace admin
