// The mock. Its keys are published test keys and are written out on purpose.

#include "mock/mock.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>

#include "ca/credential.h"
#include "ca/profile.h"
#include "pki/card_files.h"
#include "pki/certification_request.h"
#include "pki/file.h"
#include "pki/key_pool.h"
#include "pki/network.h"
#include "pki/pkcs12.h"
#include "registry/actor.h"
#include "service/clock.h"
#include "service/init.h"
#include "service/instance.h"
#include "service/listeners.h"
#include "service/log.h"
#include "verifier/verifiers.h"

namespace mock {

namespace {

namespace json = boost::json;

void write_file(const std::filesystem::path& file, pki::ByteView content, pki::FileSecrecy secrecy) {
  pki::or_throw(pki::save_file(file, content, secrecy));
}

pki::CardFiles write_card(const std::filesystem::path& folder, const pki::CardContent& content) {
  return pki::or_throw(pki::write_card(folder, content));
}

constexpr const char* kTestKeyHeading =
    "# jpki TEST KEY: published with the program, so worthless. Never use it for anything real.\n";
constexpr const char* kPassword = "jpki-test";

// A folder that goes with its owner.
class TemporaryFolder final {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "jpki-mock-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw pki::ErrorException(
          pki::fail(pki::Errc::internal, "cannot make a temporary folder: set TMPDIR to a writable one"));
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Hands out ready-made keys one after another; starts over when they run out.
class KeyQueue final {
 public:
  explicit KeyQueue(std::string_view pem)
      : blocks_(pki::or_throw(pki::decode_pem_blocks(pem, "PRIVATE KEY"))) {}
  pki::PrivateKey next() {
    const pki::Bytes& block = blocks_[position_++ % blocks_.size()];
    return pki::or_throw(pki::PrivateKey::from_pem(pki::encode_pem("PRIVATE KEY", block)));
  }

 private:
  std::vector<pki::Bytes> blocks_;
  std::size_t position_ = 0;
};

// What files are made of and where they go.
struct MockMaterial {
  std::uint64_t seed;
  const pki::Clock& clock;
  std::filesystem::path folder;
};

struct Place {
  std::uint32_t code;
  const char* address;
};

constexpr std::array kPlaces = {
    Place{132217, "東京都清瀬市模擬町一丁目"}, Place{131121, "東京都世田谷区模擬町二丁目"},
    Place{11011, "北海道札幌市中央区模擬町三丁目"}, Place{221384, "静岡県浜松市中央区模擬町四丁目"}};
constexpr std::array kFamilyNames = {"模擬", "試験", "仮名", "架空", "想定"};
constexpr std::array kGivenNames = {"太郎", "花子", "一郎", "桜", "翼"};

registry::Resident make_resident(pki::Rng& rng, std::uint32_t number) {
  const auto pick = [&](const auto& list) -> const auto& { return list[rng.below(list.size())]; };
  registry::Resident resident;
  resident.id = registry::make_resident_id(1'000'000'000 + number);
  resident.name = std::string(pick(kFamilyNames)) + "　" + pick(kGivenNames);
  resident.birth = pki::Date{std::chrono::year{1950 + static_cast<int>(rng.below(50))} /
                             static_cast<int>(1 + rng.below(12)) / static_cast<int>(1 + rng.below(28))};
  resident.sex = rng.below(2) == 0 ? registry::Sex::male : registry::Sex::female;
  // The first resident always lives in Kiyose, as in the documents' examples.
  const Place* place = number == 0 ? &kPlaces[0] : &pick(kPlaces);
  resident.municipality = place->code;
  resident.address = std::string(place->address) + std::to_string(1 + rng.below(99)) + "番";
  return resident;
}

json::object issue_one(service::Instance& instance, const registry::Resident& resident,
                       pki::CertificateKind kind, const pki::PrivateKey& key,
                       const std::filesystem::path& folder) {
  const auto issued = pki::or_throw(
      instance.issuance().issue({.resident = resident.id,
                                 .kind = kind,
                                 .certification_request = pki::make_certification_request(key),
                                 .actor = registry::Actor{.operator_name = "mock",
                                                          .role = registry::Role::municipality,
                                                          .municipality = resident.municipality},
                                 .name_substitute = {},
                                 .address_substitute = {}}));
  const auto& ca = *instance.authority().find(issued.id.issuer);
  const pki::CardFiles files = write_card(folder, {.kind = kind,
                                                   .certificate = issued.der,
                                                   .ca_certificate = ca.certificate(),
                                                   .key = key,
                                                   .p12_password = kPassword});
  const std::string& url = instance.authority().profile().config().public_url;
  return {
      {"serial", pki::to_string(issued.id.serial)},
      {"cer", files.certificate.string()},
      {"key", files.key->string()},
      {"p12", files.p12->string()},
      {"full_crl", registry::list_uri(url, {issued.id.issuer, issued.point}, registry::CrlKind::complete)},
      {"delta_crl", registry::list_uri(url, {issued.id.issuer, issued.point}, registry::CrlKind::delta)}};
}

json::array make_residents(service::Instance& instance, const MockOptions& options,
                           const std::filesystem::path& folder) {
  KeyQueue keys(pki::builtin_key_pool());
  json::array list;
  for (std::uint32_t number = 0; number < options.residents; ++number) {
    pki::Rng rng = pki::Rng::seeded(options.seed).derive("resident", std::to_string(number));
    const registry::Resident resident = make_resident(rng, number);
    pki::or_throw(instance.writer().execute({.actor = registry::Actor{.operator_name = "mock"},
                                             .action = "resident add",
                                             .run = [&](store::CommandContext& context) {
                                               registry::put_resident(context.transaction, instance.vault(),
                                                                      resident);
                                               context.subjects = {"resident " + to_string(resident.id)};
                                               return pki::Result<void>{};
                                             }}));
    const auto home = folder / to_string(resident.id);
    json::object entry{{"id", to_string(resident.id)},
                       {"municipality", registry::municipality_code_text(resident.municipality)}};
    // The authentication certificate first: the signing one must not outlive it.
    json::object auth = issue_one(instance, resident, pki::CertificateKind::auth, keys.next(), home);
    entry["sign"] = issue_one(instance, resident, pki::CertificateKind::sign, keys.next(), home);
    entry["auth"] = std::move(auth);
    list.push_back(std::move(entry));
    if (options.on_resident) options.on_resident();
  }
  return list;
}

json::object describe_ca(const service::Instance& instance, pki::CaName name,
                         const std::filesystem::path& folder, const service::DataFolder& data) {
  const registry::SigningIssuer& ca = instance.authority().current(name);
  const std::string id = to_string(ca.id());
  const std::string& url = instance.authority().profile().config().public_url;
  const auto transaction = instance.environment().read();
  const auto issuer = registry::find_issuer(transaction, ca.id());
  const auto responder = registry::find_responder(transaction, ca.id());
  const auto cer = folder / (id + ".cer"), responder_cer = folder / ("responder-" + id + ".cer");
  write_file(cer, ca.certificate(), pki::FileSecrecy::open);
  write_file(responder_cer, responder->certificate, pki::FileSecrecy::open);
  return {
      {"cer", cer.string()},
      {"key", (data.keys() / issuer->key_file).string()},
      {"ocsp", instance.authority().profile().ocsp_uri(name)},
      {"responder", responder_cer.string()},
      {"full_crl", registry::list_uri(url, {ca.id(), pki::kWholeGeneration}, registry::CrlKind::complete)},
      {"delta_crl", registry::list_uri(url, {ca.id(), pki::kWholeGeneration}, registry::CrlKind::delta)}};
}

// A credential of the verifier as PKCS#12, with the password of every file of the mock.
std::string make_credential(service::Instance& instance, const MockMaterial& material, std::uint64_t verifier,
                            verifier::CredentialUse use) {
  pki::Rng rng = pki::Rng::seeded(material.seed).derive("credential", to_string(use));
  const auto key = pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng);
  const auto issued =
      pki::or_throw(ca::issue_credential({.writer = instance.writer(),
                                          .vault = instance.vault(),
                                          .authority = instance.authority(),
                                          .clock = material.clock},
                                         {.verifier = verifier,
                                          .use = use,
                                          .purpose = {},
                                          .terminal = {},
                                          .certification_request = pki::make_certification_request(key),
                                          .actor = registry::Actor{.operator_name = "mock"}}));
  const auto file = material.folder / ("verifier-" + std::string(to_string(use)) + ".p12");
  const pki::Bytes& operations = instance.authority().current(pki::CaName::operations).certificate();
  write_file(
      file,
      pki::make_pkcs12(
          key,
          {.friendly_name = file.stem().string(), .certificate = issued.certificate, .chain = {operations}},
          kPassword),
      pki::FileSecrecy::owner_only);
  return file.string();
}

// One verifier of every class, known by the loopback networks: open access, through the ordinary door. It is
// listed once for each of its credentials; another verifier's would contradict the network.
json::array make_verifiers(service::Instance& instance, const MockMaterial& material) {
  const pki::Date today = pki::jst_date(material.clock.now());
  verifier::Verifier verifier;
  verifier.name = "every client on this machine";
  for (const auto verifier_class :
       {verifier::VerifierClass::signature, verifier::VerifierClass::group_signature,
        verifier::VerifierClass::authentication, verifier::VerifierClass::specific_authentication})
    verifier.classes[verifier_class] = {
        .notified = today, .agreed = today, .certified = {}, .approvals = {{.from = today}}};
  verifier.networks = {pki::or_throw(pki::parse_network("127.0.0.0/8")),
                       pki::or_throw(pki::parse_network("::1"))};
  verifier.by_tls = verifier.by_signature = true;
  std::uint64_t id = 0;
  pki::or_throw(instance.writer().execute({.actor = registry::Actor{.operator_name = "mock"},
                                           .action = "verifier add",
                                           .run = [&](store::CommandContext& context) {
                                             id = verifier::put_verifier(context.transaction, verifier);
                                             context.subjects = {"verifier " + std::to_string(id)};
                                             return pki::Result<void>{};
                                           }}));
  json::array list;
  const auto add = [&](verifier::CredentialUse use, std::initializer_list<const char*> classes) {
    json::array names;
    for (const char* name : classes)
      names.push_back(json::value(name));
    list.push_back(json::object{{"id", std::to_string(id)},
                                {"class", std::move(names)},
                                {"use", to_string(use)},
                                {"credential", make_credential(instance, material, id, use)}});
  };
  add(verifier::CredentialUse::tls, {"signature", "group-signature", "authentication"});
  add(verifier::CredentialUse::signature, {"signature", "group-signature", "authentication"});
  add(verifier::CredentialUse::pinless, {"specific-authentication"});
  return list;
}

// PEM, as clients want the authority of the HTTPS listener.
std::string write_operations_ca(const service::Instance& instance, const std::filesystem::path& folder) {
  const registry::SigningIssuer& ca = instance.authority().current(pki::CaName::operations);
  const auto file = folder / (to_string(ca.id()) + ".pem");
  write_file(file, pki::as_bytes(pki::encode_pem("CERTIFICATE", ca.certificate())), pki::FileSecrecy::open);
  return file.string();
}

// True once the process that started the mock has closed its end.
bool standard_input_is_closed() {
  pollfd descriptor{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&descriptor, 1, 0) <= 0) return false;
  char ignored[256];
  return ::read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

// The defaults, as far as they fit an authority that lives for minutes and is asked on `port`.
service::Config mock_config(std::uint16_t port) {
  service::Config config = pki::or_throw(service::parse_config("", "defaults"));
  config.profile.public_url = "http://127.0.0.1:" + std::to_string(port);
  config.crl.scopes = crl::ScopeSelection::used;
  config.map_bytes = std::uint64_t{4} << 30U;
  // A test may ask as fast as it can.
  config.ocsp.requests_per_second_max = config.stranger_requests_per_second = 0;
  config.crl.priority = crl::Priority::normal;
  config.verifier_https = service::HttpsListening::on;
  config.verifier_https_listener.port = 0;
  config.admin_https = service::HttpsListening::off;
  config.two_persons = false;
  return config;
}

// RSA keys from the pool that the program carries, since fresh ones take too long; others from the seed.
ca::KeySource test_keys(std::uint64_t seed) {
  return [seed, pool = std::make_shared<KeyQueue>(pki::builtin_authority_keys())](
             std::string_view purpose, pki::KeyAlgorithm algorithm) {
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return pool->next();
    pki::Rng rng = pki::Rng::seeded(seed).derive("key", purpose);
    return pki::PrivateKey::generate(algorithm, rng);
  };
}

struct MockSetting {
  const service::DataFolder& data;
  const service::Config& config;
  const ca::KeySource& make_key;
};

// The key ceremony with test keys, and the instance on what it made.
std::unique_ptr<service::Instance> open_authority(const MockOptions& options, const MockSetting& setting,
                                                  const pki::Clock& clock) {
  auto environment = pki::or_throw(service::initialise({.data = setting.data,
                                                        .config = setting.config,
                                                        .durability = store::Durability::temporary,
                                                        .make_key = setting.make_key,
                                                        .key_heading = kTestKeyHeading},
                                                       clock));
  return pki::or_throw(service::Instance::open({.data = setting.data,
                                                .config = setting.config,
                                                .durability = store::Durability::temporary,
                                                .on_error = service::log_error,
                                                .make_key = setting.make_key,
                                                .seed = options.seed},
                                               clock, std::move(environment)));
}

}  // namespace

void run_mock(const MockOptions& options) {
  service::start_log();
  if (options.residents > 100'000)
    throw pki::ErrorException(pki::invalid("residents", "--residents must be at most 100000"));
  const service::SystemClock clock;
  const TemporaryFolder folder;
  const service::DataFolder data{folder.path() / "data"};
  const auto files = folder.path() / "files";
  std::filesystem::create_directories(data.root);
  std::filesystem::create_directories(files);

  http::Runtime runtime(clock, {.on_error = service::log_error});
  // From now on a signal ends the mock in order, so that the folder goes with it.
  runtime.on_signal({SIGINT, SIGTERM, SIGHUP}, [&](int) { runtime.stop(); });
  service::Listeners listeners(runtime, {"127.0.0.1", options.port}, {"127.0.0.1", 0});
  const service::Config config = mock_config(listeners.verifier_port());
  const ca::KeySource make_key = test_keys(options.seed);
  const auto instance =
      open_authority(options, {.data = data, .config = config, .make_key = make_key}, clock);
  listeners.attach(*instance);

  json::array verifiers = make_verifiers(*instance, {options.seed, clock, files});
  json::array residents = make_residents(*instance, options, files);
  pki::or_throw(instance->publisher().publish(crl::PublicationKind::complete_and_delta));
  const json::object description{
      {"pid", static_cast<std::int64_t>(::getpid())},
      {"admin", data.admin_socket().string()},
      {"ca", json::object{{"sign", describe_ca(*instance, pki::CaName::sign, files, data)},
                          {"auth", describe_ca(*instance, pki::CaName::auth, files, data)}}},
      {"https", "https://127.0.0.1:" + std::to_string(listeners.https_port().value())},
      {"ops_ca", write_operations_ca(*instance, files)},
      {"ops", "http://127.0.0.1:" + std::to_string(listeners.ops_port())},
      {"verifiers", std::move(verifiers)},
      {"residents", std::move(residents)},
      {"p12_password", kPassword}};
  if (options.on_prepared) options.on_prepared();
  std::cout << json::serialize(description) << std::endl;

  if (!options.hold_open)
    runtime.every(std::chrono::milliseconds{100}, [&] {
      if (standard_input_is_closed()) runtime.stop();
    });
  instance->start_background();
  runtime.run();
  instance->stop_background();
}

}  // namespace mock
