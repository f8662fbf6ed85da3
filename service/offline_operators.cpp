// Over an open authority without its services.

#include "service/offline_operators.h"

#include <unistd.h>

#include "ca/operator_credential.h"
#include "pki/messages/service.h"
#include "registry/operators.h"
#include "service/init.h"
#include "service/open_authority.h"

namespace service {

namespace {

using registry::Operator;

registry::Actor offline_actor() {
  return {.operator_name = "uid " + std::to_string(::geteuid()), .role = registry::Role::officer};
}

pki::Result<std::unique_ptr<OpenAuthority>> open_authority(const DataFolder& data, const Config& config,
                                                           std::unique_ptr<store::Environment> environment,
                                                           const pki::Clock& clock) {
  return OpenAuthority::open({.data = data,
                              .profile = config.profile,
                              .safety_folder = config.safety_folder,
                              .make_key = generate_key},
                             clock, std::move(environment));
}

// Signs a credential and records it with what `change` makes of the operator's record.
pki::Result<OfflineCredential> record(
    OpenAuthority& open, const std::string& action, const OfflineOperator& wanted,
    const std::function<pki::Result<Operator>(const store::CommandContext&)>& change) {
  const pki::Time now = open.clock().now();
  TRY_ASSIGN(const auto credential,
             ca::sign_operator_credential(open.writer(), open.authority(),
                                          {wanted.name, wanted.certification_request}, now));
  TRY(open.writer().execute({.actor = offline_actor(),
                             .action = action,
                             .run = [&](store::CommandContext& context) -> pki::Result<void> {
                               TRY_ASSIGN(Operator entry, change(context));
                               entry.credentials.push_back(credential);
                               registry::put_operator(context.transaction, entry);
                               context.subjects = {"operator " + entry.name,
                                                   "credential " + pki::to_string(credential.serial)};
                               return {};
                             }}));
  return OfflineCredential{credential.certificate,
                           pki::to_bytes(open.authority().current(pki::CaName::operations).certificate())};
}

}  // namespace

pki::Result<std::vector<OfflineCredential>> add_first_operators(
    const DataFolder& data, const Config& config, std::unique_ptr<store::Environment> environment,
    const std::vector<OfflineOperator>& operators, const pki::Clock& clock) {
  TRY_ASSIGN(const auto open, open_authority(data, config, std::move(environment), clock));
  std::vector<OfflineCredential> credentials;
  for (const OfflineOperator& wanted : operators) {
    const auto change = [&](const store::CommandContext& context) -> pki::Result<Operator> {
      Operator entry{.name = wanted.name, .grants = {{wanted.role, {}}}, .added_at = context.now};
      TRY(registry::check_new_operator(context.transaction, entry, pki::jst_date(context.now)));
      return entry;
    };
    TRY_ASSIGN(auto credential, record(*open, "operator add", wanted, change));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

pki::Result<OfflineCredential> recover_officer(const DataFolder& data, const std::string& name,
                                               const pki::Bytes& certification_request,
                                               const pki::Clock& clock) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  TRY_ASSIGN(auto environment, open_store(data, config.map_bytes));
  TRY(ca::check_operator_request(certification_request));
  TRY_ASSIGN(const auto open, open_authority(data, config, std::move(environment), clock));
  const auto change = [&](const store::CommandContext& context) -> pki::Result<Operator> {
    auto known = registry::find_operator(context.transaction, name);
    if (!known) {
      Operator entry{.name = name, .grants = {{registry::Role::officer, {}}}, .added_at = context.now};
      TRY(registry::check_new_operator(context.transaction, entry, pki::jst_date(context.now)));
      return entry;
    }
    if (!known->has(registry::Role::officer) && !known->has(registry::Role::supervisor))
      return pki::fail(pki::Errc::conflict, {messages::not_an_officer, name});
    known->is_enabled = true;
    for (registry::OperatorCredential& credential : known->credentials)
      if (!credential.revoked) credential.revoked = context.now;
    return std::move(*known);
  };
  return record(*open, "operator recover", {.name = name, .certification_request = certification_request},
                change);
}

}  // namespace service
