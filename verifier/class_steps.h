// The steps that make a class of a verifier active, each from a day on: Act 17, 36, 38-2, 規則30 to 33,
// 61, 62.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/der.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/record.h"
#include "verifier/approvals.h"

namespace verifier {

// Stored in records: never change a value.
enum class VerifierClass : std::uint8_t {
  signature = 1,                // 署名検証者, Act 17
  group_signature = 2,          // 団体署名検証者, Act 17⑤⑥
  authentication = 3,           // 利用者証明検証者, Act 36
  specific_authentication = 4,  // 特定利用者証明検証者, Act 38-2, 38-3
};

enum class Sector : std::uint8_t {
  public_body = 1,
  // Needs a certification by the ministers, renewed every year (Act 17①6, Order 10), except as a group
  // verifier: Act 17⑤ knows no certification.
  private_sector = 2,
};

// Days from `from` to `until`, both included; absent: without end.
struct Term {
  pki::Date from;
  std::optional<pki::Date> until = {};

  friend bool operator==(const Term&, const Term&) = default;
};

struct ClassSteps {
  std::optional<pki::Date> notified;   // 届出, 規則30, 32 or 61
  std::optional<pki::Date> agreed;     // 取決め, 規則31, 33 or 62
  std::optional<pki::Date> certified;  // 認定; holds one year
  // 認可, its changes and ends by date, Act 38-2; specific_authentication alone.
  std::vector<Approval> approvals = {};
  // 署名確認者の範囲, part of a group verifier's notification (規則32(iv)); group_signature alone.
  std::string confirmers = {};
  // The last day of the agreement, and of the certification when that is before its year is over.
  std::optional<pki::Date> agreed_until = {};
  std::optional<pki::Date> certified_until = {};
  // The next certification, recorded while the present one holds.
  std::optional<Term> renewal = {};
};

// Records the agreement and its last day. One that goes on keeps its last day when none is given: a network
// that is added later does not make it endless.
void record_agreement(ClassSteps& steps, const Term& term);
// Records a certification. One for a day to come leaves the present one in force until it begins.
void record_certification(ClassSteps& steps, const Term& term, pki::Date today);
// The certification that counts on a day: the one in force, else the last that was, else the first to come.
// Its last day is at most a year after its first (Order 10). Absent when none is recorded.
[[nodiscard]] std::optional<Term> certification_on(const ClassSteps& steps, pki::Date day);

// Whether the class of a verifier of this sector needs the ministers' certification.
[[nodiscard]] bool needs_certification(VerifierClass verifier_class, Sector sector);
// Why a class is not active on a day, with the article of the class; empty when it is. A
// specific-authentication verifier is active without an approval: Act 38-2 opens the PIN-less path, Act 36
// the ordinary check.
[[nodiscard]] pki::Message missing_step(VerifierClass verifier_class, const ClassSteps& steps, Sector sector,
                                        pki::Date day);

// As fields of a stored record.
void write_steps(pki::der::Writer& writer, const ClassSteps& steps);
[[nodiscard]] ClassSteps read_steps(store::RecordReader& reader);

}  // namespace verifier
