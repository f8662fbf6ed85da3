// Approvals to JSON, and the items of one from it.

#include "admin/approvals.h"

#include <iterator>

namespace admin {

namespace {

using verifier::Approval;

json::value text_or_null(const std::optional<std::string>& text) {
  if (!text) return nullptr;
  return json::value(*text);
}

std::string_view kind_of(const std::vector<Approval>& approvals, const Approval& entry) {
  if (entry.kind == Approval::Kind::cancelled) return "cancellation";
  if (entry.kind == Approval::Kind::ended) return "end";
  if (entry.kind == Approval::Kind::minor_change) return "minor-change";
  return verifier::is_change(approvals, entry) ? "change" : "approval";
}

// The entry that tells most about today: the one in force, else the last that was, else the first to come.
const Approval* telling(const std::vector<Approval>& approvals, pki::Date today) {
  if (approvals.empty()) return nullptr;
  const Approval* latest = verifier::latest_approval(approvals, today);
  if (latest == nullptr) return &approvals.front();
  while (!latest->is_approval() && latest != &approvals.front())
    --latest;
  return latest->is_approval() ? latest : nullptr;
}

// The day of the verifier's own end, reached or announced, unless something was approved after it.
json::value end_day(const std::vector<Approval>& approvals) {
  if (approvals.empty() || approvals.back().kind != Approval::Kind::ended) return nullptr;
  return json::value(pki::to_string(approvals.back().from));
}

}  // namespace

void add_approvals(json::object& entry, const verifier::ClassSteps& steps, pki::Date today) {
  const std::vector<Approval>& approvals = steps.approvals;
  const Approval* shown = telling(approvals, today);
  const Approval* begin = shown;
  while (begin != nullptr && verifier::is_change(approvals, *begin))
    --begin;
  const Approval* latest = verifier::latest_approval(approvals, today);
  const bool cancelled = latest != nullptr && latest->kind == Approval::Kind::cancelled;
  const Approval nothing{};
  const Approval& approval = shown != nullptr ? *shown : nothing;
  entry["approved"] = begin != nullptr ? json::value(pki::to_string(begin->from)) : json::value(nullptr);
  entry["approved_until"] = date_or_null(approval.until);
  entry["approval_cancelled"] = cancelled ? json::value(pki::to_string(latest->from)) : json::value(nullptr);
  entry["approval_ended"] = end_day(approvals);
  entry["plan"] = text_or_null(approval.plan);
  entry["equipment"] = text_or_null(approval.equipment);
  json::array list;
  const Approval* in_force = verifier::approval_in_force(approvals, today);
  for (const Approval& one : approvals)
    list.push_back(json::object{{"kind", kind_of(approvals, one)},
                                {"date", pki::to_string(one.from)},
                                {"until", date_or_null(one.until)},
                                {"plan", text_or_null(one.plan)},
                                {"equipment", text_or_null(one.equipment)},
                                {"in_force", &one == in_force}});
  entry["approvals"] = std::move(list);
}

pki::Result<verifier::ApprovalItems> read_approval(FieldReader& fields) {
  verifier::ApprovalItems items{.from = {}};
  TRY_ASSIGN(items.plan, fields.text("plan"));
  TRY_ASSIGN(items.equipment, fields.text("equipment"));
  return items;
}

}  // namespace admin
