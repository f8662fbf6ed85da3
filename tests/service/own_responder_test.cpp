// A machine that stands by gets a responder of its own from the leader, and nobody else does.

#include "service/inbox.h"

#include <doctest/doctest.h>

#include "pki/certification_request.h"
#include "registry/issuers.h"
#include "tests/store/fake_log.h"
#include "tests/support/test_keys.h"
#include "tests/support/world.h"

namespace service {

namespace {

constexpr registry::IssuerId kAuth{pki::CaName::auth, 1};

// The leader, the mailbox, and a machine `b` that asks for a responder of the authentication CA.
struct Authority {
  support::World world;
  store::testing::FakeEngine engine;
  store::testing::FakeLog log{engine}, outbox_log{engine};
  verifier::LedgerCounters counters;
  Outbox outbox{outbox_log, "b", counters, world.clock};
  std::shared_ptr<const pki::Signer> key = pki::make_openssl_signer(support::authority_keys().at(4));

  ca::OwnResponderRequest request() const {
    ca::OwnResponderRequest request{.issuer = kAuth,
                                    .machine = "b",
                                    .key_file = "responder-auth-1-own-1.key",
                                    .request = pki::make_certification_request(*key)};
    ca::sign_request(request, *world.authority->current(pki::CaName::operations).signer());
    return request;
  }
  pki::Result<void> merge() {
    return merge_inbox(log, {*world.environment, *world.writer, world.clock, &*world.authority});
  }
  std::optional<registry::ResponderRecord> own() const {
    auto record = registry::find_responder(world.read(), kAuth, "b");
    return record && record->machine == "b" ? record : std::nullopt;
  }
};

}  // namespace

TEST_CASE("a machine of the authority gets a responder of its own, beside the generation's first one") {
  Authority leader;
  const auto first = registry::find_responder(leader.world.read(), kAuth);
  leader.outbox.ask(leader.request());
  REQUIRE(leader.outbox.send().has_value());
  REQUIRE(leader.merge().has_value());
  const auto own = leader.own();
  REQUIRE(own.has_value());
  CHECK(own->key_file == "responder-auth-1-own-1.key");
  const auto certificate = pki::Certificate::decode(own->certificate).value();
  CHECK(pki::equal(certificate.subject_public_key_info(), leader.key->public_key()));
  CHECK(registry::find_responder(leader.world.read(), kAuth)->certificate == first->certificate);
  CHECK(registry::find_responder(leader.world.read(), kAuth, "c")->certificate == first->certificate);
  // Once.
  REQUIRE(leader.merge().has_value());
  CHECK(leader.own()->certificate == own->certificate);
}

TEST_CASE("who can write to the database, and has no key of the authority, gets no responder") {
  for (const int change : {0, 1, 2, 3, 4}) {
    CAPTURE(change);
    Authority leader;
    ca::OwnResponderRequest request = leader.request();
    if (change == 0) request.signature.clear();
    if (change == 1) ca::sign_request(request, *leader.key);
    if (change == 2) request.issuer = {pki::CaName::sign, 1};
    if (change == 3) request.key_file += "x";
    if (change == 4)
      request.request =
          pki::make_certification_request(*pki::make_openssl_signer(support::authority_keys().at(5)));
    leader.outbox.ask(request);
    REQUIRE(leader.outbox.send().has_value());
    CHECK(leader.merge().has_error());
    CHECK_FALSE(leader.own().has_value());
    // It keeps nothing else from being put on record.
    CHECK(leader.merge().has_value());
  }
}

TEST_CASE("a request that is refused whenever it is read keeps no later message from being put on record") {
  Authority leader;
  leader.outbox.ask(leader.request());
  REQUIRE(leader.outbox.send().has_value());
  // The CA has ended meanwhile.
  leader.world.clock.advance(std::chrono::hours{24 * 365 * 15});
  CHECK(leader.merge().has_error());
  CHECK_FALSE(leader.own().has_value());
  CHECK(leader.merge().has_value());
  CHECK(leader.log.inbox(10)->empty());
}

TEST_CASE("a request that another machine's name was put on gives that machine nothing") {
  Authority leader;
  Outbox other(leader.outbox_log, "c", leader.counters, leader.world.clock);
  other.ask(leader.request());
  REQUIRE(other.send().has_value());
  CHECK(leader.merge().has_error());
  CHECK_FALSE(leader.own().has_value());
  CHECK(registry::find_responder(leader.world.read(), kAuth, "c")->machine.empty());
}

}  // namespace service
