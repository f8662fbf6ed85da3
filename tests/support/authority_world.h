// An authority in a temporary folder: both CAs, a few residents, a clock that is set by hand. For the tests
// of ca and of everything above it, which is why it needs nothing above ca.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ca/ceremony.h"
#include "ca/issue.h"
#include "law/lifecycle.h"
#include "law/reported_keys.h"
#include "pki/certification_request.h"
#include "pki/test_keys.h"
#include "registry/actor.h"
#include "store/audit.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/event_draft.h"
#include "tests/support/places.h"
#include "tests/support/store_dump.h"
#include "tests/support/test_keys.h"

namespace support {

using namespace std::chrono_literals;

struct WorldOptions {
  ca::ProfileConfig profile = {};
  Places places = Places::few;
  law::HoldRelease hold_release = law::HoldRelease::auth;
  law::AddressRule addresses = law::AddressRule::prefecture_first;
};

inline registry::Actor municipality(std::uint32_t code) {
  return {.operator_name = "counter", .role = registry::Role::municipality, .municipality = code};
}
inline registry::Actor with_role(registry::Role role) {
  return {.operator_name = "someone", .role = role, .municipality = {}};
}

class AuthorityWorld {
 public:
  explicit AuthorityWorld(WorldOptions options = {})
      : policy{.hold_release = options.hold_release, .addresses = options.addresses},
        profile(ca::Profile::make(options.profile).value()),
        keys(folder.path() / "keys"),
        environment(store::Environment::create({.directory = folder.path() / "store",
                                                .map_bytes = std::size_t{1} << 30U,
                                                .durability = store::Durability::temporary},
                                               registry::kSchema)) {
    hold_ceremony(options.places);
    start();
  }
  virtual ~AuthorityWorld() = default;
  AuthorityWorld(const AuthorityWorld&) = delete;
  AuthorityWorld& operator=(const AuthorityWorld&) = delete;

  // What a new process does with the store that the last one left.
  void start() {
    issuance.reset();
    writer = std::make_unique<store::Writer>(*environment, clock);
    authority.emplace(ca::Authority::load(environment->read(), keys, profile).value());
    issuance =
        std::make_unique<ca::Issuance>(*environment, *writer, vault, *authority, clock, pki::Rng::seeded(1));
  }

  [[nodiscard]] store::ReadTransaction read() const { return environment->read(); }
  [[nodiscard]] StoreDump dump() const { return support::dump(environment->read()); }

  // Runs a command that must be accepted.
  void write(const std::function<void(store::WriteTransaction&)>& change) {
    const auto result = writer->execute({.actor = with_role(registry::Role::officer),
                                         .action = "test",
                                         .run = [&](store::CommandContext& context) {
                                           change(context.transaction);
                                           return pki::Result<void>{};
                                         }});
    if (result.has_error()) throw std::runtime_error(result.error().text());
  }

  // An invented resident of Kiyose, born 1980-02-17; `change` makes another one of him.
  registry::ResidentId add_resident(const std::function<void(registry::Resident&)>& change = {}) {
    registry::Resident resident;
    resident.id = registry::make_resident_id(1'000'000'000 + next_resident_++);
    resident.name = "模擬　太郎";
    resident.birth = day(1980, 2, 17);
    resident.sex = registry::Sex::male;
    resident.municipality = kKiyose;
    resident.address = "東京都清瀬市模擬町１番";
    if (change) change(resident);
    write(
        [&](store::WriteTransaction& transaction) { registry::put_resident(transaction, vault, resident); });
    return resident.id;
  }
  [[nodiscard]] registry::Resident resident(registry::ResidentId id) const {
    return registry::find_resident(environment->read(), vault, id).value();
  }

  // A request with one of the committed keys; the same number, the same key.
  [[nodiscard]] static const pki::Bytes& request(std::size_t number = 0) {
    static const std::vector<pki::Bytes> requests = [] {
      std::vector<pki::Bytes> list;
      for (std::size_t i = 4; i < 8; ++i)
        list.push_back(pki::make_certification_request(authority_keys().at(i)));
      return list;
    }();
    return requests.at(number % requests.size());
  }
  [[nodiscard]] static ca::IssueRequest issue_request(registry::ResidentId id, pki::CertificateKind kind,
                                                      ca::IssueMode mode = ca::IssueMode::initial) {
    return {.resident = id,
            .kind = kind,
            .mode = mode,
            .certification_request = request(static_cast<std::size_t>(kind)),
            .actor = with_role(registry::Role::officer),
            .name_substitute = {},
            .address_substitute = {}};
  }
  // The same with a key that no other request has: one that was reported is certified no more.
  [[nodiscard]] ca::IssueRequest with_new_key(ca::IssueRequest asked) {
    asked.certification_request = pki::make_certification_request(
        pki::make_test_key(pki::KeyAlgorithm::rsa_2048, next_key_++, "holder"));
    return asked;
  }
  // Throws when it is refused. With the key of issue_request(), or a new one when that was reported.
  registry::IssuedCertificate issue(registry::ResidentId id, pki::CertificateKind kind,
                                    ca::IssueMode mode = ca::IssueMode::initial) {
    const ca::IssueRequest asked = issue_request(id, kind, mode);
    auto issued = issuance->issue(asked);
    if (issued.has_error() && issued.error().article == law::kReportedKeyArticle)
      issued = issuance->issue(with_new_key(asked));
    if (issued.has_error()) throw std::runtime_error(issued.error().text());
    return std::move(*issued);
  }

  [[nodiscard]] store::Command event_command(const law::EventRequest& request, const registry::Actor& actor) {
    return {.actor = actor,
            .action = "event " + std::string(to_string(request.event())),
            .run = [this, request](store::CommandContext& context) -> pki::Result<void> {
              TRY_ASSIGN(last_plan, law::record_event(context, vault, request, policy));
              return {};
            }};
  }
  pki::Result<law::EventPlan> event(const law::EventRequest& request, const registry::Actor& actor) {
    TRY(writer->execute(event_command(request, actor)));
    return last_plan;
  }
  pki::Result<law::EventPlan> event(const EventDraft& draft, const registry::Actor& actor) {
    TRY_ASSIGN(const law::EventRequest request, draft.request());
    return event(request, actor);
  }
  // By the municipality of Kiyose.
  pki::Result<law::EventPlan> event(const EventDraft& draft) { return event(draft, municipality(kKiyose)); }

  [[nodiscard]] std::optional<registry::Status> status(const registry::CertificateId& id) const {
    return registry::find_status(environment->read(), id);
  }
  // "good", "absent", or the RFC's word for the reason.
  [[nodiscard]] std::string state(const registry::CertificateId& id) const {
    const auto found = status(id);
    if (!found) return "absent";
    return found->revocation ? std::string(pki::to_string(found->revocation->reason)) : "good";
  }

  TemporaryFolder folder;
  SettableClock clock;
  law::RegisterPolicy policy;
  ca::Profile profile;
  ca::KeyFolder keys;
  store::Vault vault{pki::SealingKey(1, pki::Bytes(32, 7)), pki::Rng::seeded(1)};
  std::unique_ptr<store::Environment> environment;
  std::unique_ptr<store::Writer> writer;
  std::optional<ca::Authority> authority;
  std::unique_ptr<ca::Issuance> issuance;
  // The plan of the last event that was recorded; written on the writer's thread.
  law::EventPlan last_plan;

 private:
  void hold_ceremony(Places places) {
    std::size_t next_key = 0;
    const ca::KeySource make_key = [&](std::string_view, pki::KeyAlgorithm algorithm) {
      if (algorithm == pki::KeyAlgorithm::rsa_2048) return authority_keys().at(next_key++);
      pki::Rng rng = pki::Rng::seeded(1).derive("key", std::to_string(next_key++));
      return pki::PrivateKey::generate(algorithm, rng);
    };
    const auto rows = municipalities(places);
    auto transaction = store::begin_exclusive_write(*environment);
    const auto held = ca::hold_ceremony(transaction, keys,
                                        {.profile = profile,
                                         .municipalities = rows,
                                         .now = clock.now(),
                                         .make_key = make_key,
                                         .key_heading = {},
                                         .actor = with_role(registry::Role::officer)});
    if (held.has_error()) throw std::runtime_error(held.error().text());
    transaction.commit();
  }

  std::uint64_t next_resident_ = 1, next_key_ = 1;
};

}  // namespace support
