// Municipalities and wards: 全国地方公共団体コード, six digits with a check digit.
//
// A row is true from valid_from to valid_to; a successor takes over what a closed one had. A city with wards
// has its certificates under the wards.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"

namespace registry {

// Stored in records: never change a value.
enum class MunicipalityLevel : std::uint8_t { prefecture = 1, municipality = 2, ward = 3 };

struct Municipality {
  std::uint32_t code = 0;
  MunicipalityLevel level = MunicipalityLevel::municipality;
  std::string prefecture_ja, name_ja;
  std::string prefecture_romaji, name_romaji;
  std::optional<pki::Date> valid_from, valid_to;
  std::optional<std::uint32_t> successor;
  // A designated city (政令指定都市): people and certificates belong to its wards.
  bool has_wards = false;
};

// The check digit of 全国地方公共団体コード: (11 − (6·d1+5·d2+4·d3+3·d4+2·d5) mod 11) mod 10.
[[nodiscard]] unsigned municipality_check_digit(std::uint32_t five_digits);
// Six digits with a right check digit; whether the code exists is another question.
[[nodiscard]] pki::Result<std::uint32_t> parse_municipality_code(std::string_view text);
[[nodiscard]] std::string municipality_code_text(std::uint32_t code);

// Reads the table of testdata/municipalities.csv: every check digit is verified, codes are unique, and
// has_wards is worked out from the names.
[[nodiscard]] pki::Result<std::vector<Municipality>> parse_municipalities(std::string_view csv);
// The table that is built into the program.
[[nodiscard]] std::string_view builtin_municipalities_csv();

// True for what may be a place of residence and a distribution point: a ward, or a municipality without
// wards.
[[nodiscard]] bool is_distribution_point(const Municipality& municipality);

// True for a ward of this designated city.
[[nodiscard]] bool is_ward_of(const Municipality& ward, const Municipality& city);
// True for two wards of one designated city (Act 71, Order 31: between them a resident moves within a
// municipality).
[[nodiscard]] bool are_wards_of_one_city(const Municipality& one, const Municipality& other);

[[nodiscard]] std::optional<Municipality> find_municipality(const store::ReadTransaction& transaction,
                                                            std::uint32_t code);
[[nodiscard]] std::vector<Municipality> all_municipalities(const store::ReadTransaction& transaction);
void put_municipality(store::WriteTransaction& transaction, const Municipality& municipality);

}  // namespace registry
