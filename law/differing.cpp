// Compares the two entries item by item, each in its plain form (pki/plain_form.h).

#include "law/differing.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "law/lifecycle.h"
#include "law/mobile.h"
#include "law/rule_table.h"
#include "law/validity.h"
#include "pki/birth_date.h"
#include "pki/full_width.h"
#include "pki/messages/law.h"
#include "pki/plain_form.h"
#include "pki/recorded_items.h"
#include "pki/text.h"
#include "registry/actor.h"
#include "registry/municipalities.h"

namespace law {

namespace {

using registry::CertifiedEntry;
using registry::EventRecord;
using registry::Resident;

// In an entry that was read from a certificate: a character that was substituted there.
constexpr std::string_view kAnyCharacter = "\uFFFD";

using registry::EventField;
using Items = std::map<EventField, std::string>;

std::string with_any_characters(std::string_view text, std::string_view flags) {
  std::string result;
  std::size_t i = 0;
  for (const std::string_view character : pki::characters_of(text)) {
    result += i < flags.size() && flags[i] == '1' ? kAnyCharacter : character;
    ++i;
  }
  return result;
}

// The number in full-width or ASCII digits at the beginning of `text`, which is taken off; 0 without one.
int take_number(std::string_view& text) {
  int value = 0;
  for (bool found = true; found;) {
    found = false;
    for (std::size_t digit = 0; digit < pki::kFullWidthDigits.size() && !found; ++digit) {
      if (!text.starts_with(pki::kFullWidthDigits.at(digit))) continue;
      value = value * 10 + static_cast<int>(digit);
      text.remove_prefix(pki::kFullWidthDigits.at(digit).size());
      found = true;
    }
  }
  return value;
}

// The planned day in 国外転出者（転出予定年月日　２０２６年１２月２０日）; nothing for an address.
std::optional<pki::Date> leaving_day_in(std::string_view address) {
  constexpr std::string_view kBefore = "国外転出者（転出予定年月日　";
  if (!address.starts_with(kBefore)) return std::nullopt;
  address.remove_prefix(kBefore.size());
  std::array<int, 3> parts{};
  for (int& part : parts) {
    part = take_number(address);
    address.remove_prefix(std::min(address.size(), std::string_view("年").size()));
  }
  return pki::Date{std::chrono::year{parts[0]}, std::chrono::month{static_cast<unsigned>(parts[1])},
                   std::chrono::day{static_cast<unsigned>(parts[2])}};
}

[[noreturn]] void throw_unreadable(const registry::CertificateId& id) {
  throw store::Corruption(pki::Message{messages::items_undecodable, to_string(id)});
}

CertifiedEntry entry_in(const registry::IssuedCertificate& certificate) {
  const auto decoded = pki::Certificate::decode(certificate.der);
  if (!decoded) throw_unreadable(certificate.id);
  const auto items = pki::read_recorded_items(*decoded);
  if (!items) throw_unreadable(certificate.id);
  const auto birth = pki::birth_date_text(items->birth_date);
  if (!birth) throw_unreadable(certificate.id);
  CertifiedEntry entry;
  entry.name = with_any_characters(items->name, items->name_substitutes);
  entry.address = with_any_characters(items->address, items->address_substitutes);
  entry.leaves_on = leaving_day_in(items->address);
  const auto number = [&](std::size_t at, std::size_t size) {
    unsigned value = 0;
    for (const char c : birth->substr(at, size))
      value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  entry.birth = pki::Date{std::chrono::year{static_cast<int>(number(0, 4))}, std::chrono::month{number(5, 2)},
                          std::chrono::day{number(8, 2)}};
  entry.sex = items->sex == "1"   ? registry::Sex::male
              : items->sex == "2" ? registry::Sex::female
                                  : registry::Sex::unknown;
  entry.municipality = certificate.point.code;
  return entry;
}

Items items_of(const CertifiedEntry& entry) {
  using enum EventField;
  Items items = {{name, entry.name},
                 {birth, pki::to_string(entry.birth)},
                 {sex, std::string(to_string(entry.sex))},
                 {municipality, registry::municipality_code_text(entry.municipality)},
                 {address, entry.leaves_on ? pki::to_string(*entry.leaves_on) : entry.address}};
  if (entry.furigana) items[furigana] = *entry.furigana;
  if (entry.former_name) items[former_name] = *entry.former_name;
  if (entry.alias) items[alias] = *entry.alias;
  return items;
}

// The register's side: in place of the address the planned day where the certificate says one.
Items items_of(const Resident& resident, const CertifiedEntry& certified) {
  CertifiedEntry now = registry::certified_entry_of(resident);
  if (!certified.leaves_on || !now.leaves_on) {
    now.leaves_on.reset();
    now.address = resident.address;
  }
  return items_of(now);
}

// True when certificates of that time say the furigana of such a resident (Act 7, 12(1)(i)), and this one had
// any.
bool says_furigana(const registry::IssuedCertificate& certificate, const CertifiedEntry& entry,
                   const Resident& resident) {
  return !resident.is_foreign && pki::jst_date(certificate.not_before) >= kFurigana &&
         (!entry.furigana || !entry.furigana->empty());
}

// Whether a text with substitutes is another one. One substitute may match nothing: a variation selector was
// substituted as a character of its own.
bool matches_substituted(const std::string& pattern, const std::string& plain) {
  const auto present = pki::characters_of(plain);
  // The lengths of the beginnings of `present` that the pattern so far can be.
  std::set<std::size_t> lengths = {0};
  for (const std::string_view wanted : pki::characters_of(pattern)) {
    std::set<std::size_t> next;
    for (const std::size_t length : lengths) {
      if (wanted == kAnyCharacter) next.insert(length);
      if (length < present.size() && (wanted == kAnyCharacter || wanted == present[length]))
        next.insert(length + 1);
    }
    lengths = std::move(next);
  }
  return lengths.contains(present.size());
}

// Whether a text of a certificate, which may contain substitutes, is that of the register.
bool matches(EventField field, std::string_view certified, std::string_view text) {
  // Most items are what they were, and plain forms take long to make.
  if (certified == text) return true;
  const std::string pattern = pki::plain_form(certified), plain = pki::plain_form(text);
  const bool is_address = field == EventField::address;
  if (pattern.find(kAnyCharacter) == std::string::npos)
    return is_address ? pki::is_same_address(pattern, plain) : pki::is_same_name(pattern, plain);
  if (matches_substituted(pattern, plain)) return true;
  // A space may be missing in either; with both, a name has it at one place.
  constexpr std::string_view kSpace = "　";
  const bool may_miss_space =
      is_address || pattern.find(kSpace) == std::string::npos || plain.find(kSpace) == std::string::npos;
  return may_miss_space && matches_substituted(pki::without_spaces(pattern), pki::without_spaces(plain));
}

bool came_later(const EventRecord& event, const registry::IssuedCertificate& certificate,
                const CertifiedEntry& entry) {
  return entry.version ? event.sequence > *entry.version : event.recorded_at >= certificate.not_before;
}

// What has become of each item since the issue: the certified text and, after each minor correction of it,
// the corrected one.
class Forms {
 public:
  explicit Forms(const CertifiedEntry& entry)
      : register_(items_of(entry)), says_leaving_(entry.leaves_on.has_value()) {
    for (const auto& [field, text] : register_)
      forms_[field] = {text};
  }

  void follow(const EventRecord& event) {
    for (const auto& [field, value] : event.items) {
      // The certificate has the planned day in place of the address, so no correction of an address matches
      // it.
      if (says_leaving_ && field == EventField::address) continue;
      if (!forms_.contains(field)) {
        // An item that is not known, and was something else before.
        if (event.event == Event::correction) corrected_.push_back(field);
        continue;
      }
      if (event.event == Event::minor_correction && has(field, register_[field]))
        forms_[field].push_back(value);
      register_[field] = value;
    }
  }
  [[nodiscard]] bool has(EventField field, const std::string& text) const {
    const auto found = forms_.find(field);
    if (found == forms_.end()) return std::ranges::find(corrected_, field) == corrected_.end();
    return std::ranges::any_of(found->second,
                               [&](const std::string& form) { return matches(field, form, text); });
  }

 private:
  std::map<EventField, std::vector<std::string>> forms_;
  // As the events since the issue have it.
  Items register_;
  std::vector<EventField> corrected_;
  bool says_leaving_;
};

// Of its holder an authentication certificate records the end of its validity (Act 26(i)), and that rests on
// the date of birth (Ordinance 49). Whether that was wrong at the issue is what the last event about it says:
// a correction, or a change since.
bool ends_too_late(const registry::IssuedCertificate& certificate, const Resident& now,
                   const std::vector<EventRecord>& history) {
  const auto last = std::find_if(history.rbegin(), history.rend(), [&](const EventRecord& event) {
    return event.recorded_at >= certificate.not_before &&
           registry::item_of(event, EventField::birth).has_value();
  });
  if (last == history.rend() || last->event != Event::correction) return false;
  const pki::Date issued_on = pki::jst_date(certificate.not_before);
  const pki::Date ends_on = pki::jst_date(certificate.not_after);
  // A renewal with less than three months left lasts to the sixth birthday, which one that the card ends
  // does not show.
  const bool is_renewal = std::ranges::any_of(history, [&](const EventRecord& event) {
    return event.event == Event::renewal &&
           registry::item_of(event, EventField::certificate) == to_string(certificate.id);
  });
  const bool may_last_to_sixth = is_renewal && (ends_on > pki::add_years(issued_on, 5) ||
                                                (now.card_expires && ends_on == *now.card_expires));
  return ends_on > birthday_after(pki::reckoned_birth_date(now.birth), issued_on, may_last_to_sixth ? 6 : 5);
}

// Of people abroad a certificate records the items of Resident Registry Act 17(ii) to (vi), which another
// registered domicile (転籍) leaves as they are. What was corrected while the holder was still a resident was
// the municipality of residence.
bool says_no_municipality(const registry::IssuedCertificate& certificate, const CertifiedEntry& entry,
                          const Resident& now, const std::vector<EventRecord>& history) {
  if (now.residency != registry::Residency::abroad || !entry.leaves_on) return false;
  return std::ranges::none_of(history, [&](const EventRecord& event) {
    return came_later(event, certificate, entry) && pki::jst_date(event.recorded_at) < *entry.leaves_on &&
           registry::item_of(event, EventField::municipality).has_value();
  });
}

}  // namespace

std::vector<EventField> differing_items(const registry::IssuedCertificate& certificate, const Resident& now,
                                        const std::vector<EventRecord>& history) {
  std::vector<EventField> list;
  if (certificate.kind == pki::CertificateKind::auth && ends_too_late(certificate, now, history))
    return {EventField::birth};
  if (pki::ca_of(certificate.kind) != pki::CaName::sign) return list;
  const CertifiedEntry entry = certificate.entry ? *certificate.entry : entry_in(certificate);
  Forms forms(entry);
  for (const EventRecord& event : history)
    if (came_later(event, certificate, entry)) forms.follow(event);
  for (const auto& [field, text] : items_of(now, entry)) {
    if (field == EventField::furigana && !says_furigana(certificate, entry, now)) continue;
    if (field == EventField::municipality && says_no_municipality(certificate, entry, now, history)) continue;
    if (!forms.has(field, text)) list.push_back(field);
  }
  return list;
}

bool records_items_of(const registry::IssuedCertificate& certificate, const EventRecord& event) {
  if (pki::ca_of(certificate.kind) != pki::CaName::sign) return false;
  const Items certified = items_of(certificate.entry ? *certificate.entry : entry_in(certificate));
  constexpr std::array kItems = {EventField::name,  EventField::furigana,    EventField::former_name,
                                 EventField::alias, EventField::address,     EventField::birth,
                                 EventField::sex,   EventField::municipality};
  bool has_any = false;
  for (const auto& [field, value] : event.items) {
    if (std::ranges::count(kItems, field) == 0) continue;
    const auto found = certified.find(field);
    if (found == certified.end() || !matches(field, found->second, value)) return false;
    has_any = true;
  }
  return has_any;
}

std::vector<registry::CertificateId> differing_certificates(const store::ReadTransaction& transaction,
                                                            const store::Vault& vault,
                                                            const std::vector<Candidate>& list,
                                                            const Resident& now,
                                                            const std::vector<EventRecord>& history) {
  std::vector<registry::CertificateId> differing;
  for (const Candidate& candidate : list) {
    const auto certificate = registry::find_certificate(transaction, vault, candidate.id);
    if (certificate && !differing_items(*certificate, now, history).empty())
      differing.push_back(candidate.id);
  }
  return differing;
}

namespace {

Difference difference_by(Event event, const Resident& resident, const Candidate& candidate, pki::Time now,
                         std::vector<EventField> items) {
  const pki::CertificateKind kind = candidate.status.kind;
  const auto rule =
      rule_for({.event = event, .kind = kind, .on = pki::jst_date(now), .whose = whose(resident)});
  std::string article(rule.value().law);
  if (pki::is_mobile(kind))
    article = items.empty() ? mobile_article(kind, article) : own_mobile_article(kind, event, article);
  return {.resident = resident.id,
          .event = event,
          .consequence = {.certificate = candidate.id,
                          .kind = kind,
                          .outcome = Outcome::revoke,
                          .reason = rule->then.reason,
                          .article = std::move(article)},
          .items = std::move(items)};
}

// A certificate on a card whose last day is over, without the clock that should have taken it.
bool outlives_card(const Resident& resident, const Candidate& candidate, pki::Time now) {
  if (!resident.card_expires || resident.card_outlived_on) return false;
  const pki::Time end = pki::jst_end_of_day(*resident.card_expires);
  return end < now && end < candidate.status.not_after;
}

}  // namespace

std::vector<Difference> differences_of(const store::ReadTransaction& transaction, const store::Vault& vault,
                                       const Resident& resident, pki::Time now) {
  std::vector<Difference> list;
  const std::vector<Candidate> in_use = candidates(transaction, resident.id, now);
  if (in_use.empty()) return list;
  const auto history = registry::events_of(transaction, vault, resident.id);
  const auto differing = differing_certificates(transaction, vault, in_use, resident, history);
  const auto items_of_difference = [&](const Candidate& one) {
    return differing_items(registry::find_certificate(transaction, vault, one.id).value(), resident, history);
  };
  const auto differs = [&](const Candidate& one) {
    return std::ranges::find(differing, one.id) != differing.end();
  };
  for (const Candidate& candidate : in_use) {
    if (resident.residency == registry::Residency::removed) {
      list.push_back(difference_by(Event::deletion, resident, candidate, now, {}));
    } else if (resident.card_lapsed_on || outlives_card(resident, candidate, now)) {
      list.push_back(difference_by(Event::card_lapse, resident, candidate, now, {}));
    } else if (std::ranges::any_of(in_use, [&](const Candidate& card) {
                 return !pki::is_mobile(card.status.kind) && rests_on(candidate, card) && differs(card);
               })) {
      // A mobile one falls with the card's, whatever it records itself (Act 16-13, 35-13).
      auto items =
          pki::is_mobile(candidate.status.kind) ? std::vector<EventField>{} : items_of_difference(candidate);
      list.push_back(difference_by(Event::record_error, resident, candidate, now, std::move(items)));
    } else if (differs(candidate)) {
      list.push_back(
          difference_by(Event::record_error, resident, candidate, now, items_of_difference(candidate)));
    }
  }
  return list;
}

DifferenceCursor::DifferenceCursor(const store::ReadTransaction& transaction, const store::Vault& vault,
                                   pki::Time now)
    : transaction_(transaction), vault_(vault), now_(now), holdings_(registry::all_holdings(transaction)) {
  find();
}

void DifferenceCursor::next() {
  ++place_;
  if (!valid()) find();
}

void DifferenceCursor::find() {
  found_.clear();
  place_ = 0;
  while (found_.empty() && holdings_.valid()) {
    const registry::ResidentId holder = holdings_.row().resident;
    while (holdings_.valid() && holdings_.row().resident == holder)
      holdings_.next();
    if (const auto resident = registry::find_resident(transaction_, vault_, holder))
      found_ = differences_of(transaction_, vault_, *resident, now_);
  }
}

std::size_t record_differing(store::CommandContext& context, const store::Vault& vault,
                             registry::ResidentId id) {
  auto resident = registry::find_resident(context.transaction, vault, id);
  if (!resident) return 0;
  const auto differences = differences_of(context.transaction, vault, *resident, context.now);
  if (differences.empty()) return 0;
  const bool is_card = differences.front().event == Event::card_lapse;
  resident->version += 1;
  EventRecord event{.resident = id,
                    .sequence = resident->version,
                    .event = is_card ? Event::card_lapse : Event::record_error,
                    .occurred_on = pki::jst_date(context.now),
                    .recorded_at = context.now,
                    .actor = registry::system_actor(),
                    .event_id = {},
                    .items = {{EventField::found_by, "check"}},
                    .consequences = {}};
  for (const Difference& difference : differences)
    event.consequences.push_back(difference.consequence);
  write_events(context, vault, {event});
  registry::put_resident(context.transaction, vault, *resident);
  context.subjects.push_back("resident " + to_string(id));
  return differences.size();
}

}  // namespace law
