// The counted points and ages as the tables of the ministry: the wards of a designated city under the city,
// municipalities by group and prefecture.

#include <algorithm>

#include "admin/statistics.h"
#include "pki/messages/admin.h"
#include "registry/municipalities.h"

namespace admin {

namespace {

using registry::KindCounts;
using registry::Municipality;

constexpr std::size_t kTopRows = 10;

enum class Group { special_ward, designated_city, other_city, town };

struct GroupName {
  Group group;
  const char* name;
  const char* ja;
  const char* en;
};
constexpr std::array kGroups = {
    GroupName{Group::special_ward, "special-wards", "特別区", "Special wards"},
    GroupName{Group::designated_city, "designated-cities", "政令指定都市", "Designated cities"},
    GroupName{Group::other_city, "other-cities", "市（政令指定都市を除く）", "Other cities"},
    GroupName{Group::town, "towns-and-villages", "町村", "Towns and villages"},
};

Group group_of(const Municipality& row) {
  if (row.has_wards) return Group::designated_city;
  if (row.name_ja.ends_with("区")) return Group::special_ward;
  return row.name_ja.ends_with("市") ? Group::other_city : Group::town;
}

json::object counts_to_json(const KindCounts& counts) {
  json::object body;
  for (const pki::CertificateKind kind : pki::kAllCertificateKinds) {
    const registry::StateCounts& states = counts.of(kind);
    body[pki::to_string(kind)] = json::object{{"issued", states.issued()},
                                              {"valid", states.of(registry::DayState::valid)},
                                              {"held", states.of(registry::DayState::held)},
                                              {"revoked", states.of(registry::DayState::revoked)},
                                              {"expired", states.of(registry::DayState::expired)}};
  }
  return body;
}

// A table under construction; its total is what its rows add up to.
class Table final {
 public:
  void add(json::object row, const KindCounts& counts) {
    row["certificates"] = counts_to_json(counts);
    rows_.push_back(std::move(row));
    total_.add(counts);
  }
  [[nodiscard]] json::object finish() && {
    return {{"rows", std::move(rows_)}, {"total", counts_to_json(total_)}};
  }

 private:
  json::array rows_;
  KindCounts total_;
};

// The municipalities of the counted points; a ward of a designated city counts for its city.
class Places final {
 public:
  Places(const store::ReadTransaction& transaction, const registry::Statistics& statistics) {
    for (Municipality& row : registry::all_municipalities(transaction))
      rows_.insert_or_assign(row.code, std::move(row));
    for (const auto& [code, counts] : statistics.by_point)
      counts_[municipality_of(code)].add(counts);
  }

  [[nodiscard]] const std::map<std::uint32_t, KindCounts>& counts() const { return counts_; }
  [[nodiscard]] const Municipality& row(std::uint32_t code) const { return rows_.at(code); }
  [[nodiscard]] const std::map<std::uint32_t, Municipality>& rows() const { return rows_; }

 private:
  std::uint32_t municipality_of(std::uint32_t point) const {
    const auto found = rows_.find(point);
    if (found == rows_.end())
      throw store::Corruption(
          {messages::point_without_municipality, registry::municipality_code_text(point)});
    const Municipality& ward = found->second;
    if (ward.level != registry::MunicipalityLevel::ward) return point;
    for (const auto& [code, city] : rows_)
      if (registry::is_ward_of(ward, city)) return code;
    return point;
  }

  std::map<std::uint32_t, Municipality> rows_;
  std::map<std::uint32_t, KindCounts> counts_;
};

json::object place_to_json(const Municipality& row) {
  const bool is_prefecture = row.level == registry::MunicipalityLevel::prefecture;
  return {
      {"code", registry::municipality_code_text(row.code)},
      {"name_ja", is_prefecture ? row.prefecture_ja : row.prefecture_ja + row.name_ja},
      {"name_en", is_prefecture ? row.prefecture_romaji : row.name_romaji + ", " + row.prefecture_romaji}};
}

json::object group_table(const Places& places) {
  Table table;
  for (const GroupName& name : kGroups) {
    KindCounts sum;
    for (const auto& [code, counts] : places.counts())
      if (group_of(places.row(code)) == name.group) sum.add(counts);
    table.add({{"group", name.name}, {"name_ja", name.ja}, {"name_en", name.en}}, sum);
  }
  return std::move(table).finish();
}

std::uint64_t valid_in(const KindCounts& counts) {
  std::uint64_t sum = 0;
  for (const pki::CertificateKind kind : pki::kAllCertificateKinds)
    sum += counts.of(kind).of(registry::DayState::valid);
  return sum;
}

// By valid certificates, then by code; what is not among the first ten is one row.
json::object top_table(const Places& places) {
  std::vector<std::pair<std::uint32_t, KindCounts>> order(places.counts().begin(), places.counts().end());
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [](const auto& one) { return valid_in(one.second); });
  Table table;
  KindCounts others;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i >= kTopRows) {
      others.add(order[i].second);
      continue;
    }
    json::object row = place_to_json(places.row(order[i].first));
    row["rank"] = i + 1;
    table.add(std::move(row), order[i].second);
  }
  table.add({{"name_ja", "その他"}, {"name_en", "All others"}}, others);
  return std::move(table).finish();
}

json::object prefecture_table(const Places& places) {
  Table table;
  for (const auto& [code, prefecture] : places.rows()) {
    if (prefecture.level != registry::MunicipalityLevel::prefecture) continue;
    KindCounts sum;
    for (const auto& [of, counts] : places.counts())
      if (places.row(of).prefecture_ja == prefecture.prefecture_ja) sum.add(counts);
    table.add(place_to_json(prefecture), sum);
  }
  return std::move(table).finish();
}

// Every municipality and ward through which certificates were issued.
json::object point_table(const Places& places, const registry::Statistics& statistics) {
  Table table;
  for (const auto& [code, counts] : statistics.by_point)
    table.add(place_to_json(places.row(code)), counts);
  return std::move(table).finish();
}

std::string band_text(std::optional<unsigned> band) {
  if (!band) return "";
  if (*band == registry::kOldestBand) return "100+";
  return std::to_string(*band * 5) + "-" + std::to_string(*band * 5 + 4);
}

json::object age_table(const registry::Statistics& statistics) {
  using registry::Sex;
  Table table;
  for (const Sex sex : {Sex::male, Sex::female, Sex::unknown})
    for (unsigned band = 0; band <= registry::kOldestBand; ++band) {
      const auto found = statistics.by_age.find({sex, band});
      const bool counted = found != statistics.by_age.end();
      // Every band of the two sexes has its row; that of unknown sex appears only when it is not empty.
      if (sex == Sex::unknown && !counted) continue;
      table.add({{"sex", to_string(sex)}, {"age", band_text(band)}}, counted ? found->second : KindCounts{});
    }
  if (const auto found = statistics.by_age.find({Sex::unknown, std::nullopt});
      found != statistics.by_age.end())
    table.add({{"sex", to_string(Sex::unknown)}, {"age", band_text(std::nullopt)}}, found->second);
  return std::move(table).finish();
}

}  // namespace

json::object tables_of(const store::ReadTransaction& transaction, const registry::Statistics& statistics,
                       registry::StatisticsDepth depth) {
  const Places places(transaction, statistics);
  json::object tables{{"groups", group_table(places)},
                      {"top", top_table(places)},
                      {"prefectures", prefecture_table(places)},
                      {"municipalities", point_table(places, statistics)}};
  if (depth == registry::StatisticsDepth::persons) tables["ages"] = age_table(statistics);
  return {{"tables", std::move(tables)}, {"total", counts_to_json(statistics.total)}};
}

}  // namespace admin
