// The fourteen causes of My Number Order 14, by event and by clock: each takes both certificates of the card,
// those of a phone that rest on them, and every later clock of the card (Ordinance 17, 53).

#include <doctest/doctest.h>

#include "law/lifecycle.h"
#include "registry/actor.h"
#include "registry/due.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using support::AuthorityWorld;
using support::day;
using support::with_role;

constexpr const char* kBothCeased = "cessationOfOperation/cessationOfOperation";

struct CardHolder : Holder {
  using Holder::Holder;

  pki::Result<EventPlan> tell(Event event, const std::function<void(EventDraft&)>& change = {}) {
    EventDraft request = about(event);
    if (change) change(request);
    return world.event(request, with_role(registry::Role::officer));
  }
  void record(Event event, const std::function<void(EventDraft&)>& change = {}) {
    const auto plan = tell(event, change);
    INFO((plan ? std::string() : plan.error().text()));
    REQUIRE(plan.has_value());
  }
};

}  // namespace

TEST_CASE("each of the fourteen causes takes both certificates, whatever is asked for, and names its item") {
  AuthorityWorld world;
  for (int cause = 1; cause <= 14; ++cause) {
    CAPTURE(cause);
    CardHolder holder(world);
    holder.record(Event::card_lapse, [&](EventDraft& r) { r.cause = std::to_string(cause); });
    CHECK(holder.states() == kBothCeased);
    const auto events = registry::events_of(world.read(), world.vault, holder.id);
    REQUIRE(events.back().consequences.size() == 2);
    for (const auto& consequence : events.back().consequences)
      CHECK(consequence.article.starts_with(article_of(static_cast<LapseCause>(cause)) + ", Ordinance "));
    CHECK(world.resident(holder.id).card_lapsed_on == day(2026, 11, 23));
  }
}

TEST_CASE("a lapsed or returned card is a notice for both certificates: no kind can be chosen") {
  AuthorityWorld world;
  CardHolder holder(world);
  for (const Event event : {Event::card_lapse, Event::card_return})
    for (const auto kind : {CertificateKind::sign, CertificateKind::auth, CertificateKind::mobile_sign,
                            CertificateKind::mobile_auth}) {
      const auto before = world.dump();
      const auto refused = holder.tell(event, [&](EventDraft& r) {
        if (event == Event::card_lapse) r.cause = "13";
        r.kind = kind;
      });
      REQUIRE(refused.has_error());
      CHECK(refused.error().field == "kind");
      CHECK(world.dump() == before);
    }
  CHECK(holder.states() == "good/good");
  holder.record(Event::card_return);
  CHECK(holder.states() == kBothCeased);
}

TEST_CASE("with the card every clock of it ends, so that nothing is left to be taken later") {
  AuthorityWorld world;
  CardHolder holder(world);
  holder.record(Event::address_change, [](EventDraft& r) {
    r.address = "東京都世田谷区模擬町２番";
    r.municipality = support::kSetagaya;
  });
  CHECK(world.resident(holder.id).move_in.has_value());
  holder.record(Event::card_lapse, [](EventDraft& r) { r.cause = "13"; });
  CHECK_FALSE(world.resident(holder.id).move_in.has_value());
  CHECK(world.read().count(registry::tables::due) == 0);
  CHECK(world.state(holder.auth) == "cessationOfOperation");
}

TEST_CASE("a feed may send again what it sent when a kind was still taken") {
  AuthorityWorld world;
  CardHolder holder(world);
  world.write([&](store::WriteTransaction& transaction) {
    auto resident = world.resident(holder.id);
    resident.version = 1;
    registry::put_event(transaction, world.vault,
                        {.resident = holder.id,
                         .sequence = 1,
                         .event = Event::card_return,
                         .occurred_on = day(2026, 11, 23),
                         .recorded_at = world.clock.now(),
                         .actor = with_role(registry::Role::officer),
                         .event_id = "old-1",
                         .items = {{registry::EventField::kind, "sign"}},
                         .consequences = {}});
    registry::put_resident(transaction, world.vault, resident);
  });
  const auto again = holder.tell(Event::card_return, [](EventDraft& r) {
    r.event_id = "old-1";
    r.kind = CertificateKind::sign;
  });
  REQUIRE(again.has_value());
  CHECK(again->repeated);
}

}  // namespace law
