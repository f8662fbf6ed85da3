// Opening, in the order of dependence.

#include "service/open_authority.h"

#include "law/reported_keys.h"
#include "pki/certificate.h"
#include "pki/messages/service.h"
#include "registry/actor.h"
#include "registry/data_keys.h"
#include "registry/list_rows.h"
#include "registry/reported_keys.h"
#include "registry/sealing_check.h"
#include "service/cluster.h"
#include "service/vault_opening.h"
#include "store/write_time.h"

namespace service {

namespace {

// The authority of the store, with what its certificates have fixed of the configured profile.
pki::Result<ca::Authority> load_authority(const store::ReadTransaction& transaction,
                                          const ca::KeyFolder& keys, const ca::ProfileConfig& config) {
  TRY_ASSIGN(ca::Profile profile, frozen_profile(config, transaction));
  return ca::Authority::load(transaction, keys, std::move(profile));
}

}  // namespace

pki::Result<ca::Profile> frozen_profile(ca::ProfileConfig config, const store::ReadTransaction& transaction) {
  const auto issuer = registry::current_issuer(transaction, pki::CaName::sign);
  if (!issuer) return pki::fail(pki::Errc::not_found, messages::store_without_ca);
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(issuer->certificate));
  TRY_ASSIGN(const pki::Name name, pki::Name::decode(certificate.subject()));
  config.public_url = issuer->public_url;
  config.organization = std::string(name.find(pki::oids::kOrganizationName));
  return ca::Profile::make(std::move(config));
}

pki::Result<std::unique_ptr<store::Environment>> open_store(const DataFolder& data, std::uint64_t map_bytes) {
  TRY(check_privacy(data));
  return store::Environment::open({.directory = data.store(), .map_bytes = map_bytes}, registry::kSchema);
}

pki::Result<std::unique_ptr<store::Environment>> open_store_beside(const DataFolder& data,
                                                                   std::uint64_t map_bytes) {
  TRY(check_privacy(data));
  return store::Environment::open_beside({.directory = data.store(), .map_bytes = map_bytes},
                                         registry::kSchema);
}

std::optional<pki::Time> last_write_of(const store::Environment& environment) {
  return store::last_write_time(environment.read());
}

pki::Result<std::unique_ptr<OpenAuthority>> OpenAuthority::open(
    OpeningOptions options, const pki::Clock& clock, std::unique_ptr<store::Environment> environment) {
  std::unique_ptr<OpenAuthority> opened(new OpenAuthority(std::move(options), clock));
  opened->environment_ = std::move(environment);
  TRY(opened->load());
  return opened;
}

pki::Result<void> OpenAuthority::check_age() {
  const auto snapshot = environment_->read();
  if (options_.durability == store::Durability::full)
    safety_ = std::make_unique<SafetyFolder>(options_.data.safety(options_.safety_folder), snapshot);
  TRY(refuse_old_store(snapshot, options_.data.crls(), safety_.get()));
  if (safety_) safety_->follow(snapshot);
  return {};
}

// Stores of former builds have none.
pki::Result<void> OpenAuthority::seal_constant() {
  if (vault_->locked() || registry::has_sealed_constant(environment_->read())) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "sealing key noted",
                           .run = [&](store::CommandContext& context) -> pki::Result<void> {
                             registry::put_sealed_constant(context.transaction, *vault_);
                             return {};
                           }});
}

// Stores of former builds have none; until the next start lists would be made unguarded.
pki::Result<void> OpenAuthority::sum_up_revoked() {
  if (!registry::lacks_revoked_sums(environment_->read())) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "rows of revoked certificates summed up",
                           .run = [](store::CommandContext& context) -> pki::Result<void> {
                             registry::rebuild_revoked_rows(context.transaction, context.now);
                             return {};
                           }});
}

// Stores of former builds have no table of them, and a restore may have learnt of more.
pki::Result<void> OpenAuthority::list_reported_keys() {
  if (vault_->locked() || registry::are_reported_keys_listed(environment_->read())) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "reported keys listed",
                           .run = [&](store::CommandContext& context) -> pki::Result<void> {
                             const std::uint64_t count =
                                 law::list_reported_keys(context.transaction, *vault_);
                             context.subjects = {std::to_string(count) + " keys"};
                             return {};
                           }});
}

pki::Result<void> OpenAuthority::load() {
  if (options_.leader == nullptr) TRY(check_membership({}, environment_->read()));
  TRY(check_age());
  TRY_ASSIGN(vault_, open_vault_or_lock(options_.data, environment_->read()));
  if (vault_->locked()) report(vault_->locked()->in(pki::Language::en));
  TRY_ASSIGN(ca::Authority authority, load_authority(environment_->read(), keys(), options_.profile));
  authority_.emplace(std::move(authority));
  store::Writer::AfterCommit after_commit;
  if (safety_)
    after_commit = [safety = safety_.get()](const store::ReadTransaction& state) { safety->follow(state); };
  if (options_.leader != nullptr)
    writer_ = std::make_unique<store::Writer>(*environment_, clock_, options_.leader->leadership(),
                                              store::WriterLimits{}, std::move(after_commit));
  else
    writer_ = std::make_unique<store::Writer>(*environment_, clock_, store::WriterLimits{},
                                              std::move(after_commit));
  TRY(seal_constant());
  TRY(sum_up_revoked());
  TRY(list_reported_keys());
  if (safety_)
    audit_heads_ = std::make_unique<AuditHeads>(
        *safety_, *environment_,
        [authority = &*authority_] { return authority->current(pki::CaName::operations).signer(); }, clock_,
        options_.on_note);
  issuance_ =
      std::make_unique<ca::Issuance>(*environment_, *writer_, *vault_, *authority_, clock_,
                                     options_.seed ? pki::Rng::seeded(*options_.seed) : pki::Rng::system());
  // A responder that ended while no service ran is renewed before it is asked for an answer.
  for (const registry::SigningIssuer& ca : authority_->generations())
    renew_responder(ca);
  return {};
}

pki::Result<void> OpenAuthority::begin_rotation(const registry::Actor& actor) {
  if (vault_->locked()) return pki::fail(pki::Errc::too_busy, *vault_->locked());
  TRY_ASSIGN(const pki::Bytes sealing_key, keys().load_sealing_key());
  TRY(writer_->execute({.actor = actor,
                        .action = "data key rotation begins",
                        .run = [&](store::CommandContext& context) -> pki::Result<void> {
                          pki::Rng rng = pki::Rng::system();
                          TRY(registry::begin_rotation(context.transaction, sealing_key,
                                                       registry::count_sealed(context.transaction), rng));
                          context.subjects = {
                              "data key " +
                              std::to_string(registry::rotation_state(context.transaction).ids.back())};
                          return {};
                        }}));
  // Only now: what was sealed with a key that is not in the store could never be opened.
  TRY_ASSIGN(std::vector<registry::DataKey> known,
             registry::read_data_keys(environment_->read(), sealing_key));
  // Keys of rotations that ended before; no snapshot is as old as they are.
  vault_->drop_old();
  vault_->add(pki::SealingKey(known.back().id, std::move(known.back().key)));
  return {};
}

pki::Result<bool> OpenAuthority::continue_rotation() {
  if (vault_->locked()) return false;
  const registry::RotationState state = registry::rotation_state(environment_->read());
  // Between its commit and the vault's new key, a rotation has nothing to do yet.
  if (!state.is_running() || vault_->newest() != state.ids.back()) return false;
  constexpr std::size_t kStep = 200;
  bool more = false;
  TRY(writer_->execute({.actor = registry::system_actor(),
                        .action = "data key rotation ends",
                        .run = [&](store::CommandContext& context) -> pki::Result<void> {
                          TRY_ASSIGN(more, registry::continue_rotation(context.transaction, *vault_, kStep));
                          // Its steps say nothing about who did what.
                          if (more)
                            context.audit = store::AuditTrail::none;
                          else
                            context.subjects = {"data key " + std::to_string(vault_->newest())};
                          return {};
                        }}));
  return more;
}

void OpenAuthority::report(const std::string& line) const {
  if (options_.on_error) options_.on_error(line);
}

bool OpenAuthority::renew_responder(const registry::SigningIssuer& ca) {
  std::string why;
  try {
    const ca::KeyFolder key_folder = keys();
    const auto renewed =
        ca::renew_responder_if_due({.writer = *writer_,
                                    .environment = *environment_,
                                    .keys = key_folder,
                                    .make_key = options_.make_key,
                                    .algorithm = authority_->profile().config().responder_key,
                                    .replaces_missing_key = options_.leader != nullptr},
                                   ca, clock_.now());
    if (renewed.has_value()) return *renewed;
    why = renewed.error().text();
  } catch (const std::exception& error) {
    why = error.what();
  }
  report("renewing the OCSP responder of " + to_string(ca.id()) + " failed: " + why);
  return false;
}

}  // namespace service
