// One person's life by the articles: a slow model of the law that shares nothing with the rule table, the
// program's comparison of texts or its clocks.
//
// It does not read texts. What is told is drawn as meaning, writing and width, so what is the same name or
// the same address is known before it is spelled.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "law/rule.h"
#include "pki/certificate_kind.h"
#include "pki/time.h"
#include "registry/schema.h"

namespace support {

// Days are those of Japan, as counts since 1970.
using Day = std::int64_t;

[[nodiscard]] Day day_number(pki::Date date);
[[nodiscard]] pki::Date date_of(Day number);

// A name: whose it is (0: none), in which of two forms of a character, in full or half width or without its
// space.
struct Text {
  int meaning = 0, writing = 0, width = 0;

  [[nodiscard]] bool reads_like(const Text& other) const {
    return meaning == other.meaning && (meaning == 0 || writing == other.writing);
  }
  friend bool operator==(const Text&, const Text&) = default;
};

// An address: 東京都清瀬市模擬沢２丁目３番１−２　新館１. Building 0: none. Its hyphen is one of three
// characters, by the width, which the third leaves the space out of.
struct Place {
  std::uint32_t municipality = 0;
  int area = 1, lot = 1, building = 0;
  int writing = 0, width = 0;

  [[nodiscard]] bool is_same_place(const Place& other) const {
    return municipality == other.municipality && area == other.area && lot == other.lot &&
           building == other.building;
  }
  [[nodiscard]] bool reads_like(const Place& other) const {
    return is_same_place(other) && writing == other.writing;
  }
  friend bool operator==(const Place&, const Place&) = default;
};

// An event as it is told; what is absent was not given.
struct Told {
  law::Event event = law::Event::death;
  pki::Time now;
  Day today = 0;
  std::optional<Day> date, card_expires, planned;
  std::optional<Text> name, furigana, former_name, alias;
  std::optional<Place> address;
  std::optional<std::uint32_t> municipality;
  std::optional<int> birth, sex, cause, correction;
  std::optional<bool> handed_in;
  bool insist = false, reason = false;
  std::optional<pki::CertificateKind> kind;
  // An online application: the certificate that it names, and the one that it is signed with.
  struct Notice {
    registry::CertificateId about, signed_with;
  };
  std::optional<Notice> notice;
};

// The kinds of minor corrections, as Told::correction counts them.
inline constexpr std::array kCorrectionNames = {
    "plain-form", "glyph", "area-renaming", "lot-number", "residence-indication", "building-name"};

// What a signing certificate says, and what minor corrections have made of it.
struct Said {
  Text name, furigana, former_name, alias;
  int birth = 0, sex = 0;
  std::vector<std::uint32_t> municipalities;
  std::vector<Place> places;
  // In place of the address.
  std::optional<Day> leaves_on;
};

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
