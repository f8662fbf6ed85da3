// One operator for each role, and their credentials.

#include "mock/operators.h"

#include "ca/operator_credential.h"
#include "mock/people.h"
#include "registry/operators.h"

namespace mock {

namespace {

namespace json = boost::json;

using registry::Role;

// The officer first, without whom there are no others.
constexpr std::array kRoles = {Role::officer, Role::supervisor, Role::municipality, Role::call_centre,
                               Role::auditor};

std::vector<registry::Grant> grants_of(Role role, const OperatorSetting& setting) {
  if (role != Role::municipality) return {{role, {}}};
  std::vector<registry::Grant> grants;
  for (const std::uint32_t code : setting.municipalities)
    grants.push_back({role, code});
  return grants;
}

std::string key_purpose(std::string_view name) {
  return "operator " + std::string(name);
}

// The credential on record, and the file with its key.
struct MadeCredential {
  registry::OperatorCredential credential;
  std::string file;
  // When the file is there.
  std::future<pki::Result<void>> saved;
};
pki::Result<MadeCredential> make_credential(World& world, const OperatorSetting& setting,
                                            const std::string& name) {
  service::Instance& instance = world.instance();
  const CredentialKey& made = setting.keys.at(key_purpose(name));
  TRY_ASSIGN(auto credential, ca::sign_operator_credential(instance.writer(), instance.authority(),
                                                           {name, made.request}, world.clock().now()));
  const auto file = setting.folder / ("operator-" + name + ".p12");
  const pki::Bytes& operations = instance.authority().current(pki::CaName::operations).certificate();
  auto saved = begin_saving(file, made, credential.certificate, operations);
  return MadeCredential{
      .credential = std::move(credential), .file = file.string(), .saved = std::move(saved)};
}

json::object describe(const registry::Operator& entry, const MadeCredential& made) {
  json::array roles;
  for (const registry::Grant& grant : entry.grants)
    roles.push_back(json::value(to_string(grant)));
  return {{"name", entry.name},
          {"roles", std::move(roles)},
          {"serial", pki::to_string(made.credential.serial)},
          {"credential", made.file}};
}

}  // namespace

std::vector<std::string> operator_key_purposes() {
  std::vector<std::string> purposes;
  for (const Role role : kRoles)
    purposes.push_back(key_purpose(registry::to_string(role)));
  return purposes;
}

pki::Result<json::array> make_operators(World& world, const OperatorSetting& setting) {
  std::vector<registry::Operator> entries;
  json::array list;
  std::vector<std::future<pki::Result<void>>> files;
  for (const Role role : kRoles) {
    registry::Operator entry{.name = std::string(registry::to_string(role)),
                             .grants = grants_of(role, setting),
                             .added_at = world.clock().now()};
    TRY_ASSIGN(MadeCredential made, make_credential(world, setting, entry.name));
    entry.credentials.push_back(made.credential);
    list.push_back(describe(entry, made));
    files.push_back(std::move(made.saved));
    entries.push_back(std::move(entry));
  }
  TRY(world.instance().writer().execute(
      {.actor = mock_actor(), .action = "operator add", .run = [&](store::CommandContext& context) {
         for (const registry::Operator& entry : entries) {
           registry::put_operator(context.transaction, entry);
           context.subjects.push_back("operator " + entry.name);
         }
         return pki::Result<void>{};
       }}));
  for (auto& file : files)
    TRY(file.get());
  return list;
}

}  // namespace mock
