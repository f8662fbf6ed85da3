// The compromise of a CA's key through the whole of ca: who may record it, what falls, what is refused from
// then on, and how issuing goes on with a new generation.

#include "law/compromise.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "law/eligibility.h"
#include "registry/actor.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using registry::Role;
using namespace support;

constexpr registry::IssuerId kSign1{pki::CaName::sign, 1}, kSign2{pki::CaName::sign, 2};
constexpr registry::IssuerId kAuth1{pki::CaName::auth, 1}, kOps1{pki::CaName::operations, 1};

class Compromised : public AuthorityWorld {
 public:
  pki::Result<CompromiseRecord> compromise(registry::IssuerId issuer, Role role = Role::officer) {
    CompromiseRecord record;
    TRY(writer->execute({.actor = with_role(role),
                         .action = "event ca-key-compromise",
                         .run = [&](store::CommandContext& context) -> pki::Result<void> {
                           TRY_ASSIGN(record, record_compromise(context, issuer));
                           return {};
                         }}));
    return record;
  }
  std::vector<registry::IssuerId> fill_in() {
    return fill_in_compromises(*environment, *writer, [] { return false; },
                               {.first_rows = 1, .rows_min = 1, .rows_max = 2})
        .value();
  }
  // What `jpki ca roll` does, and the start of a new process after it.
  pki::Result<registry::IssuerId> roll(pki::CaName ca) {
    writer.reset();
    auto transaction = store::begin_exclusive_write(*environment);
    const auto rows = registry::all_municipalities(transaction);
    auto rolled = ca::hold_rollover(transaction, keys, ca,
                                    {.profile = profile,
                                     .municipalities = rows,
                                     .now = clock.now(),
                                     .make_key =
                                         [](std::string_view, pki::KeyAlgorithm) {
                                           static std::size_t next = 6;
                                           return authority_keys().at(next++);
                                         },
                                     .key_heading = {},
                                     .actor = with_role(Role::officer)});
    if (rolled.has_value()) transaction.commit();
    return rolled;
  }
};

}  // namespace

TEST_CASE("officers and supervisors record a compromise, of a generation that there is") {
  Compromised world;
  const StoreDump before = world.dump();
  for (const Role role : {Role::municipality, Role::call_centre, Role::auditor}) {
    const auto refused = world.compromise(kSign1, role);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == pki::Errc::forbidden);
  }
  for (const registry::IssuerId issuer : {kSign2, kOps1}) {
    const auto refused = world.compromise(issuer);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == pki::Errc::invalid_value);
    CHECK(refused.error().field == "ca");
  }
  CHECK(world.dump() == before);
  CHECK(world.compromise(kSign1, Role::supervisor).has_value());
}

TEST_CASE("a second record of the same compromise changes nothing") {
  Compromised world;
  const auto first = world.compromise(kSign1).value();
  CHECK_FALSE(first.repeated);
  world.clock.advance(1h);
  const auto second = world.compromise(kSign1).value();
  CHECK(second.repeated);
  CHECK(second.compromise.recorded_at == first.compromise.recorded_at);
}

TEST_CASE("from the record on nothing of the generation is in force, and nothing is issued from it") {
  Compromised world;
  const auto resident = world.add_resident();
  const auto auth = world.issue(resident, CertificateKind::auth);
  const auto sign = world.issue(resident, CertificateKind::sign);
  REQUIRE(world.compromise(kSign1).has_value());
  const auto in_force = [&](CertificateKind kind) {
    return certificate_in_force(world.read(), resident, kind, world.clock.now()).has_value();
  };
  CHECK_FALSE(in_force(CertificateKind::sign));
  CHECK(in_force(CertificateKind::auth));
  const auto refused = world.issuance->issue(
      AuthorityWorld::issue_request(resident, CertificateKind::sign, ca::IssueMode::renewal));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::refused_by_law);
  CHECK(refused.error().article.starts_with("Act 14"));
  // An event finds nothing more to revoke; the other CA's certificate is touched as ever.
  EventDraft death;
  death.resident = resident;
  death.event = Event::death;
  const auto plan = world.event(death);
  REQUIRE(plan.has_value());
  REQUIRE(plan->record.consequences.size() == 1);
  CHECK(plan->record.consequences.front().certificate == auth.id);
  CHECK(world.fill_in() == std::vector<registry::IssuerId>{kSign1});
  CHECK(world.state(sign.id) == "cACompromise");
  CHECK(world.state(auth.id) == "cessationOfOperation");
  CHECK(world.fill_in().empty());
}

TEST_CASE("a compromise between intent and record leaves the certificate revoked and not given out") {
  Compromised world;
  const auto resident = world.add_resident();
  // The first batch reserves serials, the second records the intent: the compromise comes right behind it.
  world.clock.at_batch(2, [&world] {
    world.writer->submit({.actor = with_role(Role::officer),
                          .action = "event ca-key-compromise",
                          .run = [](store::CommandContext& context) -> pki::Result<void> {
                            TRY(record_compromise(context, kSign1));
                            return {};
                          }},
                         [](const pki::Result<void>&) {});
  });
  const auto refused = world.issuance->issue(AuthorityWorld::issue_request(resident, CertificateKind::sign));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  const auto held = registry::certificates_of(world.read(), resident);
  REQUIRE(held.size() == 1);
  CHECK(world.state(held.front()) == "cACompromise");
}

TEST_CASE("filling in stops on request, and is taken up again by the next process") {
  Compromised world;
  std::vector<registry::CertificateId> issued;
  issued.reserve(9);
  for (int i = 0; i < 9; ++i)
    issued.push_back(world.issue(world.add_resident(), CertificateKind::auth).id);
  REQUIRE(world.compromise(kAuth1).has_value());
  int asked = 0;
  const auto stopped = fill_in_compromises(*world.environment, *world.writer, [&] { return ++asked > 2; },
                                           {.first_rows = 2, .rows_min = 1, .rows_max = 2});
  CHECK(stopped.value().empty());
  const auto filled = [&] {
    return std::ranges::count_if(issued, [&](const auto& id) { return world.state(id) == "cACompromise"; });
  };
  CHECK(filled() > 0);
  CHECK(filled() < 9);
  world.start();
  CHECK(world.fill_in() == std::vector<registry::IssuerId>{kAuth1});
  CHECK(filled() == 9);
  CHECK(store::verify_audit(world.read()).has_value());
}

TEST_CASE("a new generation goes on where the compromised one ended") {
  Compromised world;
  const auto resident = world.add_resident();
  world.issue(resident, CertificateKind::auth);
  const auto lost = world.issue(resident, CertificateKind::sign);
  REQUIRE(world.compromise(kSign1).has_value());
  REQUIRE(world.roll(pki::CaName::sign).value() == kSign2);
  world.start();
  // Not a renewal: there is nothing in force to supersede, though the old row is not filled in yet.
  const auto next = world.issue(resident, CertificateKind::sign);
  CHECK(next.id.issuer == kSign2);
  CHECK(next.id.serial > lost.id.serial);
  CHECK(world.state(next.id) == "good");
  CHECK(world.fill_in() == std::vector<registry::IssuerId>{kSign1});
  CHECK(world.state(lost.id) == "cACompromise");
  CHECK(world.state(next.id) == "good");
  // One name, two keys; the distribution points have URIs of their own.
  const auto &old_ca = *world.authority->find(kSign1), &new_ca = *world.authority->find(kSign2);
  CHECK(old_ca.name().encode() == new_ca.name().encode());
  CHECK(old_ca.key_identifier() != new_ca.key_identifier());
  const auto names = registry::find_point_names(world.read(), kSign2, {kKiyose}).value();
  CHECK(names.uri.value().find("/crl/sign-2/132217/full.crl") != std::string::npos);
  CHECK(registry::find_responder(world.read(), kSign2).has_value());
  CHECK(store::verify_audit(world.read()).has_value());
}

}  // namespace law
