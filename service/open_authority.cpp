// Opening, in the order of dependence.

#include "service/open_authority.h"

#include "law/reported_keys.h"
#include "pki/certificate.h"
#include "pki/messages/service.h"
#include "registry/actor.h"
#include "registry/data_keys.h"
#include "registry/list_rows.h"
#include "registry/reported_keys.h"
#include "registry/resident_index.h"
#include "registry/sealing_check.h"
#include "service/cluster.h"
#include "service/restore.h"
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

// The moment between the two names that a restore gives: the former store's, and the restored one's.
bool was_restore_broken_off(const DataFolder& data) {
  if (std::filesystem::exists(data.root / kRestoring)) return true;
  std::error_code unreadable;
  const std::string former = data.store().filename().string() + kBeforeRestore;
  for (const auto& entry : std::filesystem::directory_iterator(data.root, unreadable))
    if (entry.path().filename().string().starts_with(former)) return true;
  return false;
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
  if (!std::filesystem::exists(data.store()) && was_restore_broken_off(data))
    return pki::fail(pki::Errc::not_found, {messages::restore_broken_off, data.store().string()});
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
  // A machine that comes to lead has no mark of its own yet: how new its store is was proved by the log.
  const MissingMark missing = options_.leader == nullptr ? options_.missing_mark : MissingMark::begun_anew;
  TRY(refuse_old_store(snapshot, options_.data.crls(), safety_.get(), missing));
  if (safety_) safety_->follow(snapshot);
  return {};
}

// Stores of earlier versions have none.
pki::Result<void> OpenAuthority::seal_constant() {
  if (vault_->locked() || registry::has_sealed_constant(environment_->read())) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "sealing key noted",
                           .run = [&](store::CommandContext& context) -> pki::Result<void> {
                             registry::put_sealed_constant(context.transaction, *vault_);
                             return {};
                           }});
}

// From the first mark on. Where the store cannot be written now, the next start does it.
void OpenAuthority::expect_mark() {
  if (!safety_ || safety_->fault() || is_mark_kept(environment_->read())) return;
  const auto noted = writer_->execute({.actor = registry::system_actor(),
                                       .action = "high-water mark begun",
                                       .run = [](store::CommandContext& context) -> pki::Result<void> {
                                         note_mark_kept(context.transaction);
                                         return {};
                                       }});
  if (noted.has_error()) report("the store does not know yet that a mark is kept: " + noted.error().text());
}

// Stores of earlier versions have none; until the next start lists would be made unguarded.
pki::Result<void> OpenAuthority::sum_up_revoked() {
  if (!registry::lacks_revoked_sums(environment_->read())) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "rows of revoked certificates summed up",
                           .run = [](store::CommandContext& context) -> pki::Result<void> {
                             registry::rebuild_revoked_rows(context.transaction, context.now);
                             return {};
                           }});
}

// Stores of earlier versions have no table of them, and a restore may have learnt of more.
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

// Stores of earlier versions have none, or one that their rotation of the data key left sealed with the key
// that it dropped. Residents are listed in the background.
pki::Result<void> OpenAuthority::make_resident_index() {
  if (vault_->locked() || registry::has_resident_index(environment_->read(), *vault_)) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "index of residents begins",
                           .run = [&](store::CommandContext& context) -> pki::Result<void> {
                             pki::Rng rng = pki::Rng::system();
                             registry::make_resident_index(context.transaction, *vault_, rng);
                             return {};
                           }});
}

pki::Result<bool> OpenAuthority::continue_resident_index() {
  TRY(make_resident_index());
  if (vault_->locked() || !registry::is_resident_index_unfinished(environment_->read(), *vault_))
    return false;
  constexpr std::size_t kStep = 200;
  bool more = false;
  TRY(writer_->execute({.actor = registry::system_actor(),
                        .action = "index of residents",
                        .run = [&](store::CommandContext& context) -> pki::Result<void> {
                          more = registry::continue_resident_index(context.transaction, *vault_, kStep);
                          // Its steps say nothing about who did what.
                          context.audit = store::AuditTrail::none;
                          return {};
                        }}));
  return more;
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
  expect_mark();
  TRY(seal_constant());
  TRY(sum_up_revoked());
  TRY(list_reported_keys());
  // A help for searches alone: what keeps it from being made now is tried again later.
  if (const auto made = make_resident_index(); made.has_error())
    report("the index of residents was not made: " + made.error().text());
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

std::string OpenAuthority::machine() const {
  return options_.leader != nullptr ? options_.leader->machine() : std::string();
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
                                    .machine = machine()},
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
