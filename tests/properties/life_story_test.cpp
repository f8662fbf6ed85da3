// Random life stories against a slow model of the law, written from the articles and sharing nothing with the
// rule table: whatever is told, and whenever the sweep runs, each certificate stands as the model says.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "law/sweep.h"
#include "pki/random.h"
#include "registry/actor.h"
#include "registry/events.h"
#include "tests/support/authority_world.h"
#include "tests/support/seed.h"

namespace support {

namespace {

using law::Event;
using pki::CertificateKind;

// The resident as the law sees one. Days are those of Japan, as counts since 1970.
using Day = std::int64_t;

Day day_number(pki::Date date) {
  return std::chrono::sys_days(date).time_since_epoch().count();
}
pki::Date date_of(Day number) {
  return pki::Date{std::chrono::sys_days{std::chrono::days{number}}};
}

struct Certificate {
  CertificateKind kind = CertificateKind::sign;
  std::string state = "good";
  // Issued since a notice of leaving Japan that still stands.
  bool in_window = false;

  [[nodiscard]] bool can_fall() const { return state == "good" || state == "certificateHold"; }
};

// One person's life by the articles.
class Life {
 public:
  std::map<registry::CertificateId, Certificate> certificates;

  // Everything that time alone has brought by the beginning of `today`.
  void pass(Day today) {
    for (bool changed = true; changed;) {
      changed = false;
      // 住民票の消除 on the planned date (Act 12①2), but for certificates of the window.
      if (planned_ && in_register_ && today >= *planned_) {
        in_register_ = false;
        fall(CertificateKind::sign, "cessationOfOperation", true);
        if (overseas_) abroad_ = true;
        // My-Number Order 14: 1号 with the card, 3号 and 8号 on moving on.
        if (overseas_ && !handed_in_) lapse();
        if (present_by_) lapse();
        changed = true;
      }
      // Thirty days without 転入届 (Act 31①2); in Japan the card lapses, too (2号).
      if (planned_ && !in_register_ && today > *planned_ + 30) {
        fall(CertificateKind::auth, "cessationOfOperation", true);
        if (!overseas_) lapse();
        planned_.reset();
        changed = true;
      }
      if (returned_ && today > *returned_ + 14) {  // 7号
        returned_.reset();
        lapse();
        changed = true;
      }
      if (present_by_ && today > *present_by_) {  // 3号, 8号
        lapse();
        changed = true;
      }
    }
  }

  // True when the law lets the event be told at all.
  [[nodiscard]] bool may_happen(Event event) const {
    switch (event) {
      case Event::holder_application:
      case Event::key_notice:
      case Event::record_error:
      case Event::undelivered:
      case Event::hold:
      case Event::card_lapse:
      case Event::card_return:
        return true;
      case Event::release:
        return std::ranges::any_of(certificates, [](const auto& entry) {
          return entry.second.kind == CertificateKind::auth && entry.second.state == "certificateHold";
        });
      case Event::correction:
        return true;
      case Event::move_out:
      case Event::overseas_exit:
        return in_register_;
      case Event::move_out_cancel:
        return planned_ && !removed_ && !abroad_;
      case Event::overseas_return:
      case Event::overseas_record_deletion:
        return abroad_;
      default:
        return !removed_;
    }
  }

  struct What {
    Event event;
    Day today;
    Day planned = 0;
    bool handed_in = false;
    bool other_municipality = false;
    std::optional<CertificateKind> kind = {};
  };

  void happen(const What& what) {
    switch (what.event) {
      case Event::address_change:
        fall(CertificateKind::sign, "affiliationChanged");
        if (what.other_municipality || !in_register_) move_in(what.today);
        return;
      case Event::name_change:
      case Event::sex_change:
      case Event::birth_date_change:
      case Event::former_name_change:
      case Event::alias_change:
        return fall(CertificateKind::sign, "affiliationChanged");
      case Event::death:
      case Event::deletion:
      case Event::overseas_record_deletion:
        return remove();
      case Event::move_out:
      case Event::overseas_exit:
        return plan_to_leave(what);
      case Event::move_out_cancel:
        planned_.reset();
        in_register_ = true;
        return;
      case Event::overseas_return:
        returned_ = what.today;
        return;
      case Event::card_issue:
        card_ = true;
        present_by_.reset();
        return;
      case Event::card_present:
        present_by_.reset();
        return;
      case Event::card_lapse:
      case Event::card_return:
        fall_both("cessationOfOperation", {});
        without_card();
        return;
      case Event::undelivered:
        return fall_both("unspecified", what.kind);
      case Event::holder_application:
        return fall_both("cessationOfOperation", what.kind);
      case Event::key_notice:
        return fall_both("keyCompromise", what.kind);
      case Event::record_error:
        return fall_both("affiliationChanged", what.kind);
      case Event::hold:
        return hold(what.kind);
      case Event::release:
        return release();
      default:
        return;
    }
  }

  // Act 3, 22, 6, 25: in the register or abroad, with a card, and none of the kind in force.
  [[nodiscard]] bool may_be_issued(CertificateKind kind, bool renewal) const {
    if (removed_ || !card_ || (!in_register_ && !abroad_)) return false;
    return renewal || std::ranges::none_of(certificates, [&](const auto& entry) {
             return entry.second.kind == kind && entry.second.can_fall();
           });
  }
  void issued(const registry::CertificateId& id, CertificateKind kind) {
    fall(kind, "superseded");
    certificates[id] = {.kind = kind, .state = "good", .in_window = planned_.has_value() && overseas_};
  }
  [[nodiscard]] bool in_register() const { return in_register_; }
  [[nodiscard]] bool removed() const { return removed_; }

 private:
  static bool concerns(const std::optional<CertificateKind>& kind, const Certificate& certificate) {
    return !kind || *kind == certificate.kind;
  }
  void fall(CertificateKind kind, const char* reason, bool by_departure = false) {
    for (auto& [id, certificate] : certificates)
      if (certificate.kind == kind && certificate.can_fall() &&
          !(by_departure && overseas_ && certificate.in_window))
        certificate.state = reason;
  }
  void fall_both(const char* reason, const std::optional<CertificateKind>& kind) {
    for (const auto one : {CertificateKind::sign, CertificateKind::auth})
      if (!kind || *kind == one) fall(one, reason);
  }
  void hold(const std::optional<CertificateKind>& kind) {
    for (auto& [id, certificate] : certificates)
      if (certificate.state == "good" && concerns(kind, certificate)) certificate.state = "certificateHold";
  }
  void release() {
    for (auto& [id, certificate] : certificates)
      if (certificate.state == "certificateHold" && certificate.kind == CertificateKind::auth)
        certificate.state = "good";
  }
  void remove() {
    fall_both("cessationOfOperation", {});
    removed_ = true;
    in_register_ = abroad_ = false;
    planned_.reset();
    returned_.reset();
    present_by_.reset();
  }
  void plan_to_leave(const What& what) {
    const bool overseas = what.event == Event::overseas_exit;
    // An amended notice goes on with the window of the first.
    if (!(planned_ && overseas_ == overseas))
      for (auto& [id, certificate] : certificates)
        certificate.in_window = false;
    planned_ = what.planned;
    overseas_ = overseas;
    handed_in_ = what.handed_in;
  }
  void without_card() {
    card_ = false;
    present_by_.reset();
    returned_.reset();
  }
  void lapse() {
    if (card_) fall_both("cessationOfOperation", {});
    without_card();
  }
  void move_in(Day today) {
    in_register_ = true;
    abroad_ = false;
    planned_.reset();
    returned_.reset();
    present_by_.reset();
    if (card_) present_by_ = today + 90;
  }

  bool in_register_ = true, abroad_ = false, removed_ = false, card_ = true;
  std::optional<Day> planned_, returned_, present_by_;
  bool overseas_ = false, handed_in_ = false;
};

class Stories {
 public:
  explicit Stories(std::uint64_t seed) : rng_(pki::Rng::seeded(seed)) {}

  void run(int steps) {
    for (int i = 0; i < 6; ++i)
      lives_[world_.add_resident()] = {};
    for (int i = 0; i < steps; ++i) {
      CAPTURE(i);
      const std::uint64_t dice = rng_.below(20);
      if (dice < 5)
        issue();
      else if (dice < 13)
        happen();
      else if (dice < 18)
        let_time_pass();
      else
        sweep();
    }
    sweep();
  }

 private:
  [[nodiscard]] Day today() const { return day_number(pki::jst_date(world_.clock.now())); }

  std::pair<const registry::ResidentId, Life>& somebody() {
    auto found = lives_.begin();
    std::advance(found, static_cast<std::ptrdiff_t>(rng_.below(lives_.size())));
    // A new resident takes the place of the dead, so that the story goes on.
    if (found->second.removed() && rng_.below(3) == 0) {
      lives_.erase(found);
      found = lives_.emplace(world_.add_resident(), Life{}).first;
    }
    return *found;
  }

  void issue() {
    auto& [id, life] = somebody();
    const auto kind = rng_.below(2) == 0 ? CertificateKind::sign : CertificateKind::auth;
    const bool renewal = rng_.below(3) == 0;
    life.pass(today());
    const auto issued = world_.issuance->issue(
        AuthorityWorld::issue_request(id, kind, renewal ? ca::IssueMode::renewal : ca::IssueMode::initial));
    INFO((issued ? std::string() : issued.error().detail));
    CHECK(issued.has_value() == life.may_be_issued(kind, renewal));
    if (issued) life.issued(issued->id, kind);
    check(id, life);
  }

  void happen() {
    static constexpr std::array kEvents = {Event::address_change,
                                           Event::address_change,
                                           Event::address_change,
                                           Event::name_change,
                                           Event::sex_change,
                                           Event::move_out,
                                           Event::move_out,
                                           Event::move_out_cancel,
                                           Event::overseas_exit,
                                           Event::overseas_exit,
                                           Event::overseas_return,
                                           Event::card_issue,
                                           Event::card_issue,
                                           Event::card_present,
                                           Event::card_lapse,
                                           Event::card_return,
                                           Event::undelivered,
                                           Event::hold,
                                           Event::hold,
                                           Event::release,
                                           Event::release,
                                           Event::key_notice,
                                           Event::holder_application,
                                           Event::record_error,
                                           Event::alias_change,
                                           Event::former_name_change,
                                           Event::death,
                                           Event::deletion,
                                           Event::overseas_record_deletion};
    auto& [id, life] = somebody();
    life.pass(today());
    Life::What what{.event = kEvents[rng_.below(kEvents.size())], .today = today()};
    if ((what.event == Event::death || what.event == Event::deletion) && rng_.below(3) != 0) return;
    const law::EventRequest request = request_about(id, what);
    const bool expected = life.may_happen(what.event);
    const auto actor = world_.resident(id).municipality;
    const auto plan = world_.event(request, municipality(actor));
    CAPTURE(law::to_string(what.event));
    INFO((plan ? std::string() : plan.error().detail));
    CHECK(plan.has_value() == expected);
    if (plan) {
      life.happen(what);
      life.pass(today());
      // Told again under its id, it changes nothing.
      const auto again = world_.event(request, municipality(world_.resident(id).municipality));
      CHECK(again.has_value());
      if (again) CHECK(again->repeated);
      CHECK(world_.resident(id).version == plan->resident.version);
    } else {
      // A refusal writes nothing, so what time has brought still waits for the sweep.
      sweep();
    }
    check(id, life);
  }

  law::EventRequest request_about(registry::ResidentId id, Life::What& what) {
    law::EventRequest request;
    request.resident = id;
    request.event = what.event;
    request.event_id = "story-" + std::to_string(++number_);
    const registry::Resident resident = world_.resident(id);
    const std::string fresh = std::to_string(number_);
    switch (what.event) {
      case Event::address_change: {
        request.address = "東京都模擬町" + fresh + "番";
        request.municipality = rng_.below(2) == 0 ? kKiyose : kSetagaya;
        what.other_municipality = *request.municipality != resident.municipality;
        break;
      }
      case Event::name_change:
        request.name = "模擬　" + fresh;
        break;
      case Event::alias_change:
        request.alias = "通称" + fresh;
        break;
      case Event::former_name_change:
        request.former_name = "旧氏" + fresh;
        break;
      case Event::sex_change:
        request.sex = resident.sex == registry::Sex::male ? registry::Sex::female : registry::Sex::male;
        break;
      case Event::overseas_exit:
        what.handed_in = rng_.below(2) == 0;
        request.card =
            what.handed_in ? registry::Departure::Card::handed_in : registry::Departure::Card::kept;
        [[fallthrough]];
      case Event::move_out:
        what.planned = what.today - 40 + static_cast<Day>(rng_.below(80));
        request.planned = date_of(what.planned);
        break;
      case Event::card_issue:
        request.card_expires = day(2099, 1, 1);
        break;
      case Event::card_lapse:
        request.cause = std::to_string(1 + rng_.below(14));
        break;
      case Event::hold:
      case Event::key_notice:
      case Event::holder_application:
        if (rng_.below(2) == 0)
          request.kind = what.kind = rng_.below(2) == 0 ? CertificateKind::sign : CertificateKind::auth;
        break;
      default:
        break;
    }
    return request;
  }

  void let_time_pass() {
    // To any second, and often to the very edge of a day in Japan.
    const auto days = static_cast<Day>(rng_.below(20));
    const pki::Date then = date_of(today() + days);
    if (rng_.below(2) == 0)
      world_.clock.advance(pki::Seconds{days * 86'400 + static_cast<std::int64_t>(rng_.below(86'400))});
    else if (days > 0)
      world_.clock.set(rng_.below(2) == 0 ? pki::jst_start_of_day(then) : pki::jst_end_of_day(then));
  }

  void sweep() {
    const auto swept = law::sweep({*world_.environment, *world_.writer, world_.vault},
                                  with_role(registry::Role::system), world_.clock.now());
    REQUIRE(swept.has_value());
    for (auto& [id, life] : lives_) {
      life.pass(today());
      check(id, life);
    }
  }

  // The status of every certificate, the rule of one of a kind, and that nothing comes back.
  void check(registry::ResidentId id, const Life& life) {
    std::map<CertificateKind, int> in_force;
    for (const auto& [certificate, expected] : life.certificates) {
      const auto shown = to_string(certificate);
      CAPTURE(shown);
      const std::string state = world_.state(certificate);
      CHECK(state == expected.state);
      if (expected.can_fall()) ++in_force[expected.kind];
      if (gone_.contains(certificate)) CHECK(state == gone_.at(certificate));
      if (state != "good" && state != "certificateHold") gone_[certificate] = state;
    }
    for (const auto& [kind, number] : in_force)
      CHECK(number <= 1);
    std::uint64_t sequence = 0;
    for (const auto& event : registry::events_of(world_.read(), world_.vault, id))
      CHECK(event.sequence == ++sequence);
  }

  pki::Rng rng_;
  AuthorityWorld world_;
  std::map<registry::ResidentId, Life> lives_;
  std::map<registry::CertificateId, std::string> gone_;
  int number_ = 0;
};

}  // namespace

TEST_CASE("in random life stories each certificate stands as the law says, whenever the sweep runs") {
  for (std::uint64_t round = 0; round < 20; ++round) {
    CAPTURE(support::seed());
    CAPTURE(round);
    Stories(support::seed() * 1'000 + round).run(250);
  }
}

}  // namespace support
