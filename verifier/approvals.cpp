// Recording approvals in the order of their days, and reading off what counts on one.

#include "verifier/approvals.h"

#include <algorithm>
#include <iterator>

#include "pki/messages/verifier.h"
#include "pki/text.h"

namespace verifier {

namespace {

pki::Result<void> check_plan(const char* field, const std::optional<std::string>& text) {
  if (!text) return {};
  if (text->empty()) return pki::invalid(field, {messages::empty_instead_of_absent, field});
  return pki::check_lines(field, *text, kMaxApprovalTextPoints);
}

// After the entries of the same day; the oldest leaves when there are too many.
void insert(std::vector<Approval>& approvals, Approval entry) {
  approvals.insert(std::ranges::upper_bound(approvals, entry.from, {}, &Approval::from), std::move(entry));
  if (approvals.size() > kMaxApprovals) approvals.erase(approvals.begin());
}

}  // namespace

const Approval* latest_approval(std::span<const Approval> approvals, pki::Date day) {
  const auto after = std::ranges::upper_bound(approvals, day, {}, &Approval::from);
  return after == approvals.begin() ? nullptr : &*std::prev(after);
}

const Approval* approval_in_force(std::span<const Approval> approvals, pki::Date day) {
  const Approval* latest = latest_approval(approvals, day);
  const bool in_force =
      latest != nullptr && latest->is_approval() && (!latest->until || day <= *latest->until);
  return in_force ? latest : nullptr;
}

bool is_change(std::span<const Approval> approvals, const Approval& entry) {
  const auto found = std::ranges::find(approvals, entry);
  if (found == approvals.begin() || found == approvals.end() || !entry.is_approval()) return false;
  const Approval& before = *std::prev(found);
  return before.is_approval() && (!before.until || entry.from <= *before.until);
}

pki::Message approval_missing(std::span<const Approval> approvals, pki::Date day) {
  if (approval_in_force(approvals, day) != nullptr) return {};
  const Approval* latest = latest_approval(approvals, day);
  if (latest == nullptr && approvals.empty()) return messages::approval_absent;
  if (latest == nullptr) return {messages::approval_begins, pki::to_string(approvals.front().from)};
  if (latest->kind == Approval::Kind::ended) return {messages::checks_ended, pki::to_string(latest->from)};
  if (!latest->is_approval()) return {messages::approval_was_cancelled, pki::to_string(latest->from)};
  return messages::approval_ended;
}

pki::Result<void> record_approval(std::vector<Approval>& approvals, const ApprovalItems& items,
                                  pki::Date today) {
  TRY(check_plan("plan", items.plan));
  TRY(check_plan("equipment", items.equipment));
  const auto end = std::find_if(approvals.rbegin(), approvals.rend(), [&](const Approval& entry) {
    return !entry.is_approval() && entry.from <= today;
  });
  if (end != approvals.rend() && items.from < end->from)
    return pki::invalid("date", {messages::approval_ended_on, pki::to_string(end->from)});
  Approval entry{.from = items.from, .until = items.until, .plan = items.plan, .equipment = items.equipment};
  if (const Approval* present = approval_in_force(approvals, items.from)) {
    if (!entry.until) entry.until = present->until;
    if (!entry.plan) entry.plan = present->plan;
    if (!entry.equipment) entry.equipment = present->equipment;
  }
  if (entry.until && *entry.until < entry.from) return pki::invalid("until", messages::last_day_before_first);
  // What had ended before stays on record, even when it began on the same day.
  const pki::Date last_replaced = std::max(items.from, today);
  const auto replaced = std::remove_if(end.base(), approvals.end(), [&](const Approval& other) {
    return other.is_approval() && items.from <= other.from && other.from <= last_replaced;
  });
  approvals.erase(replaced, approvals.end());
  insert(approvals, std::move(entry));
  return {};
}

pki::Result<void> record_minor_change(std::vector<Approval>& approvals, const ApprovalItems& items,
                                      pki::Date today) {
  TRY(check_plan("plan", items.plan));
  TRY(check_plan("equipment", items.equipment));
  if (!items.plan && !items.equipment) return pki::invalid("plan", messages::minor_change_empty);
  if (items.until) return pki::invalid("until", messages::minor_change_without_last_day);
  if (items.from > today) return pki::invalid("date", messages::minor_change_in_future);
  const Approval* present = approval_in_force(approvals, items.from);
  if (present == nullptr)
    return pki::fail(pki::Errc::conflict,
                     {messages::no_approval_to_change, approval_missing(approvals, items.from)});
  Approval entry = *present;
  entry.from = items.from;
  entry.kind = Approval::Kind::minor_change;
  if (items.plan) entry.plan = items.plan;
  if (items.equipment) entry.equipment = items.equipment;
  insert(approvals, std::move(entry));
  return {};
}

pki::Result<void> end_approval(std::vector<Approval>& approvals, pki::Date day, pki::Date today) {
  if (day < today) return pki::invalid("date", messages::end_in_past);
  std::vector<Approval> known = approvals;
  std::erase_if(known, [&](const Approval& other) {
    return other.kind == Approval::Kind::ended && other.from > today;
  });
  const Approval* latest = latest_approval(known, day);
  const bool goes_on = latest != nullptr && latest->is_approval() &&
                       (!latest->until || pki::add_days(day, -1) <= *latest->until);
  if (!goes_on)
    return pki::fail(pki::Errc::conflict, {messages::no_approval_to_end, approval_missing(approvals, day)});
  std::erase_if(approvals, [&](const Approval& other) {
    return other.from > day || (other.kind == Approval::Kind::ended && other.from > today);
  });
  Approval end;
  end.from = day;
  end.kind = Approval::Kind::ended;
  insert(approvals, std::move(end));
  return {};
}

const Approval* end_in_force(std::span<const Approval> approvals, pki::Date day) {
  const Approval* latest = latest_approval(approvals, day);
  return latest != nullptr && latest->kind == Approval::Kind::ended ? latest : nullptr;
}

pki::Result<void> cancel_approval(std::vector<Approval>& approvals, pki::Date day, pki::Date today) {
  if (day > today) return pki::invalid("date", messages::cancellation_in_future);
  const Approval* present = approval_in_force(approvals, today);
  const bool planned = !approvals.empty() && approvals.back().from > today;
  if (present == nullptr && !planned)
    return pki::fail(pki::Errc::conflict,
                     {messages::no_approval_to_cancel, approval_missing(approvals, today)});
  const Approval* then = latest_approval(approvals, day);
  if (present != nullptr && (then == nullptr || !then->is_approval()))
    return pki::invalid("date", {messages::approval_began_later, pki::to_string(present->from)});
  std::erase_if(approvals, [&](const Approval& other) { return other.from > day; });
  Approval cancellation;
  cancellation.from = day;
  cancellation.kind = Approval::Kind::cancelled;
  insert(approvals, std::move(cancellation));
  return {};
}

void write_approvals(pki::der::Writer& writer, std::span<const Approval> approvals) {
  writer.sequence([&] {
    for (const Approval& entry : approvals)
      writer.sequence([&] {
        store::write_date(writer, entry.from);
        writer.boolean(entry.is_approval());
        store::write_optional(writer, 0, entry.until,
                              [&](pki::Date date) { store::write_date(writer, date); });
        store::write_optional(writer, 1, entry.plan,
                              [&](const std::string& text) { store::write_text(writer, text); });
        store::write_optional(writer, 2, entry.equipment,
                              [&](const std::string& text) { store::write_text(writer, text); });
        if (entry.kind == Approval::Kind::minor_change || entry.kind == Approval::Kind::ended)
          writer.context(
              3, [&] { writer.sequence([&] { writer.integer(static_cast<std::uint64_t>(entry.kind)); }); });
      });
  });
}

std::vector<Approval> read_approvals(store::RecordReader& list) {
  std::vector<Approval> approvals;
  while (!list.at_end()) {
    store::RecordReader one = list.nested();
    Approval entry{.from = one.date()};
    entry.kind = one.boolean() ? Approval::Kind::approved : Approval::Kind::cancelled;
    if (auto field = one.optional(0)) entry.until = field->date();
    if (auto field = one.optional(1)) entry.plan = field->text();
    if (auto field = one.optional(2)) entry.equipment = field->text();
    // Former builds knew approvals and cancellations alone.
    if (auto field = one.optional(3)) entry.kind = static_cast<Approval::Kind>(field->number());
    approvals.push_back(std::move(entry));
  }
  return approvals;
}

}  // namespace verifier
