// One verifier of every class and its three credentials.

#include "mock/verifiers.h"

#include "ca/credential.h"
#include "mock/people.h"
#include "pki/certification_request.h"
#include "pki/file.h"
#include "pki/network.h"
#include "pki/pkcs12.h"
#include "pki/test_keys.h"
#include "verifier/verifiers.h"

namespace mock {

namespace {

namespace json = boost::json;

// A credential of the verifier as PKCS#12, with the password of every file of the mock.
struct MadeCredential {
  pki::SerialNumber serial;
  std::string file;
};
pki::Result<MadeCredential> make_credential(World& world, const VerifierSetting& setting,
                                            std::uint64_t verifier, verifier::CredentialUse use) {
  service::Instance& instance = world.instance();
  const auto key = pki::make_test_key(pki::KeyAlgorithm::ecdsa_p256, setting.seed,
                                      "credential " + std::string(to_string(use)));
  TRY_ASSIGN(const auto issued,
             ca::issue_credential({.writer = instance.writer(),
                                   .vault = instance.vault(),
                                   .authority = instance.authority(),
                                   .clock = world.clock()},
                                  {.verifier = verifier,
                                   .use = use,
                                   .purpose = {},
                                   .terminal = {},
                                   .certification_request = pki::make_certification_request(key),
                                   .actor = mock_actor()}));
  const auto file = setting.folder / ("verifier-" + std::string(to_string(use)) + ".p12");
  const pki::Bytes& operations = instance.authority().current(pki::CaName::operations).certificate();
  const pki::Pkcs12Content content{
      .friendly_name = file.stem().string(), .certificate = issued.certificate, .chain = {operations}};
  TRY(pki::save_file(file, pki::make_pkcs12(key, content, kPassword, pki::PasswordHashing::once),
                     pki::FileSecrecy::owner_only));
  return MadeCredential{.serial = issued.serial, .file = file.string()};
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

pki::Result<json::array> make_verifiers(World& world, const VerifierSetting& setting) {
  const auto verifier = every_client(setting.openness, pki::jst_date(world.clock().now()));
  std::uint64_t id = 0;
  TRY(world.instance().writer().execute(
      {.actor = mock_actor(), .action = "verifier add", .run = [&](store::CommandContext& context) {
         id = verifier::put_verifier(context.transaction, verifier);
         context.subjects = {"verifier " + std::to_string(id)};
         return pki::Result<void>{};
       }}));
  struct Listed {
    verifier::CredentialUse use;
    std::vector<const char*> classes;
  };
  const std::vector<const char*> asking = {"signature", "group-signature", "authentication"};
  json::array list;
  for (const Listed& listed :
       {Listed{verifier::CredentialUse::tls, asking}, Listed{verifier::CredentialUse::signature, asking},
        Listed{verifier::CredentialUse::pinless, {"specific-authentication"}}}) {
    json::array names;
    for (const char* name : listed.classes)
      names.push_back(json::value(name));
    TRY_ASSIGN(const MadeCredential credential, make_credential(world, setting, id, listed.use));
    list.push_back(json::object{{"id", std::to_string(id)},
                                {"class", std::move(names)},
                                {"use", to_string(listed.use)},
                                {"serial", pki::to_string(credential.serial)},
                                {"credential", credential.file}});
  }
  return list;
}

}  // namespace mock
