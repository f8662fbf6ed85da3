// Certificates counted for the tables that the ministry publishes: by distribution point, and by the sex and
// age of their holders.
//
// Points are counted from `status` alone. Sex and age lie in the sealed records of residents, of which each
// holder's is opened once. One snapshot serves both, so every table has the same total.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "pki/certificate_kind.h"
#include "pki/time.h"
#include "registry/residents.h"
#include "store/environment.h"
#include "store/vault.h"

namespace registry {

// What a certificate that was issued is on a day. A revoked one that has expired as well counts as revoked.
enum class DayState : std::uint8_t { valid, held, revoked, expired };
inline constexpr std::array kAllDayStates = {DayState::valid, DayState::held, DayState::revoked,
                                             DayState::expired};

// How many certificates are in each state.
class StateCounts final {
 public:
  [[nodiscard]] std::uint64_t of(DayState state) const { return counts_.at(static_cast<std::size_t>(state)); }
  // All of them: every certificate is in one state.
  [[nodiscard]] std::uint64_t issued() const;
  void add(DayState state, std::uint64_t count = 1) { counts_.at(static_cast<std::size_t>(state)) += count; }
  void add(const StateCounts& other);
  friend bool operator==(const StateCounts&, const StateCounts&) = default;

 private:
  std::array<std::uint64_t, 4> counts_{};
};

// By kind of certificate.
class KindCounts final {
 public:
  [[nodiscard]] const StateCounts& of(pki::CertificateKind kind) const {
    return counts_.at(static_cast<std::size_t>(kind) - 1);
  }
  void add(pki::CertificateKind kind, DayState state, std::uint64_t count = 1) {
    counts_.at(static_cast<std::size_t>(kind) - 1).add(state, count);
  }
  void add(const KindCounts& other);
  friend bool operator==(const KindCounts&, const KindCounts&) = default;

 private:
  std::array<StateCounts, 4> counts_{};
};

// Five years of age: 0 is 0 to 4, kOldestBand 100 and more.
inline constexpr unsigned kOldestBand = 20;
// Holders by sex and band; no band for those whose record is no longer kept.
using AgeGroup = std::pair<Sex, std::optional<unsigned>>;

struct Statistics {
  // By code of the distribution point: the municipality or ward that the certificate was issued through.
  std::map<std::uint32_t, KindCounts> by_point;
  std::map<AgeGroup, KindCounts> by_age;  // Empty when only points were asked for.
  KindCounts total;
};

enum class StatisticsDepth {
  points,   // Opens no sealed record.
  persons,  // Also sex and age.
};

struct StatisticsQuestion {
  pki::Date on;     // Ages are those of this day.
  pki::Time until;  // The state after everything recorded up to this moment.
  StatisticsDepth depth = StatisticsDepth::persons;
};

// Called now and then with how many of count_work() are done; false ends the count.
using StatisticsProgress = std::function<bool(std::uint64_t done)>;

// How many steps a count has.
[[nodiscard]] std::uint64_t count_work(const store::ReadTransaction& transaction, StatisticsDepth depth);
// Nothing when `progress` ended it. Memory: a few thousand sums, and 24 bytes for each change that was
// recorded after `until`. Takes the time of a walk over `status`, with persons also of a look-up for each
// certificate and the opening of a record for each holder.
[[nodiscard]] std::optional<Statistics> count_certificates(const store::ReadTransaction& transaction,
                                                           const store::Vault& vault,
                                                           const StatisticsQuestion& question,
                                                           const StatisticsProgress& progress);

}  // namespace registry
