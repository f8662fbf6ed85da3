// One verifier of every class and its three credentials.

#include "mock/verifiers.h"

#include <array>

#include "ca/credential.h"
#include "mock/people.h"
#include "pki/network.h"
#include "verifier/verifiers.h"

namespace mock {

namespace {

namespace json = boost::json;

// Every credential that is made.
constexpr std::array kUses = {verifier::CredentialUse::tls, verifier::CredentialUse::signature,
                              verifier::CredentialUse::pinless};

std::string key_purpose(verifier::CredentialUse use) {
  return "credential " + std::string(to_string(use));
}

// A credential of the verifier as PKCS#12, with the password of every file of the mock.
struct MadeCredential {
  pki::SerialNumber serial;
  std::string file;
  // When the file is there.
  std::future<pki::Result<void>> saved;
};
pki::Result<MadeCredential> make_credential(World& world, const VerifierSetting& setting,
                                            std::uint64_t verifier, verifier::CredentialUse use) {
  service::Instance& instance = world.instance();
  const CredentialKey& made = setting.keys.at(key_purpose(use));
  TRY_ASSIGN(const auto issued, ca::issue_credential({.writer = instance.writer(),
                                                      .vault = instance.vault(),
                                                      .authority = instance.authority(),
                                                      .clock = world.clock()},
                                                     {.verifier = verifier,
                                                      .use = use,
                                                      .purpose = {},
                                                      .terminal = {},
                                                      .certification_request = made.request,
                                                      .actor = mock_actor()}));
  const auto file = setting.folder / ("verifier-" + std::string(to_string(use)) + ".p12");
  const pki::Bytes& operations = instance.authority().current(pki::CaName::operations).certificate();
  auto saved = begin_saving(file, made, issued.certificate, operations);
  return MadeCredential{.serial = issued.serial, .file = file.string(), .saved = std::move(saved)};
}

verifier::Verifier every_client(Openness openness, pki::Date today) {
  verifier::Verifier verifier;
  verifier.name = "every client of this mock";
  for (const auto verifier_class :
       {verifier::VerifierClass::signature, verifier::VerifierClass::group_signature,
        verifier::VerifierClass::authentication, verifier::VerifierClass::specific_authentication})
    verifier.classes[verifier_class] = {
        .notified = today, .agreed = today, .certified = {}, .approvals = {{.from = today}}};
  verifier.classes[verifier::VerifierClass::group_signature].confirmers = "every client of this mock";
  const bool is_open = openness == Openness::everywhere;
  for (const char* network : is_open ? std::array{"0.0.0.0/0", "::/0"} : std::array{"127.0.0.0/8", "::1"})
    verifier.networks.push_back(pki::or_throw(pki::parse_network(network)));
  verifier.by_tls = verifier.by_signature = true;
  return verifier;
}

}  // namespace

std::vector<std::string> verifier_key_purposes() {
  std::vector<std::string> purposes;
  for (const verifier::CredentialUse use : kUses)
    purposes.push_back(key_purpose(use));
  return purposes;
}

pki::Result<json::array> make_verifiers(World& world, const VerifierSetting& setting) {
  const auto verifier = every_client(setting.openness, pki::jst_date(world.clock().now()));
  std::uint64_t id = 0;
  TRY(world.instance().writer().execute(
      {.actor = mock_actor(), .action = "verifier add", .run = [&](store::CommandContext& context) {
         id = verifier::put_verifier(context.transaction, verifier);
         context.subjects = {"verifier " + std::to_string(id)};
         return pki::Result<void>{};
       }}));
  json::array list;
  std::vector<std::future<pki::Result<void>>> files;
  for (const verifier::CredentialUse use : kUses) {
    json::array names = use == verifier::CredentialUse::pinless
                            ? json::array{"specific-authentication"}
                            : json::array{"signature", "group-signature", "authentication"};
    TRY_ASSIGN(MadeCredential credential, make_credential(world, setting, id, use));
    list.push_back(json::object{{"id", std::to_string(id)},
                                {"class", std::move(names)},
                                {"use", to_string(use)},
                                {"serial", pki::to_string(credential.serial)},
                                {"credential", credential.file}});
    files.push_back(std::move(credential.saved));
  }
  for (auto& file : files)
    TRY(file.get());
  return list;
}

}  // namespace mock
