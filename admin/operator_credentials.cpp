// /v1/operators/{name}/credentials, and operators as JSON.

#include <algorithm>

#include "admin/api.h"
#include "admin/operator_json.h"
#include "admin/pinned_record.h"
#include "ca/operator_credential.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"

namespace admin {

namespace {

using registry::Operator;
using registry::OperatorCredential;

json::object credential_to_json(const OperatorCredential& credential, pki::Time now) {
  json::object body{{"serial", pki::to_string(credential.serial)},
                    {"state", credential.revoked            ? "revoked"
                              : credential.is_in_force(now) ? "good"
                                                            : "expired"},
                    {"not_before", pki::to_rfc3339(credential.not_before)},
                    {"not_after", pki::to_rfc3339(credential.not_after)},
                    {"revoked_at", nullptr},
                    {"der", pki::to_base64(credential.certificate)}};
  if (credential.revoked) body["revoked_at"] = pki::to_rfc3339(*credential.revoked);
  return body;
}

// Whether a user of this machine is this operator, who then needs no credential.
bool is_local(const RequestContext& call, const std::string& name) {
  return std::ranges::any_of(call.services.local.operators,
                             [&](const auto& user) { return user.second == name; });
}

// Everyone renews his own; for others an officer does.
pki::Result<void> may_issue_for(const RequestContext& call, std::string_view name) {
  if (call.actor().operator_name == name || reach_of(call.actor().role, call.action) == Reach::everywhere)
    return {};
  return pki::fail(pki::Errc::forbidden, messages::credential_of_another);
}

// Whether the operator, as it is now, is the one that was seen and may have one more.
pki::Result<void> may_receive(const RequestContext& call, const std::string& name,
                              const std::optional<std::string>& seen) {
  const auto snapshot = call.services.environment.read();
  TRY_ASSIGN(const Operator present, registry::get_operator(snapshot, name));
  TRY(check_record(seen, digest_of_operator(snapshot, name), "operator " + name));
  return registry::may_receive_credential(present, call.services.clock.now());
}

pki::Result<Answer> issue(const RequestContext& call) {
  const std::string& name = call.parameters.at(0);
  TRY(may_issue_for(call, name));
  TRY(require_believed_clock(call.services));
  FieldReader fields(call.body);
  TRY_ASSIGN(auto csr, fields.base64("csr"));
  if (!csr) return pki::invalid("csr", messages::field_csr_missing);
  TRY_ASSIGN(const auto seen, fields.text(kRecordDigest));
  TRY(fields.finish());
  TRY(may_receive(call, name, seen));
  if (const auto checked = ca::check_operator_request(*csr); checked.has_error())
    return pki::invalid("csr", checked.error().message);
  TRY(require_own_key(call.services.environment.read(), name, *csr));
  const std::string key_hash = key_hash_of(*csr);
  TRY_ASSIGN(const OperatorCredential credential, sign_credential(call, name, std::move(*csr)));
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(call.actor(), "operator credential issue", answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(Operator entry, registry::get_operator(context.transaction, name));
                     TRY(check_record(seen, digest_of_operator(context.transaction, name),
                                      "operator " + name));
                     TRY(registry::may_receive_credential(entry, context.now));
                     entry.credentials.push_back(credential);
                     registry::put_operator(context.transaction, entry);
                     context.subjects = subjects_of(entry);
                     json::object body = to_json(entry, context.now);
                     append_credential(body, call, credential);
                     body["key_sha256"] = key_hash;
                     answer.body = std::move(body);
                     return {};
                   }));
  return answer;
}

pki::Result<Answer> list(const RequestContext& call) {
  TRY_ASSIGN(const Operator entry,
             registry::get_operator(call.services.environment.read(), call.parameters.at(0)));
  json::object body{
      {"credentials", to_json(entry, call.services.clock.now()).at("credentials")},
      {"ca", pki::to_base64(call.services.authority.current(pki::CaName::operations).certificate())}};
  return Answer{.body = std::move(body)};
}

pki::Result<Answer> revoke(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY(fields.finish());
  const std::string &name = call.parameters.at(0), &text = call.parameters.at(1);
  const auto serial = pki::parse_serial(text);
  Answer answer;
  TRY(call.execute(
      call.actor(), "operator credential revoke", answer,
      [&](store::CommandContext& context) -> pki::Result<void> {
        TRY_ASSIGN(Operator entry, registry::get_operator(context.transaction, name));
        const auto found = std::ranges::find_if(entry.credentials, [&](const OperatorCredential& credential) {
          return serial && credential.serial.value == serial->value;
        });
        if (found == entry.credentials.end())
          return pki::fail(pki::Errc::not_found, {messages::operator_credential_unknown, name, text});
        if (found->revoked) return pki::fail(pki::Errc::conflict, messages::credential_revoked_already);
        const bool is_only = found->is_in_force(context.now) && entry.credentials_in_force(context.now) == 1;
        if (is_only && entry.is_enabled && !is_local(call, name))
          TRY(require_others_who_can_act(call, context.transaction, entry));
        found->revoked = context.now;
        registry::put_operator(context.transaction, entry);
        context.subjects = {"operator " + name, "credential " + text};
        answer.body = to_json(entry, context.now);
        return {};
      }));
  return answer;
}

}  // namespace

json::object to_json(const Operator& entry, pki::Time now) {
  json::array roles, credentials;
  for (const registry::Grant& grant : entry.grants)
    roles.push_back(json::value(to_string(grant)));
  for (const OperatorCredential& credential : entry.credentials)
    credentials.push_back(credential_to_json(credential, now));
  return {{"name", entry.name},
          {"roles", std::move(roles)},
          {"state", entry.is_enabled ? "enabled" : "disabled"},
          {"added_at", pki::to_rfc3339(entry.added_at)},
          {"credentials", std::move(credentials)}};
}

void append_credential(json::object& body, const RequestContext& call, const OperatorCredential& credential) {
  body["serial"] = pki::to_string(credential.serial);
  body["not_after"] = pki::to_rfc3339(credential.not_after);
  body["der"] = pki::to_base64(credential.certificate);
  body["ca"] = pki::to_base64(call.services.authority.current(pki::CaName::operations).certificate());
}

pki::Result<OperatorCredential> sign_credential(const RequestContext& call, const std::string& name,
                                                pki::Bytes certification_request) {
  if (call.is_preview) return OperatorCredential{};
  return ca::sign_operator_credential(call.services.writer, call.services.authority,
                                      {name, std::move(certification_request)}, call.services.clock.now());
}

pki::Result<void> require_others_who_can_act(const RequestContext& call,
                                             const store::ReadTransaction& transaction,
                                             const Operator& entry) {
  const pki::Time now = call.services.clock.now();
  const auto can_act = [&](const Operator& other) {
    return other.is_enabled && (other.credentials_in_force(now) > 0 || is_local(call, other.name));
  };
  const auto operators = registry::all_operators(transaction);
  for (const registry::Role role : {registry::Role::officer, registry::Role::supervisor}) {
    if (!entry.has(role)) continue;
    const bool is_last = std::ranges::none_of(operators, [&](const Operator& other) {
      return other.name != entry.name && other.has(role) && can_act(other);
    });
    if (is_last)
      return pki::fail(pki::Errc::conflict, {messages::last_who_can_act, entry.name, to_string(role)});
  }
  return {};
}

pki::Result<void> require_own_key(const store::ReadTransaction& transaction, const std::string& name,
                                  pki::ByteView certification_request) {
  TRY_ASSIGN(const pki::CertificationRequest csr, pki::verify_certification_request(certification_request));
  for (const Operator& other : registry::all_operators(transaction))
    for (const OperatorCredential& credential : other.credentials) {
      const auto certificate = pki::Certificate::decode(credential.certificate);
      if (other.name != name && certificate &&
          pki::equal(certificate->subject_public_key_info(), csr.subject_public_key_info))
        return pki::fail(pki::Errc::conflict, {messages::key_of_another_operator, other.name});
    }
  return {};
}

std::string key_hash_of(pki::ByteView certification_request) {
  const auto csr = pki::verify_certification_request(certification_request);
  return csr ? pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, csr->subject_public_key_info)) : "";
}

std::vector<std::string> subjects_of(const Operator& entry) {
  std::vector<std::string> subjects = {"operator " + entry.name};
  for (const registry::Grant& grant : entry.grants)
    subjects.push_back("role " + to_string(grant));
  if (!entry.credentials.empty())
    subjects.push_back("credential " + pki::to_string(entry.credentials.back().serial));
  return subjects;
}

std::vector<ApiEndpoint> operator_credential_endpoints() {
  using enum http::Method;
  return {{{post, "/v1/operators/{name}/credentials", Action::renew_credential}, issue},
          {{get, "/v1/operators/{name}/credentials", Action::read_operators}, list},
          {{post, "/v1/operators/{name}/credentials/{serial}/revoke", Action::change_operators}, revoke}};
}

}  // namespace admin
