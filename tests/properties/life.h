// One person's life by the articles: a slow model of the law that shares nothing with the rule table, the
// program's comparison of texts or its clocks.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/properties/told.h"

namespace support {

struct Certificate {
  pki::CertificateKind kind = pki::CertificateKind::sign;
  std::string state = "good";
  pki::Time issued_at;
  // The days of the cards that its holder has had since: it is on an earlier one.
  std::vector<Day> later_cards = {};
  // The day of issue, and how many birthdays after it are the last end (Ordinance 13, 49).
  Day issued_on = 0;
  int birthdays = 5;
  pki::Time not_after;
  // Its intent is on record, and it is not: what takes or holds it now keeps it from being handed over.
  bool is_under_way = false;
  // Of a phone: a hold named it, so the card's release leaves it (CPS 4.9).
  bool is_held_by_itself = false;
  // Issued since a notice of leaving Japan that still stands.
  bool in_window = false;
  Said said = {};
};

// One issue as it was asked for, from its intent on.
struct Issue {
  registry::CertificateId id;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  bool is_renewal = false;
  pki::Time not_after, now;
};

class Life {
 public:
  // As a resident with these items is entered.
  explicit Life(std::uint32_t municipality, bool is_foreign);

  std::map<registry::CertificateId, Certificate> certificates;
  Text name{1, 0, 0}, furigana, former_name, alias;
  Place address;
  std::uint32_t municipality = 0;
  int birth = 17, sex = 1;
  bool is_foreign = false;

  // Everything that time alone has brought by `now`.
  void pass(pki::Time now);
  // Foreign residents are in no 戸籍の附票 (Act 3-2): what is issued after their notice ends with their
  // leaving.
  [[nodiscard]] bool leaves_without_window() const { return is_foreign && overseas_ && planned_.has_value(); }
  // False when the law does not let the event be told so; then nothing has changed. Throws std::logic_error
  // for an event that the model does not know.
  bool tell(const Told& what);

  // Act 3, 22, 6, 25, 16-2, 35-2, 16-5, 35-5.
  [[nodiscard]] bool may_be_issued(pki::CertificateKind kind, bool renewal, pki::Time now) const;
  // The intent is on record: from here on the certificate counts as issued in all that happens.
  void begin_issue(const Issue& issue);
  // The certificate is on record, too. False when it fell or was held since its intent: then it was not
  // handed over, and supersedes nothing.
  bool end_issue(const registry::CertificateId& id, pki::Time now);
  // The good one of a kind, if any.
  [[nodiscard]] const std::pair<const registry::CertificateId, Certificate>* good(pki::CertificateKind kind,
                                                                                  pki::Time now) const;
  [[nodiscard]] bool removed() const { return removed_; }
  [[nodiscard]] bool abroad() const { return abroad_; }
  [[nodiscard]] bool can_fall(const Certificate& certificate, pki::Time now) const;

 private:
  using Kind = pki::CertificateKind;

  bool tell_of_person(const Told& what);
  bool tell_of_departure(const Told& what);
  bool tell_of_card(const Told& what);
  bool tell_of_keys(const Told& what);
  [[nodiscard]] bool is_about_earlier_card(const Told& what) const;
  // A report about a card takes what is on it; false when it is about a former one and nothing is.
  bool lapse_reported_card(const Told& what, const std::optional<Kind>& kind, const char* reason);
  // Act 9④, 10④, 16-8②, 16-9②, 28④, 29④.
  [[nodiscard]] bool is_signed_rightly(const Told& what) const;
  bool change_address(const Told& what);
  bool change_name(const Told& what);
  bool give_notice(const Told& what);
  bool change(Text& present, const std::optional<Text>& given, pki::Time now);
  bool correct_minor(const Told& what);
  [[nodiscard]] bool is_minor(const Told& what, const Place& after, std::uint32_t code_after) const;
  bool correct(const Told& what);

  [[nodiscard]] int birthdays_of(const Issue& issue) const;
  [[nodiscard]] std::optional<Day> leaving_day() const;
  [[nodiscard]] bool differs(const Said& said) const;
  // The card's certificate on which a phone's rests; of a card's, itself.
  [[nodiscard]] const Certificate& card_certificate_of(const Certificate& certificate, pki::Time now) const;
  // Certificates of a card's kind and those of phones that rest on them.
  using Condition = std::function<bool(const Certificate&)>;
  void fall_if(Kind card_kind, const char* reason, pki::Time now, const Condition& falls);
  void fall(Kind card_kind, const char* reason, pki::Time now);
  void fall_by_departure(Kind card_kind, pki::Time now);
  // Those that an event about keys concerns.
  void fall_named(const std::optional<Kind>& kind, const char* reason, pki::Time now);
  void fall_both(const char* reason, pki::Time now);
  void fall_differing(pki::Time now);
  void fall_ending_too_late(pki::Time now);
  void hold(const std::optional<Kind>& kind, pki::Time now);
  bool release(const std::optional<Kind>& kind, pki::Time now);
  void remove(pki::Time now);
  void without_card();
  void lapse(pki::Time now);
  void move_in(Day today);
  void receive_card_day(Day card_expires, pki::Time now);

  // A removal leaves all but itself as it was: it may have been a mistake.
  bool in_register_ = true, abroad_ = false, removed_ = false, card_ = true;
  // Of the present card, where its issue was told.
  std::optional<Day> card_expires_, card_issued_on_;
  std::optional<Day> planned_, returned_, present_by_, outlived_;
  // The planned day of one who has left.
  std::optional<Day> left_;
  bool overseas_ = false, handed_in_ = false;
};

}  // namespace support
