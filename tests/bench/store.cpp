// Stores for the benchmarks.

#include "tests/bench/store.h"

#include "ca/ceremony.h"
#include "pki/key_pool.h"
#include "pki/network.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/municipalities.h"
#include "registry/status_of_issue.h"
#include "verifier/verifiers.h"

namespace bench {

namespace {

void add_verifier(store::WriteTransaction& transaction, pki::Date today) {
  verifier::Verifier verifier;
  verifier.name = "the benchmark";
  for (const auto verifier_class :
       {verifier::VerifierClass::signature, verifier::VerifierClass::authentication})
    verifier.classes[verifier_class] = {.notified = today, .agreed = today, .certified = {}};
  verifier.networks = {pki::parse_network("127.0.0.0/8").value()};
  verifier::put_verifier(transaction, verifier);
}

}  // namespace

std::unique_ptr<store::Environment> make_store(const StoreOptions& options, const pki::Clock& clock) {
  std::filesystem::create_directories(options.folder.store());
  auto environment = store::Environment::create(
      {.directory = options.folder.store(), .durability = store::Durability::temporary}, registry::kSchema);
  ca::ProfileConfig config;
  config.responder_key = options.responder_key;
  const ca::Profile profile = ca::Profile::make(config).value();
  std::vector<registry::Municipality> municipalities;
  if (options.points == Points::all)
    municipalities = registry::parse_municipalities(registry::builtin_municipalities_csv()).value();

  const auto keys = pki::PrivateKey::all_from_pem(pki::builtin_authority_keys()).value();
  std::size_t used = 0;
  const ca::KeySource make_key = [&](std::string_view, pki::KeyAlgorithm algorithm) {
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return keys.at(used++ % keys.size());
    pki::Rng rng = pki::Rng::system();
    return pki::PrivateKey::generate(algorithm, rng);
  };
  const ca::KeyFolder key_folder = options.folder.keys();
  key_folder.save_sealing_key(pki::Bytes(32, 7)).value();
  auto transaction = store::begin_exclusive_write(*environment);
  const ca::CeremonyRequest request{.profile = profile,
                                    .municipalities = municipalities,
                                    .now = clock.now(),
                                    .make_key = make_key,
                                    .key_heading = "# published test key\n",
                                    .actor = registry::Actor{.operator_name = "bench"}};
  ca::hold_ceremony(transaction, key_folder, request).value();
  for (std::uint64_t key = 1; key < options.sign_keys; ++key)
    ca::hold_rollover(transaction, key_folder, pki::CaName::sign, request).value();
  add_verifier(transaction, pki::jst_date(clock.now()));
  transaction.commit();
  return environment;
}

std::unique_ptr<store::Environment> open_store(const Folder& folder, store::Durability durability) {
  return store::Environment::open({.directory = folder.store(), .durability = durability}, registry::kSchema);
}

ca::Authority load_authority(const store::Environment& environment, const Folder& folder) {
  return ca::Authority::load(environment.read(), folder.keys(), ca::Profile::make({}).value()).value();
}

std::vector<pki::DistributionPoint> distribution_points() {
  std::vector<pki::DistributionPoint> points;
  for (const auto& municipality :
       registry::parse_municipalities(registry::builtin_municipalities_csv()).value())
    if (registry::is_distribution_point(municipality)) points.push_back({municipality.code});
  return points;
}

void make_a_change(store::Writer& writer, pki::DistributionPoint point) {
  constexpr registry::IssuerId issuer{pki::CaName::sign, 1};
  const auto change = [&](store::CommandContext& context) -> pki::Result<void> {
    const std::uint64_t serial = 600'000'000 + registry::last_change_sequence(context.transaction, issuer);
    const registry::IssuedCertificate issued{.id = {issuer, {serial}},
                                             .kind = pki::CertificateKind::sign,
                                             .resident = {},
                                             .point = point,
                                             .not_before = context.now,
                                             .not_after = context.now + pki::Seconds{5LL * 365 * 86'400},
                                             .der = {}};
    registry::record_status_of_issue(context.transaction, issued, context.now);
    registry::record_revocation(context.transaction, issued.id, {context.now, pki::CrlReason::key_compromise},
                                context.now);
    return {};
  };
  writer
      .execute({.actor = registry::Actor{.operator_name = "bench"}, .action = "bench change", .run = change})
      .value();
}

registry::Resident make_resident(registry::ResidentId id, std::uint64_t number) {
  registry::Resident resident;
  resident.id = id;
  resident.name = "計測　" + std::to_string(number) + "郎";
  resident.birth = pki::Date{std::chrono::year{1950 + static_cast<int>(number % 50)} / 4 / 1};
  resident.sex = registry::Sex::female;
  resident.municipality = 132217;
  resident.address = "東京都清瀬市計測町" + std::to_string(1 + number % 99) + "番";
  return resident;
}

}  // namespace bench
