// The world's parts above ca.

#include "tests/support/world.h"

#include <doctest/doctest.h>

#include <future>

#include "crl/check.h"
#include "crl/reader.h"
#include "crl/store.h"
#include "ocsp/query.h"
#include "ocsp/verify.h"
#include "pki/certificate.h"
#include "registry/issuance.h"
#include "tests/support/route.h"

namespace support {

namespace {

std::string describe(const registry::Revocation& revocation) {
  return std::string(pki::to_string(revocation.reason)) + " " + pki::to_rfc3339(revocation.date);
}

}  // namespace

std::string body_of(const http::Response& response) {
  if (const auto* bytes = std::get_if<pki::Bytes>(&response.body)) return std::string(pki::as_text(*bytes));
  if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&response.body))
    return std::string(pki::as_text(**shared));
  return {};
}

World::World(WorldOptions options) : AuthorityWorld(std::move(options)), crl_folder(folder.path() / "crl") {
  std::filesystem::create_directories(crl_folder);
  service::Config config;
  config.open_to_all = true;
  config.ocsp.access = ::ocsp::AccessPolicy::open_to_all;
  config.crl.priority = crl::Priority::normal;
  config.admin_threads = 8;
  config.register_policy = policy;
  running = service::Services::create(
                {*environment, *writer, vault, *authority, *issuance, clock},
                {.data = {folder.path()},
                 .config = config,
                 .durability = store::Durability::temporary,
                 .on_error = [this](std::string_view) { ++faults; },
                 .make_key = [this](std::string_view,
                                    pki::KeyAlgorithm algorithm) { return next_generation_key(algorithm); }})
                .value();
  publisher = &running->publisher();
  workers = &running->workers();
  running->mount_verifier(verifier_router);
  running->mount_admin(admin_router);
}

World::~World() = default;

pki::PrivateKey World::next_generation_key(pki::KeyAlgorithm algorithm) {
  const std::size_t number = next_generation_key_++;
  if (algorithm == pki::KeyAlgorithm::rsa_2048) return authority_keys().at(4 + number % 4);
  pki::Rng rng = pki::Rng::seeded(2).derive("key", std::to_string(number));
  return pki::PrivateKey::generate(algorithm, rng);
}

http::Response World::call(http::Method method, std::string_view target, std::string_view body,
                           const std::vector<http::Header>& headers) {
  const http::OwnedRequest request = http::make_request(method, target, headers, pki::as_bytes(body));
  const auto found = admin_router.find(request->method, request->path);
  if (const auto* refusal = std::get_if<http::Response>(&found)) return *refusal;
  std::promise<http::Response> promise;
  std::get<http::AsyncHandler> (*std::get<const http::Route*>(found))(
      request, http::Reply([&](http::Response response) { promise.set_value(std::move(response)); }));
  return promise.get_future().get();
}

std::string World::ocsp_status(const registry::CertificateId& id) {
  const pki::Certificate issuer = pki::Certificate::decode(authority->find(id.issuer)->certificate()).value();
  const std::vector<pki::Bytes> ids = {
      ::ocsp::make_cert_id(issuer, pki::der::integer_content(id.serial.value), pki::HashAlgorithm::sha1)
          .value()};
  const pki::Bytes question = ::ocsp::make_request(ids, std::nullopt).value();
  const std::string path = "/ocsp/" + std::string(pki::to_string(id.issuer.ca));
  const http::OwnedRequest request = http::make_request(http::Method::post, path, {}, question);
  const http::Response response = call_route(verifier_router, request);
  const std::string bytes = body_of(response);
  const auto answer = ::ocsp::decode_response(pki::as_bytes(bytes)).value();
  if (!answer.basic) return std::string(::ocsp::to_string(answer.status));
  const auto asked = ::ocsp::decode_request(question).value();
  ::ocsp::verify_response(*answer.basic, {.issuer = issuer, .request = asked, .now = clock.now()}).value();
  const ::ocsp::CertStatus& status = answer.basic->responses.at(0).cert_status;
  if (const auto* revoked = std::get_if<::ocsp::Revoked>(&status))
    return "revoked " + describe({revoked->revocation_time, revoked->revocation_reason});
  return std::string(::ocsp::to_string(status));
}

void World::publish(crl::PublicationKind kind) {
  const auto report = publisher->publish(kind);
  if (report.has_error()) throw std::runtime_error(report.error().text());
  if (!report->failures.empty())
    throw std::runtime_error(report->failures.front().reason.in(pki::Language::en));
}

std::map<std::uint64_t, std::string> World::listed(const registry::CrlScope& scope) const {
  const store::ReadTransaction snapshot = read();
  std::map<std::uint64_t, std::string> entries;
  const auto apply = [&](const registry::CrlRecord& record) {
    const pki::Bytes file = read_file(crl::path_of(crl_folder, record));
    const auto list = crl::decode_crl(pki::ByteView(file).subspan(record.offset, record.length)).value();
    crl::EntryReader reader(list.entries);
    while (const auto entry = reader.next().value()) {
      const std::uint64_t serial = pki::serial_from_content(entry->serial).value().value;
      const auto reason = entry->reason.value_or(pki::CrlReason::unspecified);
      entries.erase(serial);
      if (reason != pki::CrlReason::remove_from_crl)
        entries.emplace(serial, describe({entry->revocation_date, reason}));
    }
  };
  const auto delta = registry::current_crl(snapshot, scope, registry::CrlKind::delta).value();
  apply(registry::find_crl(snapshot, scope, registry::CrlKind::complete, delta.base_number.value()).value());
  apply(delta);
  return entries;
}

void World::check_issuer(registry::IssuerId issuer) {
  const store::ReadTransaction snapshot = read();
  std::map<std::uint64_t, registry::Change> last;
  std::uint64_t sequence = 0;
  for (auto changes = registry::changes_after(snapshot, issuer, pki::kWholeGeneration, 0); changes.valid();
       changes.next()) {
    const registry::Change change = changes.row();
    CHECK(change.sequence == ++sequence);
    const auto before = last.find(change.certificate.serial.value);
    CHECK(change.before == (before == last.end() ? registry::ChangeState{} : before->second.after));
    last.insert_or_assign(change.certificate.serial.value, change);
  }
  CHECK(sequence == registry::last_change_sequence(snapshot, issuer));
  std::map<std::uint64_t, registry::RevokedEntry> revoked;
  for (auto entries = registry::revoked_entries(snapshot, issuer, pki::kWholeGeneration); entries.valid();
       entries.next())
    revoked.emplace(entries.row().serial.value, entries.row());
  for (const auto& [number, change] : last) {
    const std::uint64_t serial = number;
    CAPTURE(serial);
    const registry::CertificateId id{issuer, {serial}};
    const auto status = registry::find_status(snapshot, id);
    REQUIRE(status.has_value());
    CHECK(status->revocation == change.after.revocation);
    CHECK(status->sequence == change.sequence);
    CHECK(revoked.contains(serial) == status->revocation.has_value());
    if (status->revocation) CHECK(revoked.at(serial).revocation == *status->revocation);
    CHECK(ocsp_status(id) ==
          (status->revocation ? "revoked " + describe(*status->revocation) : std::string("good")));
    revoked.erase(serial);
  }
  CHECK(revoked.empty());
}

void World::check_numbers() {
  const store::ReadTransaction snapshot = read();
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth})
    for (auto records = registry::crls_of_issuer(snapshot, {ca, 1}); records.valid(); records.next()) {
      const registry::CrlRecord record = records.row();
      std::uint64_t& last = numbers_[{record.scope, record.kind}];
      // Records come by number; what was there before stays, what is new is greater.
      last = std::max(last, record.number);
    }
  for (const auto& [key, last] : numbers_) {
    const auto current = registry::current_crl(snapshot, key.first, key.second);
    REQUIRE(current.has_value());
    CHECK(current->number == last);
    if (key.second == registry::CrlKind::delta) CHECK(current->number > current->base_number.value());
  }
}

void World::check() {
  const auto audit = store::verify_audit(read());
  INFO((audit ? std::string() : audit.error().text()));
  CHECK(audit.has_value());
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth})
    check_issuer({ca, 1});
  check_numbers();
  CHECK(registry::open_intents(read(), vault).empty());
  CHECK(read().count(registry::tables::reservations) == 0);
  CHECK(faults == 0);
}

void World::check_lists_are_current() const {
  const store::ReadTransaction snapshot = read();
  const crl::CheckRequest request{
      .folder = crl_folder, .now = clock.now(), .extent = crl::CheckExtent::current};
  for (const crl::CheckFinding& finding : crl::check_published(snapshot, request).findings) {
    CAPTURE(finding.what.in(pki::Language::en));
    CHECK_FALSE("a published list is wrong");
  }
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth}) {
    const registry::IssuerId issuer{ca, 1};
    std::map<registry::CrlScope, std::map<std::uint64_t, std::string>> wanted;
    auto entries = registry::revoked_entries(snapshot, issuer, pki::kWholeGeneration);
    for (; entries.valid(); entries.next()) {
      const registry::RevokedEntry entry = entries.row();
      if (entry.not_after < clock.now()) continue;
      wanted[{issuer, entry.point}][entry.serial.value] = describe(entry.revocation);
      wanted[{issuer, pki::kWholeGeneration}][entry.serial.value] = describe(entry.revocation);
    }
    auto points = registry::points_of(snapshot, issuer);
    points.push_back(pki::kWholeGeneration);
    for (const pki::DistributionPoint point : points) {
      CAPTURE(point.code);
      auto on_list = listed({issuer, point});
      // What has expired may stay until the next complete CRL.
      std::erase_if(on_list, [&](const auto& entry) {
        return registry::find_status(snapshot, {issuer, {entry.first}})->not_after < clock.now();
      });
      CHECK(on_list == wanted[{issuer, point}]);
    }
  }
}

}  // namespace support
