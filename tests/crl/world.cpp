// The test world.

#include "tests/crl/world.h"

#include "crl/check.h"
#include "crl/encode.h"
#include "crl/store.h"
#include "pki/der.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/public_key.h"
#include "pki/serial_number.h"
#include "registry/actor.h"
#include "registry/compromise.h"
#include "registry/issuers.h"
#include "tests/support/test_keys.h"

namespace crl::testing {

namespace {

constexpr pki::Seconds kCaLife{std::chrono::hours{24 * 3650}};
constexpr const char* kPublicUrl = "http://crl.example.test";

pki::Name ca_name() {
  return pki::Name({pki::country("JP"), pki::organization("JPKI-SIM"),
                    pki::organizational_unit("JPKI for digital signature")});
}

void extension(pki::der::Writer& writer, const pki::Oid& id, bool critical,
               const std::function<void()>& body) {
  writer.sequence([&] {
    writer.oid(id);
    if (critical) writer.boolean(true);
    writer.wrapped(body);
  });
}

// A v3 certificate by `signer`; `extensions` writes what goes into the list.
pki::Bytes certificate(const pki::Signer& signer, std::uint64_t serial, const pki::Name& subject,
                       const std::function<void(pki::der::Writer&)>& extensions,
                       pki::Time not_after = pki::from_unix(kStart + 10 * 365 * 86400LL)) {
  pki::der::Writer tbs;
  tbs.sequence([&] {
    tbs.context(0, [&] { tbs.integer(2); });
    tbs.integer(serial);
    tbs.raw(pki::encode_algorithm_identifier(signer.algorithm()));
    ca_name().encode(tbs);
    tbs.sequence([&] {
      tbs.time(pki::from_unix(kStart - 86400));
      tbs.time(not_after);
    });
    subject.encode(tbs);
    tbs.raw(signer.public_key());
    tbs.context(3, [&] { tbs.sequence([&] { extensions(tbs); }); });
  });
  return pki::sign_structure(signer, tbs.view());
}

pki::Bytes make_ca_certificate(const pki::Signer& signer, std::uint64_t serial, pki::Time not_after) {
  const pki::Bytes identifier = pki::key_identifier(signer.public_key()).value();
  const auto extensions = [&](pki::der::Writer& writer) {
    constexpr std::uint8_t kCertSignAndCrlSign = 0x06;
    extension(writer, pki::oids::kKeyUsage, true, [&] { writer.bit_string({&kCertSignAndCrlSign, 1}, 1); });
    extension(writer, pki::oids::kBasicConstraints, true,
              [&] { writer.sequence([&] { writer.boolean(true); }); });
    extension(writer, pki::oids::kSubjectKeyIdentifier, false, [&] { writer.octet_string(identifier); });
  };
  return certificate(signer, serial, ca_name(), extensions, not_after);
}

}  // namespace

pki::Bytes FragileSigner::sign(pki::ByteView digest) const {
  pki::Bytes signature = inner_->sign(digest);
  if (broken) signature.back() ^= 1U;
  return signature;
}

pki::DistributionPointNames names_of(pki::DistributionPoint point, registry::IssuerId issuer) {
  std::vector<pki::NameAttribute> attributes = ca_name().attributes();
  attributes.push_back(pki::organizational_unit("CRL Distribution Points"));
  attributes.push_back(pki::common_name("Point " + to_string(point) + " CRLDP"));
  return {pki::Name(attributes), list_uri(kPublicUrl, {issuer, point}, registry::CrlKind::complete)};
}

World::World() : World(support::authority_keys().front()) {}

World::World(const pki::PrivateKey& key)
    : vault(pki::SealingKey(1, pki::Bytes(32, 7)), pki::Rng::seeded(1)),
      signer(std::make_shared<FragileSigner>(pki::make_openssl_signer(key))),
      ca_certificate(make_ca_certificate(*signer, 1, pki::from_unix(kStart) + kCaLife)) {
  std::filesystem::create_directories(store_options().directory);
  environment = store::Environment::create(store_options(), registry::kSchema);
  writer = std::make_unique<store::Writer>(*environment, clock);
  write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::put_issuer(context.transaction, {.id = kIssuer,
                                               .certificate = ca_certificate,
                                               .key_file = "sign-1.key",
                                               .public_url = kPublicUrl,
                                               .compromise = std::nullopt});
    for (const pki::DistributionPoint point : {kKiyose, kSapporo, kChiyoda})
      registry::put_point_names(context.transaction, kIssuer, point, names_of(point));
    return {};
  });
  options.folder = folder.path() / "crl";
  options.durability = store::Durability::temporary;
  issuers = {
      registry::SigningIssuer::make(*registry::find_issuer(environment->read(), kIssuer), signer).value()};
  publisher = std::make_unique<Publisher>(*environment, *writer, clock, issuers, options);
}

store::EnvironmentOptions World::store_options() const {
  return {.directory = folder.path() / "store",
          .map_bytes = std::size_t{1} << 30U,
          .durability = store::Durability::temporary};
}

void World::close() {
  publisher.reset();
  writer.reset();
  environment.reset();
}

void World::reopen() {
  environment = store::Environment::open(store_options(), registry::kSchema);
  writer = std::make_unique<store::Writer>(*environment, clock);
  publisher = std::make_unique<Publisher>(*environment, *writer, clock, issuers, options);
}

void World::begin_generation(registry::IssuerId id, const pki::PrivateKey& key, pki::Seconds valid_for) {
  const std::shared_ptr<const pki::Signer> own = pki::make_openssl_signer(key);
  write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::put_issuer(context.transaction,
                         {.id = id,
                          .certificate = make_ca_certificate(*own, id.generation, clock.now() + valid_for),
                          .key_file = to_string(id) + ".key",
                          .public_url = kPublicUrl,
                          .compromise = std::nullopt});
    for (const pki::DistributionPoint point : {kKiyose, kSapporo, kChiyoda})
      registry::put_point_names(context.transaction, id, point, names_of(point, id));
    return {};
  });
  issuers.push_back(
      registry::SigningIssuer::make(*registry::find_issuer(environment->read(), id), own).value());
  publisher = std::make_unique<Publisher>(*environment, *writer, clock, issuers, options);
}

void World::write(const store::CommandFunction& function) {
  const registry::Actor actor{"test", registry::Role::officer, std::nullopt};
  const auto result = writer->execute({.actor = actor, .action = "test", .run = function});
  if (result.has_error()) throw std::runtime_error(result.error().text());
}

void World::age_records(registry::IssuerId id, std::optional<pki::Time> next_update) {
  write([&](store::CommandContext& context) -> pki::Result<void> {
    std::vector<registry::CrlRecord> records;
    for (auto rows = registry::crls_of_issuer(context.transaction, id); rows.valid(); rows.next())
      records.push_back(rows.row());
    for (registry::CrlRecord& record : records) {
      record.meaning = registry::CrlMeaning::signing_generation;
      record.covered = {{id.generation, registry::covered_sequence(record.covered, id.generation).value()}};
      record.oldest_not_after.reset();
      record.finality = registry::CrlFinality::followed;
      record.next_update = next_update.value_or(record.next_update);
      registry::put_crl(context.transaction, record);
    }
    return {};
  });
}

registry::CertificateId World::id_of(std::uint64_t serial) const {
  const auto known = issuers_.find(serial);
  return {known == issuers_.end() ? kIssuer : known->second, {serial}};
}

void World::issue(std::uint64_t serial, pki::DistributionPoint point, pki::Seconds valid_for,
                  registry::IssuerId issuer) {
  issuers_[serial] = issuer;
  write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::IssuedCertificate issued;
    issued.id = {issuer, {serial}};
    issued.resident = registry::make_resident_id(serial);
    issued.point = point;
    issued.not_before = clock.now();
    issued.not_after = clock.now() + valid_for;
    registry::record_issue(context.transaction, vault, issued, context.now);
    return {};
  });
}

void World::revoke(std::uint64_t serial, pki::CrlReason reason) {
  write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::record_revocation(context.transaction, id_of(serial), {context.now, reason}, context.now);
    return {};
  });
}

void World::release(std::uint64_t serial) {
  write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::record_release(context.transaction, id_of(serial), context.now);
    return {};
  });
}

void World::issue_revoked(std::uint64_t serial, pki::DistributionPoint point, pki::CrlReason reason,
                          registry::IssuerId issuer) {
  issue(serial, point, std::chrono::hours{24 * 365}, issuer);
  revoke(serial, reason);
}

void World::compromise(registry::IssuerId issuer) {
  write([&](store::CommandContext& context) -> pki::Result<void> {
    registry::record_compromise(context.transaction, issuer, context.now);
    return {};
  });
}

bool World::fill_in(registry::IssuerId issuer, std::size_t rows) {
  bool is_complete = false;
  write([&](store::CommandContext& context) -> pki::Result<void> {
    is_complete =
        registry::revoke_batch(context.transaction, issuer, {.rows = rows, .batch = rows}, context.now);
    return {};
  });
  return is_complete;
}

PublicationReport World::publish(PublicationKind kind) {
  const auto report = publisher->publish(kind);
  if (report.has_error()) throw std::runtime_error(report.error().text());
  if (!report->failures.empty())
    throw std::runtime_error(report->failures.front().reason.in(pki::Language::en));
  return *report;
}

std::optional<registry::CrlRecord> World::current(const registry::CrlScope& scope,
                                                  registry::CrlKind kind) const {
  return registry::current_crl(environment->read(), scope, kind);
}

pki::Bytes World::bytes(const registry::CrlRecord& record) const {
  const pki::Bytes file = support::read_file(path_of(options.folder, record));
  return pki::to_bytes(pki::ByteView(file).subspan(record.offset, record.length));
}

pki::Bytes World::bytes(const registry::CrlScope& scope, registry::CrlKind kind) const {
  return bytes(current(scope, kind).value());
}

std::vector<SeenEntry> World::entries(const registry::CrlScope& scope, registry::CrlKind kind) const {
  return entries_of(bytes(scope, kind));
}

std::string World::findings() const {
  const store::ReadTransaction snapshot = environment->read();
  std::string text;
  for (const CheckFinding& finding : check_published(snapshot, {options.folder, clock.now()}).findings)
    text += to_string(finding.list.scope.point) + " " + std::string(to_string(finding.list.kind)) + ": " +
            finding.what.in(pki::Language::en) + "\n";
  return text;
}

pki::Bytes World::make_certificate(std::uint64_t serial, pki::DistributionPoint point) const {
  const pki::Bytes identifier = pki::key_identifier(signer->public_key()).value();
  const pki::Name subject({pki::country("JP"), pki::common_name("Invented " + std::to_string(serial))});
  return certificate(*signer, serial, subject, [&](pki::der::Writer& writer) {
    extension(writer, pki::oids::kCrlDistributionPoints, false, [&] {
      writer.sequence(
          [&] { writer.sequence([&] { pki::encode_distribution_point_name(writer, names_of(point)); }); });
    });
    extension(writer, pki::oids::kAuthorityKeyIdentifier, false,
              [&] { writer.sequence([&] { writer.primitive(pki::der::tag::context(0), identifier); }); });
  });
}

std::vector<SeenEntry> entries_of(pki::ByteView der) {
  const DecodedCrl list = decode_crl(der).value();
  std::vector<SeenEntry> entries;
  EntryReader reader(list.entries);
  while (const auto entry = reader.next().value())
    entries.push_back({pki::serial_from_content(entry->serial).value().value, entry->revocation_date,
                       entry->reason.value_or(pki::CrlReason::unspecified)});
  return entries;
}

}  // namespace crl::testing
