// Random life stories against the slow model of the law in life.h: whatever is told, and whenever the sweep
// runs, each certificate stands as the model says.
//
// What is told is drawn from the program's own table of events and of the items that each takes, so a new
// event or a new item is told the day it exists, and fails here until the model and the generators know it.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>

#include "law/event_items.h"
#include "law/sweep.h"
#include "pki/random.h"
#include "registry/actor.h"
#include "registry/events.h"
#include "registry/issuance.h"
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
  const char* const space = text.width == 0 ? "　" : text.width == 1 ? " " : "";
  return std::string(text.writing == 0 ? "髙橋" : "高橋") + space + digits(text.meaning, text.width);
}

std::string spelled(const Place& place) {
  std::string text = place.municipality == kKiyose ? "東京都清瀬市" : "東京都世田谷区";
  text += place.writing == 0 ? "模擬澤" : "模擬沢";
  const auto width = static_cast<std::size_t>(place.width);
  text += digits(place.area, place.width) + "丁目" + digits(place.lot, place.width) + "番";
  text += std::array{"１－２", "1-2", "１−２"}.at(width);
  if (place.building != 0)
    text += std::array{"　新館", " 新館", "新館"}.at(width) + digits(place.building, place.width);
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

// What decides about a certificate that is being issued is told more often while it is.
constexpr std::array kInterrupting = {Event::overseas_exit, Event::overseas_exit, Event::move_out,
                                      Event::card_issue,    Event::correction,    Event::minor_correction,
                                      Event::hold,          Event::address_change};

class Stories {
 public:
  explicit Stories(std::uint64_t seed) : rng_(pki::Rng::seeded(seed)), events_(events_to_tell()) {
    // What says something only after another event is told more often.
    for (const Event event :
         {Event::hold, Event::release, Event::release, Event::move_out_cancel, Event::move_out_cancel,
          Event::overseas_exit, Event::overseas_exit, Event::correction, Event::correction,
          Event::minor_correction, Event::card_issue, Event::key_notice, Event::key_notice})
      events_.push_back(event);
    add_person_generators();
    add_other_generators();
    add_notice_generator();
  }

  void run(int steps) {
    for (int i = 0; i < 3; ++i)
      add_life();
    // What follows a difference is only its consequence.
    for (int i = 0; i < steps && agrees_; ++i) {
      CAPTURE(i);
      const std::uint64_t dice = rng_.below(20);
      if (dice < 8)
        issue();
      else if (dice < 13)
        happen();
      else if (dice < 15)
        play_scene();
      else if (dice < 18)
        let_time_pass();
      else
        sweep();
    }
    if (agrees_) sweep();
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

  // True when the program does what the law says; the story ends where it does not.
  bool agree(bool is_so) {
    agrees_ = agrees_ && is_so;
    return is_so;
  }

  // What was recorded of somebody, for whoever reads a difference.
  [[nodiscard]] std::string history_of(registry::ResidentId id) const {
    std::string text;
    for (const auto& event : registry::events_of(world_.read(), world_.vault, id)) {
      text += "\n" + pki::to_rfc3339(event.recorded_at) + " " + std::string(to_string(event.event)) + " of " +
              pki::to_string(event.occurred_on);
      for (const auto& item : event.items)
        text += " " + std::string(to_string(item.field)) + "=" + item.value;
      for (const auto& consequence : event.consequences)
        text +=
            " -> " + std::string(to_string(consequence.outcome)) + " " + to_string(consequence.certificate);
    }
    for (const auto& certificate : registry::certificates_of(world_.read(), id)) {
      const auto found = registry::find_certificate(world_.read(), world_.vault, certificate).value();
      text += "\n" + to_string(certificate) + " " + std::string(pki::to_string(found.kind)) + " from " +
              pki::to_rfc3339(found.not_before) + " to " + pki::to_rfc3339(found.not_after) + " " +
              world_.state(certificate);
    }
    return text;
  }

  // Each certificate has a key of its own: one that was reported is certified no more.
  static pki::PrivateKey key_of(std::uint64_t number) {
    return pki::make_test_key(pki::KeyAlgorithm::rsa_2048, number, "holder");
  }
  // A request that the holder of the card's signing certificate signed.
  [[nodiscard]] pki::Bytes application(const registry::CertificateId& signer, pki::ByteView request) const {
    const auto certificate = registry::find_certificate(world_.read(), world_.vault, signer).value();
    return openssl_cms(certificate.der, key_of(keys_.at(signer)), request);
  }

  void issue() {
    static constexpr std::array kKinds = {CertificateKind::sign,        CertificateKind::auth,
                                          CertificateKind::sign,        CertificateKind::auth,
                                          CertificateKind::mobile_sign, CertificateKind::mobile_auth};
    auto& [id, life] = somebody();
    issue_to(id, life, kKinds.at(rng_.below(kKinds.size())));
  }

  void issue_to(registry::ResidentId id, Life& life, CertificateKind kind) {
    const bool renewal = one_in(2);
    life.pass(now());
    auto request =
        AuthorityWorld::issue_request(id, kind, renewal ? ca::IssueMode::renewal : ca::IssueMode::initial);
    request.certification_request = pki::make_certification_request(key_of(++last_key_));
    if (pki::is_mobile(kind)) {
      const auto* signer = life.good(CertificateKind::sign, now());
      // The program is not asked, and what time has brought in the model it must bring there, too: after the
      // end of a certificate nothing is recorded of it any more.
      if (signer == nullptr) return sweep();
      request.application = application(signer->first, request.certification_request);
    }
    std::optional<Interruption> interruption;
    if (one_in(4)) interruption = interrupt(id, life);
    const pki::Time asked = now();
    const bool may_be_issued = life.may_be_issued(kind, renewal, asked);
    CAPTURE(pki::to_string(kind));
    INFO(history_of(id));
    const auto issued = world_.issuance->issue(request);
    INFO((issued ? std::string() : issued.error().text()));
    if (issued) keys_[issued->id] = last_key_;
    if (!has_happened(interruption)) {
      CHECK(agree(issued.has_value() == may_be_issued));
      if (!issued) return;
      life.begin_issue({issued->id, kind, renewal, issued->not_after, asked});
      compare_end(life, issued->id, true);
    } else {
      compare_interrupted(life, *interruption, {{}, kind, renewal, {}, asked}, issued);
      // Whether an issue sees what the days between have brought depends on how it ended.
      sweep();
    }
    check(id, life);
  }

  // An event that is recorded behind the intent of an issue, before its certificate is.
  struct Interruption {
    Told what;
    // All of it is written on the writer's thread and read when `done` is ready.
    struct Outcome {
      std::optional<registry::CertificateId> intent;
      std::promise<bool> done;
    };
    std::shared_ptr<Outcome> outcome = std::make_shared<Outcome>();
    std::shared_ptr<std::atomic<bool>> is_submitted = std::make_shared<std::atomic<bool>>(false);
  };

  Interruption interrupt(registry::ResidentId id, const Life& life) {
    Interruption made;
    made.what = told_now(one_in(2) ? kInterrupting.at(rng_.below(kInterrupting.size()))
                                   : events_.at(rng_.below(events_.size())));
    const support::EventDraft draft = request_about(id, life, made.what);
    const registry::Actor actor = actor_for(id, made.what);
    // Now and then the record comes days later, and a day in between has brought something.
    const pki::Seconds pause{one_in(3) ? pick(1, 40) * 86'400 : 0};
    world_.clock.at_batch(
        1, [this, draft, actor, pause, outcome = made.outcome, is_submitted = made.is_submitted] {
          const auto request = draft.request();
          if (request.has_error()) return;
          *is_submitted = true;
          store::Command command = world_.event_command(*request, actor);
          command.run = [this, pause, outcome, id = draft.resident,
                         inner = command.run](store::CommandContext& context) {
            for (const auto& intent : registry::open_intents(context.transaction, world_.vault))
              if (intent.resident == id) outcome->intent = intent.id;
            auto result = inner(context);
            if (outcome->intent) world_.clock.advance(pause);
            return result;
          };
          world_.writer->submit(std::move(command), [outcome](const pki::Result<void>& result) {
            outcome->done.set_value(result.has_value());
          });
        });
    return made;
  }

  // An issue that is refused at once reaches no batch, and the event is not told.
  bool has_happened(const std::optional<Interruption>& interruption) {
    world_.clock.at_batch(1, nullptr);
    return interruption && *interruption->is_submitted;
  }

  void compare_interrupted(Life& life, const Interruption& interruption, Issue issue,
                           const pki::Result<registry::IssuedCertificate>& issued) {
    const bool is_recorded = interruption.outcome->done.get_future().get();
    const auto intent = interruption.outcome->intent;
    CAPTURE(law::to_string(interruption.what.event));
    CAPTURE(intent.has_value());
    if (intent) {
      issue.id = *intent;
      issue.not_after = world_.status(*intent).value().not_after;
      life.begin_issue(issue);
    }
    const bool is_accepted = life.tell(interruption.what);
    CHECK(agree(is_recorded == is_accepted));
    if (is_accepted) life.pass(issue.now);
    if (intent) {
      ++interrupted_;
      keys_[*intent] = last_key_;
      // What the days between have brought is seen with the record when there was an event, and always of one
      // who leaves without a window.
      if (is_accepted || life.leaves_without_window()) life.pass(now());
      compare_end(life, *intent, issued.has_value());
      return;
    }
    // The batch was that in which serials are reserved: the event came first, and the issue was decided
    // again.
    const bool may_be_issued = life.may_be_issued(issue.kind, issue.is_renewal, now());
    CHECK(agree(issued.has_value() == may_be_issued));
    if (!issued) return;
    life.begin_issue({issued->id, issue.kind, issue.is_renewal, issued->not_after, now()});
    compare_end(life, issued->id, true);
  }

  void compare_end(Life& life, const registry::CertificateId& id, bool is_issued) {
    const bool is_handed_over = life.end_issue(id, now());
    const std::string state = world_.state(id);
    // What ended before its record may be given out or not, and nothing is recorded of it any more.
    if (life.certificates.at(id).not_after >= now()) {
      CHECK(agree(is_issued == is_handed_over));
      if (is_handed_over) return;
      // Of two grounds that came between, either is the reason of what was never given out.
      CHECK(agree(state != "good" && state != "certificateHold"));
    }
    life.certificates.at(id).state = state;
  }

  // One way to make up each item, by its field name.
  using Generator = std::function<void(Told&, support::EventDraft&, const Life&)>;

  Text some_text(const Text& present, bool may_be_none) {
    Text text{pick(may_be_none ? 0 : 1, 3), pick(0, 1), pick(0, 2)};
    // Often the same one, written in another way.
    if (one_in(2) && present.meaning != 0) text.meaning = present.meaning;
    return text;
  }
  Place some_place(const Place& present) {
    Place place = present;
    place.writing = pick(0, 1);
    place.width = pick(0, 2);
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
        place = {one_in(2) ? kKiyose : kSetagaya, pick(1, 3), pick(1, 3), pick(0, 2), pick(0, 1), pick(0, 2)};
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
      if (what.event == Event::hold || what.event == Event::release)
        request.kind = what.kind = one_in(2) ? CertificateKind::auth : CertificateKind::mobile_auth;
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
    // Without an item it brings back who was removed by mistake.
    if (what.event == Event::correction && life.removed() && !one_in(3)) return request;
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

  Told told_now(Event event) const {
    Told what;
    what.event = event;
    what.now = now();
    what.today = today();
    return what;
  }

  registry::Actor actor_for(registry::ResidentId id, const Told& what) {
    const std::uint32_t place = what.reason && one_in(2) ? kSetagaya : world_.resident(id).municipality;
    return what.notice ? with_role(registry::Role::officer) : municipality(place);
  }

  void happen() {
    auto& [id, life] = somebody();
    const Event event = events_.at(rng_.below(events_.size()));
    if (!is_put_off(event)) tell(id, life, event);
  }

  // What says something only behind one another, with or without time between; nullopt is an issue of a
  // signing certificate.
  void play_scene() {
    using enum Event;
    static const std::vector<std::vector<std::optional<Event>>> kScenes = {
        {hold, hold, release},
        {move_out, death, correction},
        {overseas_exit, deletion, correction},
        {overseas_exit, overseas_return, overseas_record_deletion, correction},
        {address_change, death, correction},
        {move_out, address_change, move_out, address_change},
        {overseas_exit, address_change},
        {overseas_exit, overseas_return, overseas_return, move_out_cancel},
        {overseas_exit, overseas_exit},
        {overseas_exit, std::nullopt, std::nullopt, move_out_cancel},
        {card_issue, card_return},
        {card_issue, card_lapse},
        {card_issue, undelivered}};
    auto& [id, life] = somebody();
    const bool takes_time = one_in(2);
    for (const std::optional<Event> event : kScenes.at(rng_.below(kScenes.size()))) {
      if (event)
        tell(id, life, *event);
      else
        issue_to(id, life, CertificateKind::sign);
      if (takes_time) let_time_pass();
    }
  }

  void tell(registry::ResidentId id, Life& life, Event event) {
    Told what = told_now(event);
    life.pass(now());
    const support::EventDraft request = request_about(id, life, what);
    CAPTURE(law::to_string(what.event));
    const registry::Actor actor = actor_for(id, what);
    const auto plan = world_.event(request, actor);
    INFO((plan ? std::string() : plan.error().text()));
    const bool is_accepted = life.tell(what);
    INFO(history_of(id));
    CHECK(agree(plan.has_value() == is_accepted));
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
    INFO(history_of(id));
    std::map<CertificateKind, int> in_force;
    for (const auto& [certificate, expected] : life.certificates) {
      const auto shown = to_string(certificate) + " " + std::string(pki::to_string(expected.kind));
      CAPTURE(shown);
      const std::string state = world_.state(certificate);
      CHECK(agree(state == expected.state));
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
  // How many issues an event came into.
  [[nodiscard]] int interrupted() const { return interrupted_; }

 private:
  pki::Rng rng_;
  AuthorityWorld world_;
  std::vector<Event> events_;
  std::map<std::string, Generator> generators_;
  Lives lives_;
  // Which key each certificate has.
  std::map<registry::CertificateId, std::uint64_t> keys_;
  std::uint64_t last_key_ = 0;
  std::map<registry::CertificateId, std::string> gone_;
  std::map<Event, int> told_;
  std::map<Event, std::size_t> taken_;
  bool agrees_ = true;
  int number_ = 0;
  int interrupted_ = 0;
};

}  // namespace

TEST_CASE("in random life stories each certificate stands as the law says, whenever the sweep runs") {
  std::map<Event, int> told;
  std::map<Event, std::size_t> taken;
  int interrupted = 0;
  for (std::uint64_t round = 0; round < support::rounds(24); ++round) {
    CAPTURE(support::seed());
    CAPTURE(round);
    Stories stories(support::seed() * 1'000'000 + round);
    stories.run(400);
    interrupted += stories.interrupted();
    for (const auto& [event, count] : stories.told())
      told[event] += count;
    for (const auto& [event, count] : stories.taken())
      taken[event] += count;
  }
  if (support::seed() != kUsualSeed) return;
  CHECK(interrupted > 0);
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
