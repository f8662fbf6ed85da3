// Random life stories against the slow model of the law in life.h: whatever is told, and whenever the sweep
// runs, each certificate stands as the model says.
//
// What is told is drawn from the program's own table of events and of the items that each takes, so a new
// event or a new item is told the day it exists, and fails here until the model and the generators know it.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "law/event_items.h"
#include "law/sweep.h"
#include "pki/random.h"
#include "registry/actor.h"
#include "registry/events.h"
#include "tests/properties/life.h"
#include "tests/support/authority_world.h"
#include "tests/support/openssl_cms.h"
#include "tests/support/seed.h"

namespace support {

namespace {

using law::Event;
using pki::CertificateKind;

std::string digits(int number, int width) {
  static const std::array<const char*, 10> kFull = {"０", "１", "２", "３", "４",
                                                    "５", "６", "７", "８", "９"};
  std::string text;
  for (const char digit : std::to_string(number))
    text += width == 0 ? kFull.at(static_cast<std::size_t>(digit - '0')) : std::string(1, digit);
  return text;
}

std::string spelled(const Text& text) {
  if (text.meaning == 0) return "";
  return std::string(text.writing == 0 ? "髙橋" : "高橋") + (text.width == 0 ? "　" : " ") +
         digits(text.meaning, text.width);
}

std::string spelled(const Place& place) {
  std::string text = place.municipality == kKiyose ? "東京都清瀬市" : "東京都世田谷区";
  text += place.writing == 0 ? "模擬澤" : "模擬沢";
  text += digits(place.area, place.width) + "丁目" + digits(place.lot, place.width) + "番";
  if (place.building != 0)
    text += (place.width == 0 ? "　新館" : " 新館") + digits(place.building, place.width);
  return text;
}

pki::Date birth_date(int number) {
  return day(1980, 2, static_cast<unsigned>(number));
}

// The events that somebody may tell of a resident, from the rule table.
std::vector<Event> events_to_tell() {
  std::vector<Event> events;
  for (const law::Rule& rule : law::all_rules())
    if (law::is_reported(rule.event) && std::ranges::find(events, rule.event) == events.end())
      events.push_back(rule.event);
  return events;
}

class Stories {
 public:
  explicit Stories(std::uint64_t seed) : rng_(pki::Rng::seeded(seed)), events_(events_to_tell()) {
    // What says something only after another event is told more often.
    for (const Event event : {Event::hold, Event::release, Event::release, Event::move_out_cancel,
                              Event::overseas_exit, Event::overseas_exit, Event::correction,
                              Event::correction, Event::minor_correction, Event::card_issue})
      events_.push_back(event);
    add_person_generators();
    add_other_generators();
    add_notice_generator();
  }

  void run(int steps) {
    for (int i = 0; i < 3; ++i)
      add_life();
    for (int i = 0; i < steps; ++i) {
      CAPTURE(i);
      const std::uint64_t dice = rng_.below(20);
      if (dice < 8)
        issue();
      else if (dice < 15)
        happen();
      else if (dice < 18)
        let_time_pass();
      else
        sweep();
    }
    sweep();
  }

 private:
  using Lives = std::map<registry::ResidentId, Life>;

  [[nodiscard]] pki::Time now() const { return world_.clock.now(); }
  [[nodiscard]] Day today() const { return day_number(pki::jst_date(now())); }
  bool one_in(std::uint64_t n) { return rng_.below(n) == 0; }
  int pick(int first, int last) {
    return first + static_cast<int>(rng_.below(static_cast<std::uint64_t>(last - first + 1)));
  }

  Lives::iterator add_life() {
    Life life(kKiyose, one_in(3));
    const auto id = world_.add_resident([&](registry::Resident& resident) {
      resident.name = spelled(life.name);
      resident.address = spelled(life.address);
      resident.birth = birth_date(life.birth);
      resident.is_foreign = life.is_foreign;
    });
    return lives_.emplace(id, std::move(life)).first;
  }

  Lives::value_type& somebody() {
    auto found = lives_.begin();
    std::advance(found, static_cast<std::ptrdiff_t>(rng_.below(lives_.size())));
    // A new resident takes the place of the dead, so that the story goes on.
    if (found->second.removed() && one_in(3)) {
      lives_.erase(found);
      found = add_life();
    }
    return *found;
  }

  // A request that the holder of the card's signing certificate signed.
  [[nodiscard]] pki::Bytes application(const registry::CertificateId& signer, pki::ByteView request) const {
    const auto certificate = registry::find_certificate(world_.read(), world_.vault, signer).value();
    const auto key = 4 + static_cast<std::size_t>(CertificateKind::sign) % 4;
    return openssl_cms(certificate.der, authority_keys().at(key), request);
  }

  void issue() {
    static constexpr std::array kKinds = {CertificateKind::sign,        CertificateKind::auth,
                                          CertificateKind::sign,        CertificateKind::auth,
                                          CertificateKind::mobile_sign, CertificateKind::mobile_auth};
    auto& [id, life] = somebody();
    const auto kind = kKinds.at(rng_.below(kKinds.size()));
    const bool renewal = one_in(2);
    life.pass(now());
    auto request =
        AuthorityWorld::issue_request(id, kind, renewal ? ca::IssueMode::renewal : ca::IssueMode::initial);
    if (pki::is_mobile(kind)) {
      const auto* signer = life.good(CertificateKind::sign, now());
      // The program is not asked, and what time has brought in the model it must bring there, too: after the
      // end of a certificate nothing is recorded of it any more.
      if (signer == nullptr) return sweep();
      request.application = application(signer->first, request.certification_request);
    }
    const auto issued = world_.issuance->issue(request);
    CAPTURE(pki::to_string(kind));
    INFO((issued ? std::string() : issued.error().text()));
    CHECK(issued.has_value() == life.may_be_issued(kind, renewal, now()));
    if (issued) life.issued(issued->id, kind, issued->not_after, now());
    check(id, life);
  }

  // One way to make up each item, by its field name.
  using Generator = std::function<void(Told&, support::EventDraft&, const Life&)>;

  Text some_text(const Text& present, bool may_be_none) {
    Text text{pick(may_be_none ? 0 : 1, 3), pick(0, 1), pick(0, 1)};
    // Often the same one, written in another way.
    if (one_in(2) && present.meaning != 0) text.meaning = present.meaning;
    return text;
  }
  Place some_place(const Place& present) {
    Place place = present;
    place.writing = pick(0, 1);
    place.width = pick(0, 1);
    switch (rng_.below(6)) {
      case 0:
        place.area = pick(1, 3);
        break;
      case 1:
        place.lot = pick(1, 3);
        break;
      case 2:
        place.building = pick(0, 2);
        break;
      case 3:
        place.municipality = one_in(2) ? kKiyose : kSetagaya;
        break;
      case 4:
        place = {one_in(2) ? kKiyose : kSetagaya, pick(1, 3), pick(1, 3), pick(0, 2), pick(0, 1), pick(0, 1)};
        break;
      default:
        break;
    }
    return place;
  }

  Generator text(std::optional<Text> Told::* told, std::optional<std::string> support::EventDraft::* member,
                 Text Life::* present) {
    return [=, this](Told& what, support::EventDraft& request, const Life& life) {
      const bool may_be_none = what.event != Event::name_change || one_in(20);
      what.*told = some_text(life.*present, may_be_none);
      // A correction cannot take the name away.
      if (what.event == Event::correction && present == &Life::name && (what.*told)->meaning == 0)
        (what.*told)->meaning = 1;
      request.*member = spelled((what.*told).value());
    };
  }

  void add_person_generators() {
    generators_["name"] = text(&Told::name, &support::EventDraft::name, &Life::name);
    generators_["furigana"] = text(&Told::furigana, &support::EventDraft::furigana, &Life::furigana);
    generators_["former_name"] =
        text(&Told::former_name, &support::EventDraft::former_name, &Life::former_name);
    generators_["alias"] = text(&Told::alias, &support::EventDraft::alias, &Life::alias);
    generators_["address"] = [this](Told& what, support::EventDraft& request, const Life& life) {
      what.address = some_place(life.address);
      request.address = spelled(*what.address);
    };
    generators_["municipality"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.municipality = one_in(2) ? kKiyose : kSetagaya;
      request.municipality = what.municipality;
    };
    generators_["birth"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.birth = pick(15, 17);
      request.birth = birth_date(*what.birth);
    };
    generators_["sex"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.sex = pick(0, 2);
      request.sex = static_cast<registry::Sex>(*what.sex);
    };
    generators_["correction"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.correction = pick(0, static_cast<int>(kCorrectionNames.size()) - 1);
      request.correction = kCorrectionNames.at(static_cast<std::size_t>(*what.correction));
    };
    generators_["insist"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.insist = one_in(2);
      if (what.insist) request.insist = "the municipality's register of lots";
    };
  }

  void add_other_generators() {
    generators_["planned"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.planned = what.today + (one_in(4) ? pick(-40, 0) : pick(1, 40));
      request.planned = date_of(*what.planned);
    };
    generators_["card_handed_in"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.handed_in = !one_in(4);
      request.card = *what.handed_in ? registry::Departure::Card::handed_in : registry::Departure::Card::kept;
    };
    generators_["card_expires"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.card_expires = one_in(4) ? what.today + pick(-3, 60) : what.today + 3'000;
      request.card_expires = date_of(*what.card_expires);
    };
    generators_["cause"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.cause = pick(1, 14);
      request.cause = std::to_string(*what.cause);
    };
    generators_["kind"] = [this](Told& what, support::EventDraft& request, const Life&) {
      static constexpr std::array kKinds = {CertificateKind::sign, CertificateKind::auth,
                                            CertificateKind::mobile_sign, CertificateKind::mobile_auth};
      if (one_in(2)) request.kind = what.kind = kKinds.at(rng_.below(kKinds.size()));
    };
    generators_["reason"] = [this](Told& what, support::EventDraft& request, const Life&) {
      what.reason = one_in(2);
      if (what.reason) request.other_municipality_reason = "domestic-violence";
    };
  }

  void add_notice_generator() {
    generators_["application"] = [this](Told& what, support::EventDraft& request, const Life& life) {
      std::vector<registry::CertificateId> all, signing;
      for (const auto& [id, certificate] : life.certificates) {
        all.push_back(id);
        if (pki::ca_of(certificate.kind) == pki::CaName::sign) signing.push_back(id);
      }
      if (signing.empty() || one_in(2)) return;
      what.notice = {.about = all.at(rng_.below(all.size())),
                     .signed_with = signing.at(rng_.below(signing.size()))};
      what.kind = life.certificates.at(what.notice->about).kind;
      request.kind = what.kind;
      request.notice = {.event = what.event,
                        .certificate = what.notice->about,
                        .signed_with = what.notice->signed_with,
                        .given = now(),
                        .sha256 = std::to_string(++number_)};
    };
  }

  // True for items without which an event says nothing.
  static bool is_needed(Event event, std::string_view field) {
    if (event == Event::correction || event == Event::name_change) return false;
    if (event == Event::minor_correction) return field == "correction";
    return field != "municipality" && field != "card_handed_in";
  }

  // True for items that go with what was drawn before them.
  bool fits(const Told& what, std::string_view field) {
    if (what.event == Event::minor_correction && what.correction) {
      if (field == "municipality") return *what.correction == 2 && one_in(3);
      return field == "address" || field == "insist" || (*what.correction < 2 && one_in(2));
    }
    return what.event == Event::correction ? one_in(6) : one_in(2);
  }

  // The required ones first, since others depend on them.
  static std::vector<std::string_view> fields_of(Event event) {
    std::vector<std::string_view> fields;
    for (const bool required : {true, false})
      for (const law::TakenField& taken : law::fields_taken_by(event))
        if (taken.is_required == required) fields.push_back(to_string(taken.field));
    return fields;
  }

  support::EventDraft request_about(registry::ResidentId id, const Life& life, Told& what) {
    support::EventDraft request;
    request.resident = id;
    request.event = what.event;
    request.event_id = "story-" + std::to_string(++number_);
    for (const std::string_view field : fields_of(what.event)) {
      const auto generator = generators_.find(std::string(field));
      if (generator == generators_.end()) {
        FAIL_CHECK("no generator for the item " << std::string(field)
                                                << ": write one, and its effect in life.cpp");
        continue;
      }
      // Rarely without what it needs: a refusal has to write nothing.
      const bool is_given = is_needed(what.event, field) || fits(what, field) ? !one_in(20) : one_in(6);
      if (is_given) generator->second(what, request, life);
    }
    if (one_in(3)) {
      what.date = what.today - pick(0, 20);
      request.occurred_on = date_of(*what.date);
    }
    return request;
  }

  // Ends of a life, of a card and of keys are rare, or little else would be told.
  bool is_put_off(Event event) {
    static constexpr std::array kEnds = {
        Event::death,      Event::deletion,           Event::overseas_record_deletion,
        Event::card_lapse, Event::card_return,        Event::undelivered,
        Event::key_notice, Event::holder_application, Event::record_error};
    return std::ranges::find(kEnds, event) != kEnds.end() && !one_in(4);
  }

  void happen() {
    auto& [id, life] = somebody();
    Told what;
    what.event = events_.at(rng_.below(events_.size()));
    what.now = now();
    what.today = today();
    if (is_put_off(what.event)) return;
    life.pass(now());
    const support::EventDraft request = request_about(id, life, what);
    const std::uint32_t place = what.reason && one_in(2) ? kSetagaya : world_.resident(id).municipality;
    CAPTURE(law::to_string(what.event));
    const registry::Actor actor = what.notice ? with_role(registry::Role::officer) : municipality(place);
    const auto plan = world_.event(request, actor);
    INFO((plan ? std::string() : plan.error().text()));
    const bool is_accepted = life.tell(what);
    CHECK(plan.has_value() == is_accepted);
    told_[what.event] += is_accepted ? 1 : 0;
    if (plan) {
      taken_[what.event] += plan->record.consequences.size();
      life.pass(now());
      // Told again under its id, it changes nothing.
      const auto again = world_.event(request, actor);
      CHECK(again.has_value());
      if (again) CHECK(again->repeated);
      CHECK(world_.resident(id).version == plan->resident.version);
    } else {
      // A refusal writes nothing, so what time has brought still waits for the sweep.
      sweep();
    }
    check(id, life);
  }

  void let_time_pass() {
    // To any second, and often to the very edge of a day in Japan.
    const auto days = static_cast<Day>(rng_.below(one_in(4) ? 35 : 5));
    const pki::Date then = date_of(today() + days);
    if (one_in(2))
      world_.clock.advance(pki::Seconds{days * 86'400 + static_cast<std::int64_t>(rng_.below(86'400))});
    else if (days > 0)
      world_.clock.set(one_in(2) ? pki::jst_start_of_day(then) : pki::jst_end_of_day(then));
  }

  void sweep() {
    const auto swept = law::sweep({*world_.environment, *world_.writer, world_.vault},
                                  with_role(registry::Role::system), now());
    REQUIRE(swept.has_value());
    for (auto& [id, life] : lives_) {
      life.pass(now());
      check(id, life);
    }
  }

  // The status of every certificate, the rule of one of a kind, and that nothing comes back.
  void check(registry::ResidentId id, const Life& life) {
    std::map<CertificateKind, int> in_force;
    for (const auto& [certificate, expected] : life.certificates) {
      const auto shown = to_string(certificate) + " " + std::string(pki::to_string(expected.kind));
      CAPTURE(shown);
      const std::string state = world_.state(certificate);
      CHECK(state == expected.state);
      if (life.can_fall(expected, now())) ++in_force[expected.kind];
      if (gone_.contains(certificate)) CHECK(state == gone_.at(certificate));
      if (state != "good" && state != "certificateHold") gone_[certificate] = state;
    }
    for (const auto& [kind, number] : in_force)
      CHECK(number <= 1);
    std::uint64_t sequence = 0;
    for (const auto& event : registry::events_of(world_.read(), world_.vault, id))
      CHECK(event.sequence == ++sequence);
  }

 public:
  // How often each event was told and accepted.
  [[nodiscard]] const std::map<Event, int>& told() const { return told_; }
  // How many certificates each took, held or released the moment that it was told.
  [[nodiscard]] const std::map<Event, std::size_t>& taken() const { return taken_; }

 private:
  pki::Rng rng_;
  AuthorityWorld world_;
  std::vector<Event> events_;
  std::map<std::string, Generator> generators_;
  Lives lives_;
  std::map<registry::CertificateId, std::string> gone_;
  std::map<Event, int> told_;
  std::map<Event, std::size_t> taken_;
  int number_ = 0;
};

}  // namespace

TEST_CASE("in random life stories each certificate stands as the law says, whenever the sweep runs") {
  std::map<Event, int> told;
  std::map<Event, std::size_t> taken;
  for (std::uint64_t round = 0; round < support::rounds(24); ++round) {
    CAPTURE(support::seed());
    CAPTURE(round);
    Stories stories(support::seed() * 1'000'000 + round);
    stories.run(400);
    for (const auto& [event, count] : stories.told())
      told[event] += count;
    for (const auto& [event, count] : stories.taken())
      taken[event] += count;
  }
  if (support::seed() != kUsualSeed) return;
  // Every event of the table was told, with success, and each that takes something at once took something.
  for (const Event event : events_to_tell()) {
    CAPTURE(law::to_string(event));
    CHECK(told[event] > 0);
  }
  for (const Event event : {Event::address_change, Event::alias_change, Event::move_out_cancel, Event::death,
                            Event::overseas_exit, Event::card_lapse, Event::key_notice, Event::hold,
                            Event::release, Event::correction}) {
    CAPTURE(law::to_string(event));
    CHECK(taken[event] > 0);
  }
}

}  // namespace support
