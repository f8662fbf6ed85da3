// A scanner over the characters, then the choice of the run of numbers that is the lot.

#include "law/address_parts.h"

#include <algorithm>
#include <array>

#include "pki/full_width.h"
#include "pki/text.h"

namespace law {

namespace {

enum class Sort { number, unit, area_unit, letter, space, other };

struct Token {
  Sort sort = Sort::other;
  // As it is written; of a number its value in ASCII digits.
  std::string text;
};

constexpr std::array<std::string_view, 10> kNumerals = {"〇", "一", "二", "三", "四",
                                                        "五", "六", "七", "八", "九"};
constexpr std::array<std::string_view, 3> kPowers = {"十", "百", "千"};
// What follows a number of the area, and what occurs in a lot; the longer words first.
constexpr std::array<std::string_view, 3> kAreaUnits = {"丁目", "地割", "条"};
constexpr std::array<std::string_view, 3> kUnits = {"番地", "番", "号"};
constexpr std::array<std::string_view, 6> kJoints = {"の", "ノ", "−", "ー", "‐", "之"};
// Names of lots that go with their numbers.
constexpr std::array<std::string_view, 17> kLetters = {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬",
                                                       "癸", "イ", "ロ", "ハ", "ニ", "ホ", "ヘ", "ト"};

template <std::size_t N>
std::string_view leading(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words)
    if (text.starts_with(word)) return word;
  return {};
}

template <std::size_t N>
int index_of(std::string_view character, const std::array<std::string_view, N>& list) {
  const auto found = std::ranges::find(list, character);
  return found == list.end() ? -1 : static_cast<int>(found - list.begin());
}

// The value of a run of numerals, written by place (一〇) or with powers (百二十).
std::string value_of(const std::vector<std::string_view>& numerals) {
  const bool has_power = std::ranges::any_of(
      numerals, [](std::string_view character) { return index_of(character, kPowers) >= 0; });
  if (!has_power) {
    std::string digits;
    for (const std::string_view character : numerals)
      digits += std::to_string(index_of(character, kNumerals));
    return digits;
  }
  constexpr std::array<unsigned long, 3> kValues = {10, 100, 1'000};
  unsigned long sum = 0, last = 0;
  for (const std::string_view character : numerals) {
    if (const int power = index_of(character, kPowers); power >= 0) {
      sum += std::max(last, 1UL) * kValues.at(static_cast<std::size_t>(power));
      last = 0;
    } else {
      last = last * 10 + static_cast<unsigned long>(index_of(character, kNumerals));
    }
  }
  return std::to_string(sum + last);
}

// 番 is a part of names like 三番町 and 五番丁, and of 番館; only elsewhere does it count a lot.
std::string_view leading_unit(std::string_view text) {
  const std::string_view unit = leading(text, kUnits);
  if (unit != "番") return unit;
  const std::string_view rest = text.substr(unit.size());
  for (const std::string_view part_of_name : {"町", "丁", "館"})
    if (rest.starts_with(part_of_name)) return {};
  return unit;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::vector<Token> run() {
    while (!rest_.empty())
      if (!take_number() && !take_word()) take_other();
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool follows_number() const {
    return !tokens_.empty() && (tokens_.back().sort == Sort::number || tokens_.back().sort == Sort::unit ||
                                tokens_.back().sort == Sort::letter);
  }
  // Behind a letter or a joint a number goes on; behind 号 the building may begin with 三.
  [[nodiscard]] bool continues_lot() const {
    return !tokens_.empty() &&
           (tokens_.back().sort == Sort::letter || index_of(tokens_.back().text, kJoints) >= 0);
  }
  // The number of bytes of digits at the beginning.
  static std::size_t length_of_digits(std::string_view text) {
    std::size_t length = 0;
    for (std::string_view digit = leading(text, pki::kFullWidthDigits); !digit.empty();
         digit = leading(text.substr(length), pki::kFullWidthDigits))
      length += digit.size();
    return length;
  }
  static std::size_t length_of_numerals(std::string_view text) {
    std::size_t length = 0;
    for (;;) {
      std::string_view one = leading(text.substr(length), kNumerals);
      if (one.empty()) one = leading(text.substr(length), kPowers);
      if (one.empty()) return length;
      length += one.size();
    }
  }

  bool take_number() {
    if (const std::size_t length = length_of_digits(rest_); length != 0) {
      std::string value;
      for (const std::string_view digit : pki::characters_of(rest_.substr(0, length)))
        value += std::to_string(index_of(digit, pki::kFullWidthDigits));
      return push(Sort::number, std::move(value), length);
    }
    // Numerals are numbers only where a unit counts by them: 三鷹, 百人町 and 六本木 are names.
    const std::size_t length = length_of_numerals(rest_);
    if (length == 0) return false;
    const std::string_view behind = rest_.substr(length);
    const bool is_counted =
        !leading(behind, kAreaUnits).empty() || !leading_unit(behind).empty() || continues_lot();
    if (!is_counted) return false;
    return push(Sort::number, value_of(pki::characters_of(rest_.substr(0, length))), length);
  }

  bool take_word() {
    if (const auto word = leading(rest_, kAreaUnits); !word.empty() && follows_number())
      return push(Sort::area_unit, std::string(word), word.size());
    if (const auto word = leading_unit(rest_); !word.empty() && follows_number())
      return push(Sort::unit, std::string(word), word.size());
    if (const auto word = leading(rest_, kJoints); !word.empty() && follows_number()) {
      const std::string_view behind = rest_.substr(word.size());
      if (length_of_digits(behind) != 0 || length_of_numerals(behind) != 0)
        return push(Sort::unit, std::string(word), word.size());
    }
    if (const auto word = leading(rest_, kLetters); !word.empty()) {
      // ハ behind a number begins a ハイツ where something follows it; 甲 does not.
      constexpr int kStems = 10;
      const std::string_view behind = rest_.substr(word.size());
      const bool stands_before = length_of_digits(behind) != 0;
      const bool stands_last = behind.empty() || behind.starts_with("　");
      if (stands_before || (follows_number() && (stands_last || index_of(word, kLetters) < kStems)))
        return push(Sort::letter, std::string(word), word.size());
    }
    return false;
  }

  void take_other() {
    const std::string_view character = pki::characters_of(rest_.substr(0, 4)).front();
    push(character == "　" ? Sort::space : Sort::other, std::string(character), character.size());
  }

  bool push(Sort sort, std::string text, std::size_t length) {
    tokens_.push_back({sort, std::move(text)});
    rest_.remove_prefix(length);
    return true;
  }

  std::string_view rest_;
  std::vector<Token> tokens_;
};

bool is_of_run(const Token& token) {
  return token.sort != Sort::space && token.sort != Sort::other;
}

// [first, last) of the tokens.
struct Run {
  std::size_t first = 0, last = 0;
};

// The run that contains the lot: the last one that counts a 丁目 or a 番, or, of an address that has
// neither, the first. What is written behind a space is the building.
Run lot_run(const std::vector<Token>& tokens) {
  Run chosen{tokens.size(), tokens.size()};
  bool is_counted = false;
  for (std::size_t i = 0; i < tokens.size();) {
    if (!is_of_run(tokens[i])) {
      if (tokens[i].sort == Sort::space && chosen.first < tokens.size()) break;
      ++i;
      continue;
    }
    Run run{i, i};
    bool has_number = false, counts = false;
    for (; run.last < tokens.size() && is_of_run(tokens[run.last]); ++run.last) {
      const Token& token = tokens[run.last];
      has_number = has_number || token.sort == Sort::number;
      counts = counts || token.sort == Sort::area_unit || token.text == "番" || token.text == "番地";
    }
    i = run.last;
    if (!has_number || (!counts && (is_counted || chosen.first < tokens.size()))) continue;
    chosen = run;
    is_counted = counts;
  }
  return chosen;
}

std::string written(const Token& token) {
  if (token.sort != Sort::number) return token.text;
  std::string text;
  for (const char digit : token.text)
    text += pki::kFullWidthDigits.at(static_cast<std::size_t>(digit - '0'));
  return text;
}

std::string written(const std::vector<Token>& tokens, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i)
    text += written(tokens[i]);
  return text;
}

}  // namespace

AddressParts parts_of(std::string_view address) {
  const std::vector<Token> tokens = Scanner(address).run();
  Run run = lot_run(tokens);
  // A 丁目 belongs to the area.
  for (std::size_t i = run.first; i < run.last; ++i)
    if (tokens[i].sort == Sort::area_unit) run.first = i + 1;
  AddressParts parts;
  parts.area = written(tokens, 0, run.first);
  for (std::size_t i = run.first; i < run.last; ++i) {
    const Token& token = tokens[i];
    if (token.sort == Sort::number) {
      if (!parts.lot.empty() && (tokens[i - 1].sort == Sort::unit)) parts.lot += '-';
      parts.numbers.push_back(token.text);
    }
    if (token.sort == Sort::number || token.sort == Sort::letter) parts.lot += token.text;
  }
  std::size_t building = run.last;
  while (building < tokens.size() && tokens[building].sort == Sort::space)
    ++building;
  parts.building = written(tokens, building, tokens.size());
  for (std::size_t i = building; i < tokens.size(); ++i)
    if (tokens[i].sort == Sort::number) parts.room = tokens[i].text;
  return parts;
}

std::string with_digits(std::string_view address) {
  const std::vector<Token> tokens = Scanner(address).run();
  return written(tokens, 0, tokens.size());
}

}  // namespace law
