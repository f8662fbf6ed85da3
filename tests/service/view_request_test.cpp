// A view gets responders by requests that its own key signs, as long as it is not removed.

#include <doctest/doctest.h>

#include "ca/generation.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "registry/actor.h"
#include "registry/issuers.h"
#include "registry/views.h"
#include "service/inbox.h"
#include "tests/store/fake_log.h"
#include "tests/support/test_keys.h"
#include "tests/support/world.h"
#include "verifier/ledger.h"

namespace service {

namespace {

constexpr registry::IssuerId kAuth{pki::CaName::auth, 1};

std::shared_ptr<const pki::Signer> key(std::size_t number) {
  return pki::make_openssl_signer(support::authority_keys().at(number));
}

// The leader with a view `edge-1`, whose key is authority_keys()[4]; its responder's is [5].
struct Authority {
  support::World world;
  store::testing::FakeEngine engine;
  store::testing::FakeLog log{engine}, outbox_log{engine};
  verifier::LedgerCounters counters;
  Outbox outbox{outbox_log, "edge-1", counters, world.clock};

  Authority() { put({.name = "edge-1", .public_key = key(4)->public_key(), .added_at = world.clock.now()}); }
  void put(const registry::View& view) {
    const store::Command command{.actor = registry::system_actor(),
                                 .action = "view add",
                                 .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                   registry::put_view(context.transaction, view);
                                   return {};
                                 }};
    REQUIRE(world.writer->execute(command).has_value());
  }
  void remove() {
    registry::View view = registry::find_view(world.read(), "edge-1").value();
    view.removed_at = world.clock.now();
    put(view);
  }
  static ca::OwnResponderRequest request(std::size_t signed_by = 4) {
    ca::OwnResponderRequest request{.issuer = kAuth,
                                    .machine = "edge-1",
                                    .key_file = "responder-auth-1-own-1.key",
                                    .request = pki::make_certification_request(*key(5))};
    ca::sign_request(request, *key(signed_by));
    return request;
  }
  pki::Result<void> send(const ca::OwnResponderRequest& request) {
    outbox.ask(request);
    REQUIRE(outbox.send().has_value());
    return merge_inbox(log, {*world.environment, *world.writer, world.clock, &*world.authority});
  }
  std::optional<pki::Certificate> own() const {
    const auto record = registry::find_responder(world.read(), kAuth, "edge-1");
    if (!record || record->machine != "edge-1") return std::nullopt;
    return pki::Certificate::decode(record->certificate).value();
  }
};

}  // namespace

TEST_CASE("a view that was added gets a responder of seven days for the key that it has made") {
  Authority leader;
  REQUIRE(leader.send(Authority::request()).has_value());
  const auto own = leader.own();
  REQUIRE(own.has_value());
  CHECK(pki::equal(own->subject_public_key_info(), key(5)->public_key()));
  CHECK(own->not_after() - own->not_before() == ca::kViewResponderLife);
  const auto record = registry::find_responder(leader.world.read(), kAuth, "edge-1").value();
  const pki::Time end = leader.world.authority->find(kAuth)->not_after();
  const pki::Time begin = own->not_before();
  // Renewed in the second half of its life, and not before.
  CHECK_FALSE(ca::is_responder_due(record, end, begin + std::chrono::hours{83}).value());
  CHECK(ca::is_responder_due(record, end, begin + std::chrono::hours{85}).value());
}

TEST_CASE("a request of a view is refused unless its own key signs it") {
  Authority leader;
  // Not signed, by the responder's key, and by the key of another view.
  ca::OwnResponderRequest bare = Authority::request();
  bare.signature.clear();
  leader.put({.name = "edge-2", .public_key = key(3)->public_key(), .added_at = leader.world.clock.now()});
  // Nor does the key of the operations CA speak for a view.
  ca::OwnResponderRequest by_operations = Authority::request();
  ca::sign_request(by_operations, *leader.world.authority->current(pki::CaName::operations).signer());
  ca::OwnResponderRequest changed = Authority::request();
  changed.issuer = {pki::CaName::sign, 1};
  for (const auto& request : {bare, Authority::request(5), Authority::request(3), by_operations, changed}) {
    CHECK(leader.send(request).has_error());
    CHECK_FALSE(leader.own().has_value());
  }
  // It keeps nothing else from being put on record.
  CHECK(leader.send(Authority::request()).has_value());
  CHECK(leader.own().has_value());
}

TEST_CASE("a request that is no request, is for the operations CA or names another folder is refused") {
  for (const int change : {0, 1, 2, 3}) {
    CAPTURE(change);
    Authority leader;
    ca::OwnResponderRequest request = Authority::request();
    if (change == 0) request.request.resize(40);
    if (change == 1) request.issuer = {pki::CaName::operations, 1};
    if (change == 2) request.key_file = "../registry.key";
    if (change == 3) request.key_file = std::string(200, 'a') + ".key";
    ca::sign_request(request, *key(4));
    CHECK(leader.send(request).has_error());
    CHECK_FALSE(registry::find_responder(leader.world.read(), {pki::CaName::operations, 1}, "edge-1"));
    CHECK_FALSE(leader.own().has_value());
    CHECK(leader.send(Authority::request()).has_value());
  }
}

TEST_CASE("a view that was removed gets nothing, and what it sends counts no more") {
  Authority leader;
  REQUIRE(leader.send(Authority::request()).has_value());
  const auto before = leader.own();
  leader.world.clock.advance(std::chrono::days{4});
  leader.remove();
  CHECK(leader.send(Authority::request()).has_error());
  CHECK(leader.own()->not_after() == before->not_after());
  verifier::LedgerKey counted = verifier::ledger_key(std::nullopt, leader.world.clock.now());
  counted.answer = verifier::LedgerAnswer::good;
  leader.counters.count(0, counted, 3);
  REQUIRE(leader.outbox.send().has_value());
  CHECK(merge_inbox(leader.log, {*leader.world.environment, *leader.world.writer, leader.world.clock,
                                 &*leader.world.authority})
            .has_error());
}

TEST_CASE("a view that asks again and again is certified once a minute") {
  Authority leader;
  REQUIRE(leader.send(Authority::request()).has_value());
  const auto first = leader.own();
  CHECK(leader.send(Authority::request()).has_error());
  CHECK(pki::equal(leader.own()->serial_content(), first->serial_content()));
  leader.world.clock.advance(std::chrono::minutes{2});
  CHECK(leader.send(Authority::request()).has_value());
  CHECK_FALSE(pki::equal(leader.own()->serial_content(), first->serial_content()));
}

TEST_CASE("a view cannot make a sum of the ledger come round to zero") {
  Authority leader;
  verifier::LedgerKey counted = verifier::ledger_key(std::nullopt, leader.world.clock.now());
  counted.answer = verifier::LedgerAnswer::good;
  leader.counters.count(0, counted, ~std::uint64_t{0});
  REQUIRE(leader.outbox.send().has_value());
  CHECK(merge_inbox(leader.log, {*leader.world.environment, *leader.world.writer, leader.world.clock,
                                 &*leader.world.authority})
            .has_error());
}

}  // namespace service
