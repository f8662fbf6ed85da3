// The articles, one after the other.

#include "tests/properties/life.h"

#include <algorithm>
#include <stdexcept>

namespace support {

namespace {

using law::Event;
using Kind = pki::CertificateKind;

Day day_of(pki::Time time) {
  return day_number(pki::jst_date(time));
}

bool is_signing(Kind kind) {
  return kind == Kind::sign || kind == Kind::mobile_sign;
}
bool is_of_phone(Kind kind) {
  return kind == Kind::mobile_sign || kind == Kind::mobile_auth;
}
Kind card_of(Kind kind) {
  return is_signing(kind) ? Kind::sign : Kind::auth;
}
// What is said of the card's certificate is said of the phone's; not the other way round.
bool concerns(const std::optional<Kind>& named, Kind kind) {
  return !named || *named == kind || *named == card_of(kind);
}

// The n-th birthday after a day. A birth is a day of February 1980.
Day birthday_after(int birth, Day day, int n) {
  const auto birthday = [birth](std::chrono::year year) {
    return day_number(year / std::chrono::February / std::chrono::day(static_cast<unsigned>(birth)));
  };
  std::chrono::year year = date_of(day).year();
  if (birthday(year) <= day) ++year;
  return birthday(year + std::chrono::years{n - 1});
}

constexpr const char* kCeased = "cessationOfOperation";
constexpr const char* kChanged = "affiliationChanged";

}  // namespace

Day day_number(pki::Date date) {
  return std::chrono::sys_days(date).time_since_epoch().count();
}

pki::Date date_of(Day number) {
  return pki::Date{std::chrono::sys_days{std::chrono::days{number}}};
}

Life::Life(std::uint32_t code, bool foreign) : municipality(code), is_foreign(foreign) {
  address.municipality = code;
}

bool Life::can_fall(const Certificate& certificate, pki::Time now) const {
  return certificate.not_after >= now &&
         (certificate.state == "good" || certificate.state == "certificateHold");
}

void Life::pass(pki::Time now) {
  // The clocks of one who was removed by mistake have run on when that is corrected.
  if (removed_) return;
  const Day today = day_of(now);
  for (bool changed = true; changed;) {
    changed = false;
    // 住民票の消除 on the planned date (Act 12①2), but for certificates of the window.
    if (planned_ && in_register_ && today >= *planned_) {
      in_register_ = false;
      fall_by_departure(Kind::sign, now);
      if (overseas_ && is_foreign) {
        // No 戸籍の附票 goes on (Act 3-2): the card lapses with the 住民票.
        planned_.reset();
        lapse(now);
        changed = true;
        continue;
      }
      if (overseas_) {
        abroad_ = true;
        left_ = planned_;
      }
      // My Number Order 14: 1号 with the card, 3号 and 8号 on moving on.
      if (overseas_ && !handed_in_) lapse(now);
      if (present_by_) lapse(now);
      changed = true;
    }
    // Thirty days without 転入届 (Act 31①2); in Japan the card lapses, too (2号).
    if (planned_ && !in_register_ && today > *planned_ + 30) {
      fall_by_departure(Kind::auth, now);
      if (!overseas_) lapse(now);
      planned_.reset();
      changed = true;
    }
    if (returned_ && today > *returned_ + 14) {  // 7号
      returned_.reset();
      lapse(now);
      changed = true;
    }
    if (present_by_ && today > *present_by_) {  // 3号, 8号
      lapse(now);
      changed = true;
    }
    if (outlived_ && today > *outlived_) {  // The card's last day.
      lapse(now);
      changed = true;
    }
  }
}

bool Life::tell(const Told& what) {
  switch (what.event) {
    case Event::address_change:
    case Event::name_change:
    case Event::birth_date_change:
    case Event::sex_change:
    case Event::minor_correction:
    case Event::furigana_entry:
    case Event::former_name_change:
    case Event::alias_change:
      return !removed_ && tell_of_person(what);
    case Event::correction:
      return correct(what);
    case Event::move_out:
    case Event::move_out_cancel:
    case Event::overseas_exit:
    case Event::overseas_return:
    case Event::death:
    case Event::deletion:
    case Event::overseas_record_deletion:
      return !removed_ && tell_of_departure(what);
    case Event::card_issue:
    case Event::card_present:
    case Event::card_lapse:
    case Event::card_return:
      return tell_of_card(what);
    case Event::undelivered:
    case Event::holder_application:
    case Event::key_notice:
    case Event::record_error:
    case Event::hold:
    case Event::release:
      return tell_of_keys(what);
    default:
      throw std::logic_error("the model does not know " + std::string(law::to_string(what.event)) +
                             ": write down what the law says of it");
  }
}

bool Life::tell_of_person(const Told& what) {
  switch (what.event) {
    case Event::address_change:
      return change_address(what);
    case Event::name_change:
      return change_name(what);
    case Event::birth_date_change:
      if (!what.birth) return false;
      if (*what.birth == birth) return true;
      birth = *what.birth;
      break;
    case Event::sex_change:
      if (!what.sex) return false;
      if (*what.sex == sex) return true;
      sex = *what.sex;
      break;
    case Event::furigana_entry:
      // The first entry takes nothing (附則5条); a later one is a change of the name.
      if (furigana.meaning != 0 || !what.furigana || what.furigana->meaning == 0) return false;
      furigana = *what.furigana;
      return true;
    case Event::former_name_change:
      return change(former_name, what.former_name, what.now);
    case Event::alias_change:
      return change(alias, what.alias, what.now);
    default:
      return correct_minor(what);
  }
  fall(Kind::sign, kChanged, what.now);
  return true;
}

bool Life::change_address(const Told& what) {
  if (!what.address) return false;
  const std::uint32_t code = what.municipality.value_or(municipality);
  if (in_register_ && code == municipality && what.address->reads_like(address)) return true;
  fall(Kind::sign, kChanged, what.now);
  const bool moves_in = !in_register_ || code != municipality;
  const bool is_late = what.date && *what.date + 14 < what.today;
  // 2号 of one who moved within Japan, 7号 of one who comes from abroad; 3号 and 8号 on moving on.
  const bool lapses = moves_in && ((is_late && (abroad_ || (planned_ && !overseas_))) || present_by_);
  if (moves_in) move_in(what.today);
  address = *what.address;
  municipality = code;
  if (lapses) lapse(what.now);
  return true;
}

bool Life::change_name(const Told& what) {
  if (!what.name && !what.furigana) return false;
  if (what.name && what.name->meaning == 0) return false;
  if (what.furigana && what.furigana->meaning == 0) return false;
  const bool is_new_name = what.name && !what.name->reads_like(name);
  const bool are_new_furigana = what.furigana && !what.furigana->reads_like(furigana);
  if (!is_new_name && !are_new_furigana) return true;
  // The first entry is no change (附則5条), and is told as what it is.
  if (!is_new_name && !is_foreign && furigana.meaning == 0) return false;
  // 外国人住民: 1号の2 of Resident Registry Act 7 is none of theirs.
  if (is_new_name || !is_foreign) fall(Kind::sign, kChanged, what.now);
  name = what.name.value_or(name);
  furigana = what.furigana.value_or(furigana);
  return true;
}

bool Life::change(Text& present, const std::optional<Text>& given, pki::Time now) {
  if (!given) return false;
  if (given->reads_like(present)) return true;
  fall(Kind::sign, kChanged, now);
  present = *given;
  return true;
}

// Ordinance 20, 80, 81.
bool Life::correct_minor(const Told& what) {
  if (!what.correction) return false;
  const bool is_of_characters = *what.correction < 2;
  const bool is_identification = *what.correction == 1;
  for (const auto& [given, present] :
       {std::pair{&what.name, &name}, {&what.former_name, &former_name}, {&what.alias, &alias}}) {
    if (!*given) continue;
    if (!is_of_characters || (*given)->meaning == 0) return false;
    // Ordinance 80 and 81 extend 20(ii) alone.
    if (present != &name && !is_identification) return false;
    if ((*given)->meaning != present->meaning) return false;
  }
  if (what.address && abroad_) return false;
  if (what.municipality && *what.correction != 2) return false;
  const Place place = what.address.value_or(address);
  const std::uint32_t code = what.municipality.value_or(municipality);
  const bool is_changed = (what.name && *what.name != name) ||
                          (what.former_name && *what.former_name != former_name) ||
                          (what.alias && *what.alias != alias) || place != address || code != municipality;
  if (!what.name && !what.former_name && !what.alias && !what.address && !what.municipality) return false;
  if (!is_changed) return true;
  if (!is_minor(what, place, code)) return false;
  for (auto& [id, certificate] : certificates) {
    Said& said = certificate.said;
    const auto says = [&](const Place& one) { return one.is_same_place(address); };
    if (std::ranges::any_of(said.places, says)) said.places.push_back(place);
    if (std::ranges::find(said.municipalities, municipality) != said.municipalities.end())
      said.municipalities.push_back(code);
  }
  name = what.name.value_or(name);
  former_name = what.former_name.value_or(former_name);
  alias = what.alias.value_or(alias);
  address = place;
  municipality = code;
  return true;
}

bool Life::is_minor(const Told& what, const Place& after, std::uint32_t code_after) const {
  const Place& before = address;
  if (code_after != municipality) return false;
  if (abroad_ || before.is_same_place(after)) return true;
  const bool is_one_area = before.municipality == after.municipality && before.area == after.area;
  // Of an address that does not name its municipality the area stays.
  const bool keeps_place =
      before.municipality == municipality ? after.municipality == code_after : is_one_area;
  switch (*what.correction) {
    case 2:
      return keeps_place && (what.insist || (before.lot == after.lot && before.building == after.building));
    case 3:
      return is_one_area && before.building == after.building && (what.insist || before.lot == after.lot);
    case 4:
      // 住居表示: the lot's number becomes the house's; the house and its rooms stay (Ordinance 20(v)).
      return keeps_place && (what.insist || before.building == after.building || before.building == 0);
    case 5:
      // Another number behind the lot is another room.
      return (is_one_area && before.lot == after.lot &&
              (before.building == after.building || before.building == 0)) ||
             (what.insist && keeps_place);
    default:
      return false;
  }
}

// Act 13: what a certificate says and the register does not takes it.
bool Life::correct(const Told& what) {
  const bool says_nothing = !what.name && !what.furigana && !what.former_name && !what.alias &&
                            !what.address && !what.birth && !what.sex && !what.municipality &&
                            !what.card_expires;
  if (says_nothing && !removed_) return false;
  if (what.name && what.name->meaning == 0) return false;
  if (what.address && abroad_ && !removed_) return false;
  name = what.name.value_or(name);
  furigana = what.furigana.value_or(furigana);
  former_name = what.former_name.value_or(former_name);
  alias = what.alias.value_or(alias);
  address = what.address.value_or(address);
  birth = what.birth.value_or(birth);
  sex = what.sex.value_or(sex);
  municipality = what.municipality.value_or(municipality);
  if (says_nothing) removed_ = false;
  fall_differing(what.now);
  if (what.birth) fall_ending_too_late(what.now);
  if (what.card_expires) receive_card_day(*what.card_expires, what.now);
  return true;
}

bool Life::tell_of_departure(const Told& what) {
  switch (what.event) {
    case Event::move_out:
    case Event::overseas_exit:
      return give_notice(what);
    case Event::move_out_cancel:
      // A return by mistake.
      if (returned_) {
        returned_.reset();
        fall_differing(what.now);
        return true;
      }
      // There is nothing to withdraw.
      if (!planned_) return true;
      if (abroad_) return false;
      planned_.reset();
      in_register_ = true;
      fall_differing(what.now);
      return true;
    case Event::overseas_return: {
      const Day day = what.date.value_or(what.today);
      // Fourteen days are fourteen days, from the first report on (7号).
      if (!abroad_ || day < *left_ || (returned_ && day >= *returned_)) return false;
      returned_ = day;
      return true;
    }
    case Event::deletion:
      if (abroad_) return false;
      break;
    case Event::overseas_record_deletion:
      if (!abroad_) return false;
      break;
    default:
      break;
  }
  remove(what.now);
  return true;
}

bool Life::give_notice(const Told& what) {
  if (!in_register_ || !what.planned) return false;
  const bool overseas = what.event == Event::overseas_exit;
  // An amended notice goes on with the window of the first, and with its answer about the card.
  const bool is_amended = planned_ && overseas_ == overseas;
  if (!is_amended)
    for (auto& [id, certificate] : certificates)
      certificate.in_window = false;
  handed_in_ = what.handed_in.value_or(is_amended && handed_in_);
  planned_ = what.planned;
  overseas_ = overseas;
  // Issued until the day of leaving that the notice gives (Act 12①2, 31①2).
  for (auto& [id, certificate] : certificates)
    if (certificate.issued_on > *planned_) certificate.in_window = false;
  // The certificate of the window says another day, or a leaving that is none (Act 13).
  fall_differing(what.now);
  return true;
}

bool Life::tell_of_card(const Told& what) {
  switch (what.event) {
    case Event::card_issue:
      if (removed_ || !what.card_expires || *what.card_expires < what.today) return false;
      card_ = true;
      card_issued_on_ = std::max(card_issued_on_.value_or(0), what.date.value_or(what.today));
      for (auto& [id, certificate] : certificates)
        if (certificate.issued_at < what.now && certificate.issued_on <= what.date.value_or(what.today))
          certificate.later_cards.push_back(what.date.value_or(what.today));
      present_by_.reset();
      receive_card_day(*what.card_expires, what.now);
      return true;
    case Event::card_present:
      if (removed_) return false;
      present_by_.reset();
      return true;
    default:
      // Ordinance 17, 53: both, and no choice.
      if (what.event == Event::card_lapse && !what.cause) return false;
      if (!lapse_reported_card(what, {}, kCeased)) return false;
      if (!is_about_earlier_card(what)) without_card();
      return true;
  }
}

bool Life::is_about_earlier_card(const Told& what) const {
  return card_issued_on_ && what.date.value_or(what.today) < *card_issued_on_;
}

bool Life::lapse_reported_card(const Told& what, const std::optional<Kind>& kind, const char* reason) {
  const bool is_about_earlier = is_about_earlier_card(what);
  const Day day = what.date.value_or(what.today);
  const auto is_on_it = [&](const Certificate& certificate) {
    return !is_about_earlier ||
           std::ranges::any_of(certificate.later_cards, [day](Day later) { return later > day; });
  };
  std::vector<Certificate*> fallen;
  for (auto& [id, certificate] : certificates)
    if (can_fall(certificate, what.now) && concerns(kind, certificate.kind) &&
        is_on_it(card_certificate_of(certificate, what.now)))
      fallen.push_back(&certificate);
  for (Certificate* certificate : fallen)
    certificate->state = reason;
  return !is_about_earlier || !fallen.empty();
}

bool Life::is_signed_rightly(const Told& what) const {
  if (!what.notice) return true;
  const Certificate& about = certificates.at(what.notice->about);
  const Certificate& signer = certificates.at(what.notice->signed_with);
  if (what.reason || !can_fall(about, what.now) || signer.state != "good" || signer.not_after < what.now)
    return false;
  if (what.event == Event::holder_application) return is_signing(signer.kind);
  return signer.kind == (is_of_phone(about.kind) ? Kind::sign : Kind::mobile_sign);
}

bool Life::tell_of_keys(const Told& what) {
  if (!is_signed_rightly(what)) return false;
  switch (what.event) {
    case Event::undelivered:
      return lapse_reported_card(what, what.kind, "unspecified");
    case Event::holder_application:
      fall_named(what.kind, kCeased, what.now);
      return true;
    case Event::key_notice:
      fall_named(what.kind, "keyCompromise", what.now);
      return true;
    case Event::record_error:
      fall_named(what.kind, kChanged, what.now);
      return true;
    case Event::hold:
      hold(what.kind, what.now);
      return true;
    default:
      return release(what.kind, what.now);
  }
}

bool Life::may_be_issued(Kind kind, bool renewal, pki::Time now) const {
  if (removed_ || !card_ || (!in_register_ && !abroad_)) return false;
  if (is_of_phone(kind)) {
    if (good(card_of(kind), now) == nullptr || good(Kind::sign, now) == nullptr) return false;
  } else if (card_expires_ && *card_expires_ < day_of(now)) {
    return false;
  }
  return renewal || std::ranges::none_of(certificates, [&](const auto& entry) {
           return entry.second.kind == kind && can_fall(entry.second, now);
         });
}

// The sixth when less than three months are left of the one that is renewed.
int Life::birthdays_of(const Issue& issue) const {
  for (const auto& [id, certificate] : certificates) {
    if (!issue.is_renewal || certificate.kind != issue.kind || !can_fall(certificate, issue.now)) continue;
    const auto end = pki::jst_date(certificate.not_after) - std::chrono::months{3};
    const Day limit = day_number(end.ok() ? end : pki::Date{end.year() / end.month() / std::chrono::last});
    return day_of(issue.now) > limit ? 6 : 5;
  }
  return 5;
}

void Life::begin_issue(const Issue& issue) {
  Certificate certificate{.kind = issue.kind,
                          .issued_at = issue.now,
                          .issued_on = day_of(issue.now),
                          .birthdays = birthdays_of(issue),
                          .not_after = issue.not_after,
                          .is_under_way = true};
  certificate.in_window = planned_.has_value() && overseas_;
  certificate.said = {.name = name,
                      .furigana = furigana,
                      .former_name = former_name,
                      .alias = alias,
                      .birth = birth,
                      .sex = sex,
                      .municipalities = {municipality},
                      .places = {},
                      .leaves_on = leaving_day()};
  if (!certificate.said.leaves_on) certificate.said.places.push_back(address);
  certificates[issue.id] = certificate;
}

bool Life::end_issue(const registry::CertificateId& id, pki::Time now) {
  Certificate& issued = certificates.at(id);
  issued.is_under_way = false;
  if (issued.state != "good") return false;
  for (auto& [other, certificate] : certificates)
    if (other != id && concerns(issued.kind, certificate.kind) && can_fall(certificate, now))
      certificate.state = "superseded";
  return true;
}

const std::pair<const registry::CertificateId, Certificate>* Life::good(Kind kind, pki::Time now) const {
  for (const auto& entry : certificates)
    if (entry.second.kind == kind && entry.second.state == "good" && can_fall(entry.second, now))
      return &entry;
  return nullptr;
}

// Act 3-2, 7(2).
std::optional<Day> Life::leaving_day() const {
  if (abroad_) return left_;
  if (is_foreign) return std::nullopt;
  return planned_ && overseas_ ? planned_ : std::nullopt;
}

bool Life::differs(const Said& said) const {
  if (said.name.meaning != name.meaning || said.former_name.meaning != former_name.meaning ||
      said.alias.meaning != alias.meaning || said.birth != birth || said.sex != sex)
    return true;
  if (!is_foreign && said.furigana.meaning != 0 && said.furigana.meaning != furigana.meaning) return true;
  // Of someone abroad a certificate records no municipality: another registered domicile is no difference.
  const bool says_municipality = !said.leaves_on || !abroad_;
  if (says_municipality && std::ranges::find(said.municipalities, municipality) == said.municipalities.end())
    return true;
  if (said.leaves_on) return leaving_day() != said.leaves_on;
  return std::ranges::none_of(said.places, [&](const Place& one) { return one.is_same_place(address); });
}

const Certificate& Life::card_certificate_of(const Certificate& certificate, pki::Time now) const {
  if (!is_of_phone(certificate.kind)) return certificate;
  for (const auto& [id, card] : certificates)
    if (card.kind == card_of(certificate.kind) && !card.is_under_way && can_fall(card, now)) return card;
  return certificate;
}

void Life::fall_if(Kind card_kind, const char* reason, pki::Time now, const Condition& falls) {
  std::vector<Certificate*> fallen;
  for (auto& [id, certificate] : certificates)
    if (card_of(certificate.kind) == card_kind && can_fall(certificate, now) &&
        (falls(certificate) || falls(card_certificate_of(certificate, now))))
      fallen.push_back(&certificate);
  for (Certificate* certificate : fallen)
    certificate->state = reason;
}

void Life::fall(Kind card_kind, const char* reason, pki::Time now) {
  fall_if(card_kind, reason, now, [](const Certificate&) { return true; });
}

void Life::fall_by_departure(Kind card_kind, pki::Time now) {
  fall_if(card_kind, kCeased, now, [this](const Certificate& certificate) {
    return !overseas_ || is_foreign || !certificate.in_window;
  });
}

void Life::fall_named(const std::optional<Kind>& kind, const char* reason, pki::Time now) {
  for (auto& [id, certificate] : certificates)
    if (concerns(kind, certificate.kind) && can_fall(certificate, now)) certificate.state = reason;
}

void Life::fall_both(const char* reason, pki::Time now) {
  fall_named({}, reason, now);
}

void Life::fall_differing(pki::Time now) {
  fall_if(Kind::sign, kChanged, now,
          [this](const Certificate& certificate) { return differs(certificate.said); });
}

// Ordinance 49: what ends after the birthday of the corrected birth says a wrong end (Act 26, 32).
void Life::fall_ending_too_late(pki::Time now) {
  fall_if(Kind::auth, kChanged, now, [this](const Certificate& certificate) {
    const Day last = birthday_after(birth, certificate.issued_on, certificate.birthdays);
    return certificate.kind == Kind::auth && certificate.not_after > pki::jst_end_of_day(date_of(last));
  });
}

void Life::hold(const std::optional<Kind>& kind, pki::Time now) {
  for (auto& [id, certificate] : certificates) {
    if (!can_fall(certificate, now) || !concerns(kind, certificate.kind)) continue;
    // What is not handed over is destroyed (CPS 4.9.9).
    certificate.state = certificate.is_under_way ? "unspecified" : "certificateHold";
    if (is_of_phone(certificate.kind) && kind == certificate.kind) certificate.is_held_by_itself = true;
  }
}

bool Life::release(const std::optional<Kind>& kind, pki::Time now) {
  for (auto& [id, certificate] : certificates) {
    if (is_signing(certificate.kind) || certificate.state != "certificateHold" ||
        !can_fall(certificate, now) || !concerns(kind, certificate.kind))
      continue;
    // A lost phone is not found with the card.
    if (certificate.is_held_by_itself && kind && *kind != certificate.kind) continue;
    certificate.state = "good";
    certificate.is_held_by_itself = false;
  }
  // Where nothing is held nothing comes of it.
  return true;
}

void Life::remove(pki::Time now) {
  fall_both(kCeased, now);
  removed_ = true;
}

void Life::without_card() {
  card_ = false;
  present_by_.reset();
  returned_.reset();
  outlived_.reset();
}

void Life::lapse(pki::Time now) {
  if (card_) fall_both(kCeased, now);
  without_card();
}

void Life::move_in(Day today) {
  in_register_ = true;
  abroad_ = false;
  left_.reset();
  planned_.reset();
  returned_.reset();
  present_by_.reset();
  if (card_) present_by_ = today + 90;
}

// A card that ends before a certificate on it takes it along.
void Life::receive_card_day(Day card_expires, pki::Time now) {
  card_expires_ = card_expires;
  outlived_.reset();
  for (const auto& [id, certificate] : certificates)
    if (can_fall(certificate, now) && pki::jst_end_of_day(date_of(card_expires)) < certificate.not_after)
      outlived_ = card_expires;
}

}  // namespace support
