// Recording approvals in the order of their days, and reading off what counts on one.

#include "registry/approvals.h"

#include <algorithm>
#include <iterator>

#include "pki/name.h"

namespace registry {

namespace {

bool is_approved(const Approval& entry) {
  return entry.kind == Approval::Kind::approved;
}

pki::Result<void> check_text(const char* field, const std::optional<std::string>& text) {
  if (!text) return {};
  const bool control = std::ranges::any_of(*text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
  });
  if (control || text->empty() || !pki::is_utf8(*text) ||
      pki::count_code_points(*text) > kMaxApprovalTextPoints)
    return pki::invalid(field, std::string(field) + " must be a text in UTF-8 of 1 to " +
                                   std::to_string(kMaxApprovalTextPoints) +
                                   " characters, without control characters but ends of lines");
  return {};
}

}  // namespace

const Approval* latest_approval(std::span<const Approval> approvals, pki::Date day) {
  const auto after = std::ranges::upper_bound(approvals, day, {}, &Approval::from);
  return after == approvals.begin() ? nullptr : &*std::prev(after);
}

const Approval* approval_in_force(std::span<const Approval> approvals, pki::Date day) {
  const Approval* latest = latest_approval(approvals, day);
  const bool in_force =
      latest != nullptr && is_approved(*latest) && (!latest->until || day <= *latest->until);
  return in_force ? latest : nullptr;
}

bool is_change(std::span<const Approval> approvals, const Approval& entry) {
  const auto found = std::ranges::find(approvals, entry);
  if (found == approvals.begin() || found == approvals.end() || !is_approved(entry)) return false;
  const Approval& before = *std::prev(found);
  return is_approved(before) && (!before.until || entry.from <= *before.until);
}

std::string approval_missing(std::span<const Approval> approvals, pki::Date day) {
  if (approval_in_force(approvals, day) != nullptr) return {};
  const Approval* latest = latest_approval(approvals, day);
  if (latest == nullptr && approvals.empty()) return "the approval (Act 38-2) is missing";
  if (latest == nullptr) return "the approval (Act 38-2) begins on " + pki::to_string(approvals.front().from);
  if (!is_approved(*latest))
    return "the approval was cancelled on " + pki::to_string(latest->from) + " (Act 38-2-6)";
  return "the approval has ended";
}

pki::Result<void> record_approval(std::vector<Approval>& approvals, const ApprovalItems& items,
                                  pki::Date today) {
  TRY(check_text("plan", items.plan));
  TRY(check_text("equipment", items.equipment));
  const auto cancelled = std::find_if(approvals.rbegin(), approvals.rend(),
                                      [](const Approval& entry) { return !is_approved(entry); });
  if (cancelled != approvals.rend() && items.from < cancelled->from)
    return pki::invalid("date", "the approval was cancelled on " + pki::to_string(cancelled->from) +
                                    ": a new one begins on that day or later");
  Approval entry{.from = items.from, .until = items.until, .plan = items.plan, .equipment = items.equipment};
  if (const Approval* present = approval_in_force(approvals, items.from)) {
    if (!entry.until) entry.until = present->until;
    if (!entry.plan) entry.plan = present->plan;
    if (!entry.equipment) entry.equipment = present->equipment;
  }
  if (entry.until && *entry.until < entry.from)
    return pki::invalid("until", "the last day lies before the first");
  const pki::Date last_replaced = std::max(items.from, today);
  std::erase_if(approvals, [&](const Approval& other) {
    return is_approved(other) && items.from <= other.from && other.from <= last_replaced;
  });
  approvals.insert(std::ranges::upper_bound(approvals, entry.from, {}, &Approval::from), std::move(entry));
  if (approvals.size() > kMaxApprovals) approvals.erase(approvals.begin());
  return {};
}

pki::Result<void> cancel_approval(std::vector<Approval>& approvals, pki::Date day, pki::Date today) {
  if (day > today)
    return pki::invalid("date", "a cancellation takes effect at once: give today or an earlier day");
  const Approval* present = approval_in_force(approvals, today);
  const bool planned = !approvals.empty() && approvals.back().from > today;
  if (present == nullptr && !planned)
    return pki::fail(pki::Errc::conflict,
                     "there is no approval to cancel: " + approval_missing(approvals, today));
  const Approval* then = latest_approval(approvals, day);
  if (present != nullptr && (then == nullptr || !is_approved(*then)))
    return pki::invalid("date",
                        "the approval began on " + pki::to_string(present->from) + ", after that day");
  std::erase_if(approvals, [&](const Approval& other) { return other.from > day; });
  Approval& cancellation = approvals.emplace_back();
  cancellation.from = day;
  cancellation.kind = Approval::Kind::cancelled;
  if (approvals.size() > kMaxApprovals) approvals.erase(approvals.begin());
  return {};
}

void write_approvals(pki::der::Writer& writer, std::span<const Approval> approvals) {
  writer.sequence([&] {
    for (const Approval& entry : approvals)
      writer.sequence([&] {
        write_date(writer, entry.from);
        writer.boolean(is_approved(entry));
        write_optional(writer, 0, entry.until, [&](pki::Date date) { write_date(writer, date); });
        write_optional(writer, 1, entry.plan, [&](const std::string& text) { write_text(writer, text); });
        write_optional(writer, 2, entry.equipment,
                       [&](const std::string& text) { write_text(writer, text); });
      });
  });
}

std::vector<Approval> read_approvals(RecordReader& list) {
  std::vector<Approval> approvals;
  while (!list.at_end()) {
    RecordReader one = list.nested();
    Approval entry{.from = one.date()};
    entry.kind = one.boolean() ? Approval::Kind::approved : Approval::Kind::cancelled;
    if (auto field = one.optional(0)) entry.until = field->date();
    if (auto field = one.optional(1)) entry.plan = field->text();
    if (auto field = one.optional(2)) entry.equipment = field->text();
    approvals.push_back(std::move(entry));
  }
  return approvals;
}

}  // namespace registry
