// The approval (認可) of the PIN-less class and what became of it: Act 38-2, Order 25-5, 25-6, Ordinance 64-6
// to 64-10.
//
// A list by date: the approval, changes of it (変更認可, Act 38-2④), minor changes that are only notified
// (軽微な変更, ⑤), its cancellation (取消し, ⑥), and the end of the checks that the verifier notified
// (廃止の届出, Order 25-5). What counts on a day is the last entry that has come by then, so what is to come
// leaves the present one alone.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"
#include "store/record.h"

namespace verifier {

// The most code points of a plan or a description of equipment, and the most entries kept: the oldest leave.
inline constexpr std::size_t kMaxApprovalTextPoints = 4000;
inline constexpr std::size_t kMaxApprovals = 50;

// One entry: an approval, a change of one, or the end of one.
struct Approval {
  // Stored in records: never change a value.
  enum class Kind : std::uint8_t { approved = 1, cancelled = 2, minor_change = 3, ended = 4 };

  pki::Date from;                             // The day on which it takes effect.
  std::optional<pki::Date> until = {};        // The last day; absent: for good.
  std::optional<std::string> plan = {};       // 計画, Act 38-2②2, Ordinance 64-6.
  std::optional<std::string> equipment = {};  // 設備の概要, Act 38-2②3, Ordinance 64-7.
  Kind kind = Kind::approved;

  // Whether something is approved from its day on; else it is an end.
  [[nodiscard]] bool is_approval() const { return kind == Kind::approved || kind == Kind::minor_change; }

  friend bool operator==(const Approval&, const Approval&) = default;
};

// What an approval or a change of one says; a change leaves alone what is absent.
struct ApprovalItems {
  pki::Date from;
  std::optional<pki::Date> until = {};
  std::optional<std::string> plan = {};
  std::optional<std::string> equipment = {};
};

// The last entry that has come by a day, ended or not; null before the first.
[[nodiscard]] const Approval* latest_approval(std::span<const Approval> approvals, pki::Date day);
// The entry in force on a day, or null.
[[nodiscard]] const Approval* approval_in_force(std::span<const Approval> approvals, pki::Date day);
// Whether an entry changes the one before it, which was in force until then; false for a cancellation.
[[nodiscard]] bool is_change(std::span<const Approval> approvals, const Approval& entry);
// Why none is in force on a day; empty when one is.
[[nodiscard]] pki::Message approval_missing(std::span<const Approval> approvals, pki::Date day);

// Records an approval; on top of one in force on its first day, a change that keeps plan, equipment and last
// day where it gives none. It takes the place of approvals recorded for the days from its first to today (or
// for its own, when that is to come), of those since the last end; what is planned for later stays.
// Errc::invalid_value names the field: a first day before the last cancellation or an end that has come, a
// text too long or not UTF-8, a last day before the first.
[[nodiscard]] pki::Result<void> record_approval(std::vector<Approval>& approvals, const ApprovalItems& items,
                                                pki::Date today);
// Records a minor change that was made on a day (Act 38-2⑤, Ordinance 64-8): the approval goes on, with the
// plan or the equipment given. Errc::conflict when none is in force on that day; Errc::invalid_value when
// neither is given, for a day to come, since it is notified after it was made, and for a last day, which only
// an approval has.
[[nodiscard]] pki::Result<void> record_minor_change(std::vector<Approval>& approvals,
                                                    const ApprovalItems& items, pki::Date today);
// Records that the verifier ends the approved checks: from `day` on, today or later since it is notified
// beforehand (Order 25-5), nothing is in force, and what was planned for that day or later is gone. An end
// that was notified before and has not come is replaced. Errc::conflict when no approval goes on until
// that day; Errc::invalid_value for an earlier day.
[[nodiscard]] pki::Result<void> end_approval(std::vector<Approval>& approvals, pki::Date day,
                                             pki::Date today);
// The end that has come by a day and that no approval followed, or null.
[[nodiscard]] const Approval* end_in_force(std::span<const Approval> approvals, pki::Date day);
// Ends the approval on a day, and what was planned with it. Errc::conflict when there is none to end;
// Errc::invalid_value for a day to come, since a cancellation takes effect at once, and for one before the
// approval.
[[nodiscard]] pki::Result<void> cancel_approval(std::vector<Approval>& approvals, pki::Date day,
                                                pki::Date today);

// As fields of a stored record: SEQUENCE OF SEQUENCE.
void write_approvals(pki::der::Writer& writer, std::span<const Approval> approvals);
[[nodiscard]] std::vector<Approval> read_approvals(store::RecordReader& list);

}  // namespace verifier
