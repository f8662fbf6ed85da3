// Opening, in the order of dependence.

#include "service/open_authority.h"

#include "registry/actor.h"
#include "registry/sealing_check.h"

#include "pki/certificate.h"
#include "pki/messages/service.h"
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
  if (registry::has_sealed_constant(environment_->read())) return {};
  return writer_->execute({.actor = registry::system_actor(),
                           .action = "sealing key noted",
                           .run = [&](store::CommandContext& context) -> pki::Result<void> {
                             registry::put_sealed_constant(context.transaction, *vault_);
                             return {};
                           }});
}

pki::Result<void> OpenAuthority::load() {
  TRY(check_age());
  TRY_ASSIGN(pki::Bytes sealing_key, keys().load_sealing_key());
  vault_ = std::make_unique<store::Vault>(pki::SealingKey(1, std::move(sealing_key)), pki::Rng::system());
  TRY(registry::check_sealing_key(environment_->read(), *vault_));
  TRY_ASSIGN(ca::Authority authority, load_authority(environment_->read(), keys(), options_.profile));
  authority_.emplace(std::move(authority));
  store::Writer::AfterCommit after_commit;
  if (safety_)
    after_commit = [safety = safety_.get()](const store::ReadTransaction& state) { safety->follow(state); };
  writer_ =
      std::make_unique<store::Writer>(*environment_, clock_, store::WriterLimits{}, std::move(after_commit));
  TRY(seal_constant());
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
                                    .algorithm = authority_->profile().config().responder_key},
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
