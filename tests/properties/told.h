// What is told to the model of a life (tests/properties/life.h), and what its certificates say.
//
// The model does not read texts. What is told is drawn as meaning, writing and width, so what is the same
// name or the same address is known before it is spelled.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
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

}  // namespace support
