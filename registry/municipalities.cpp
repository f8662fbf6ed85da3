// The municipality table: read from CSV once, kept in the store.

#include "registry/municipalities.h"

#include <array>
#include <set>

#include "municipalities.embedded.h"
#include "pki/distribution_point.h"
#include "pki/messages/registry.h"
#include "registry/schema.h"
#include "store/record.h"

namespace registry {

namespace {

constexpr std::size_t kColumns = 9;

pki::Error bad_line(std::size_t line, const pki::Message& why) {
  return pki::fail(pki::Errc::malformed, {messages::municipality_table_line, std::to_string(line), why});
}

// The table has no quoted fields: codes, names and dates hold no commas.
std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

pki::Result<std::optional<pki::Date>> optional_date(std::string_view text) {
  if (text.empty()) return std::optional<pki::Date>{};
  TRY_ASSIGN(const pki::Date date, pki::parse_date(text));
  return std::optional<pki::Date>{date};
}

pki::Result<MunicipalityLevel> parse_level(std::string_view text) {
  if (text == "prefecture") return MunicipalityLevel::prefecture;
  if (text == "municipality") return MunicipalityLevel::municipality;
  if (text == "ward") return MunicipalityLevel::ward;
  return pki::invalid("level", messages::municipality_level);
}

pki::Result<Municipality> parse_line(std::string_view line) {
  const auto fields = split(line);
  if (fields.size() != kColumns) return pki::invalid("line", messages::municipality_columns);
  Municipality row;
  TRY_ASSIGN(row.code, parse_municipality_code(fields[0]));
  TRY_ASSIGN(row.level, parse_level(fields[1]));
  row.prefecture_ja = fields[2];
  row.name_ja = fields[3];
  row.prefecture_romaji = fields[4];
  row.name_romaji = fields[5];
  TRY_ASSIGN(row.valid_from, optional_date(fields[6]));
  TRY_ASSIGN(row.valid_to, optional_date(fields[7]));
  if (!fields[8].empty()) {
    TRY_ASSIGN(row.successor, parse_municipality_code(fields[8]));
  }
  return row;
}

// The city in the Japanese name of a ward: 札幌市 of 札幌市中央区. Empty for anything but a ward.
std::string_view city_name_of(const Municipality& ward) {
  constexpr std::string_view kCity = "市";
  if (ward.level != MunicipalityLevel::ward) return {};
  const std::string_view name = ward.name_ja;
  const std::size_t end = name.find(kCity);
  return end == std::string_view::npos ? std::string_view() : name.substr(0, end + kCity.size());
}

// A designated city is one of which the table has a ward.
void mark_designated_cities(std::vector<Municipality>& rows) {
  std::set<std::string> cities;
  for (const Municipality& row : rows)
    if (const auto city = city_name_of(row); !city.empty())
      cities.insert(row.prefecture_ja + std::string(city));
  for (Municipality& row : rows)
    row.has_wards =
        row.level == MunicipalityLevel::municipality && cities.contains(row.prefecture_ja + row.name_ja);
}

Municipality decode(std::uint32_t code, pki::ByteView record) {
  store::RecordReader reader(record);
  Municipality row;
  row.code = code;
  row.level = static_cast<MunicipalityLevel>(reader.number());
  row.prefecture_ja = reader.text();
  row.name_ja = reader.text();
  row.prefecture_romaji = reader.text();
  row.name_romaji = reader.text();
  row.has_wards = reader.boolean();
  if (auto field = reader.optional(0)) row.valid_from = field->date();
  if (auto field = reader.optional(1)) row.valid_to = field->date();
  if (auto field = reader.optional(2)) row.successor = static_cast<std::uint32_t>(field->number());
  return row;
}

// One row per code until a code is used twice in history: the key then carries the day it became valid.
Key row_key(const Municipality& row) {
  const auto from = row.valid_from ? pki::jst_start_of_day(*row.valid_from) : pki::Time{};
  return Key().point({row.code}).time(from);
}

}  // namespace

unsigned municipality_check_digit(std::uint32_t five_digits) {
  unsigned sum = 0;
  for (unsigned weight = 2; weight <= 6; ++weight) {
    sum += (five_digits % 10) * weight;
    five_digits /= 10;
  }
  return (11 - sum % 11) % 10;
}

pki::Result<std::uint32_t> parse_municipality_code(std::string_view text) {
  std::uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || text.size() != 6)
      return pki::invalid("municipality", messages::municipality_code_form);
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (text.size() != 6) return pki::invalid("municipality", messages::municipality_code_form);
  if (value % 10 != municipality_check_digit(value / 10))
    return pki::invalid("municipality", {messages::municipality_check_digit, text,
                                         std::string(text.substr(0, 5)) +
                                             std::to_string(municipality_check_digit(value / 10))});
  return value;
}

std::string municipality_code_text(std::uint32_t code) {
  return pki::to_string(pki::DistributionPoint{code});
}

pki::Result<std::vector<Municipality>> parse_municipalities(std::string_view csv) {
  std::vector<Municipality> rows;
  std::set<std::uint32_t> codes;
  std::size_t line_number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    const std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (++line_number == 1 || line.empty()) continue;
    auto row = parse_line(line);
    if (!row) return bad_line(line_number, row.error().message);
    if (!codes.insert(row->code).second) return bad_line(line_number, messages::municipality_code_twice);
    rows.push_back(std::move(*row));
  }
  mark_designated_cities(rows);
  return rows;
}

std::string_view builtin_municipalities_csv() {
  return embedded::municipalities;
}

bool is_distribution_point(const Municipality& municipality) {
  return municipality.level == MunicipalityLevel::ward ||
         (municipality.level == MunicipalityLevel::municipality && !municipality.has_wards);
}

bool is_ward_of(const Municipality& ward, const Municipality& city) {
  return city.has_wards && ward.prefecture_ja == city.prefecture_ja && city_name_of(ward) == city.name_ja;
}

bool are_wards_of_one_city(const Municipality& one, const Municipality& other) {
  const std::string_view city = city_name_of(one);
  return !city.empty() && one.prefecture_ja == other.prefecture_ja && city == city_name_of(other);
}

std::optional<Municipality> find_municipality(const store::ReadTransaction& transaction, std::uint32_t code) {
  store::Cursor cursor =
      transaction.cursor(tables::municipalities, store::KeyRange::with_prefix(Key().point({code})));
  std::optional<Municipality> newest;
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    newest = decode(code, cursor.value());
  return newest;
}

std::vector<Municipality> all_municipalities(const store::ReadTransaction& transaction) {
  std::vector<Municipality> rows;
  store::Cursor cursor = transaction.cursor(tables::municipalities);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    rows.push_back(
        decode(static_cast<std::uint32_t>(pki::read_big_endian(cursor.key().first(3))), cursor.value()));
  return rows;
}

void put_municipality(store::WriteTransaction& transaction, const Municipality& row) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.integer(static_cast<std::uint64_t>(row.level));
    store::write_text(writer, row.prefecture_ja);
    store::write_text(writer, row.name_ja);
    store::write_text(writer, row.prefecture_romaji);
    store::write_text(writer, row.name_romaji);
    writer.boolean(row.has_wards);
    store::write_optional(writer, 0, row.valid_from,
                          [&](pki::Date date) { store::write_date(writer, date); });
    store::write_optional(writer, 1, row.valid_to, [&](pki::Date date) { store::write_date(writer, date); });
    store::write_optional(writer, 2, row.successor, [&](std::uint32_t code) { writer.integer(code); });
  });
  transaction.put(tables::municipalities, row_key(row), writer.view());
}

}  // namespace registry
