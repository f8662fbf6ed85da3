// Recording the steps of a class, and what is missing on a day.

#include "verifier/class_steps.h"

#include <algorithm>

#include "pki/messages/verifier.h"

namespace verifier {

namespace {

// Fields of ClassSteps in a stored record; 3 and 4 were the one approval of earlier versions.
constexpr unsigned kApprovals = 5;
constexpr unsigned kAgreedUntil = 6;
constexpr unsigned kCertifiedUntil = 7;
constexpr unsigned kRenewal = 8;
constexpr unsigned kConfirmers = 9;

// Where the Ordinance says what is notified and what is agreed.
struct StepArticles {
  std::string_view notification, agreement;
};

StepArticles articles_of(VerifierClass verifier_class) {
  switch (verifier_class) {
    case VerifierClass::signature:
      return {"規則30", "規則31"};
    case VerifierClass::group_signature:
      return {"規則32", "規則33"};
    case VerifierClass::authentication:
    case VerifierClass::specific_authentication:
      break;
  }
  return {"規則61", "規則62"};
}

bool has_come(const std::optional<pki::Date>& date, pki::Date day) {
  return date && *date <= day;
}

// The day before the same day of the next year; without such a day (2-29) its month's last (Civil Code 143②).
pki::Date last_day_of_year_from(pki::Date from) {
  const pki::Date same_day = from + std::chrono::years{1};
  return same_day.ok() ? pki::add_days(same_day, -1)
                       : pki::Date{same_day.year() / same_day.month() / std::chrono::last};
}

// A certification holds for a year (Order 10), or until an earlier last day of its own.
Term year_from(pki::Date from, const std::optional<pki::Date>& until) {
  const pki::Date last = last_day_of_year_from(from);
  return {from, until ? std::min(*until, last) : last};
}

pki::Message missing_certification(const ClassSteps& steps, pki::Date day) {
  const auto term = certification_on(steps, day);
  if (!term || term->from > day) return messages::certification_missing;
  if (day <= term->until) return {};
  const bool year_is_over = last_day_of_year_from(term->from) < day;
  if (year_is_over) return messages::certification_old;
  return {messages::certification_ended, pki::to_string(*term->until)};
}

}  // namespace

void record_agreement(ClassSteps& steps, const Term& term) {
  const bool goes_on =
      has_come(steps.agreed, term.from) && (!steps.agreed_until || term.from <= *steps.agreed_until);
  steps.agreed = term.from;
  if (term.until || !goes_on) steps.agreed_until = term.until;
}

void record_certification(ClassSteps& steps, const Term& term, pki::Date today) {
  // A renewal that has begun by now is the certification.
  if (steps.renewal && steps.renewal->from <= today) {
    steps.certified = steps.renewal->from;
    steps.certified_until = steps.renewal->until;
    steps.renewal.reset();
  }
  if (term.from > today && has_come(steps.certified, today)) {
    steps.renewal = term;
    return;
  }
  steps.certified = term.from;
  steps.certified_until = term.until;
}

std::optional<Term> certification_on(const ClassSteps& steps, pki::Date day) {
  if (steps.renewal && steps.renewal->from <= day)
    return year_from(steps.renewal->from, steps.renewal->until);
  if (!steps.certified) return std::nullopt;
  return year_from(*steps.certified, steps.certified_until);
}

bool needs_certification(VerifierClass verifier_class, Sector sector) {
  return sector == Sector::private_sector && verifier_class != VerifierClass::group_signature;
}

pki::Message missing_step(VerifierClass verifier_class, const ClassSteps& steps, Sector sector,
                          pki::Date day) {
  const StepArticles articles = articles_of(verifier_class);
  if (!has_come(steps.notified, day)) return {messages::notification_missing, articles.notification};
  if (!has_come(steps.agreed, day)) return {messages::agreement_missing, articles.agreement};
  if (steps.agreed_until && *steps.agreed_until < day)
    return {messages::agreement_ended, pki::to_string(*steps.agreed_until), articles.agreement};
  return needs_certification(verifier_class, sector) ? missing_certification(steps, day) : pki::Message();
}

void write_steps(pki::der::Writer& writer, const ClassSteps& steps) {
  const auto date = [&](pki::Date value) { store::write_date(writer, value); };
  store::write_optional(writer, 0, steps.notified, date);
  store::write_optional(writer, 1, steps.agreed, date);
  store::write_optional(writer, 2, steps.certified, date);
  if (!steps.approvals.empty()) writer.context(kApprovals, [&] { write_approvals(writer, steps.approvals); });
  store::write_optional(writer, kAgreedUntil, steps.agreed_until, date);
  store::write_optional(writer, kCertifiedUntil, steps.certified_until, date);
  store::write_optional(writer, kRenewal, steps.renewal, [&](const Term& term) {
    store::write_date(writer, term.from);
    store::write_optional(writer, 0, term.until, date);
  });
  if (!steps.confirmers.empty())
    writer.context(kConfirmers,
                   [&] { writer.sequence([&] { store::write_text(writer, steps.confirmers); }); });
}

ClassSteps read_steps(store::RecordReader& reader) {
  ClassSteps steps;
  if (auto field = reader.optional(0)) steps.notified = field->date();
  if (auto field = reader.optional(1)) steps.agreed = field->date();
  if (auto field = reader.optional(2)) steps.certified = field->date();
  // Earlier versions kept one approval: its first day and its last.
  if (auto field = reader.optional(3)) steps.approvals.emplace_back().from = field->date();
  if (auto field = reader.optional(4); field && !steps.approvals.empty())
    steps.approvals.back().until = field->date();
  if (auto field = reader.optional(kApprovals)) steps.approvals = read_approvals(*field);
  if (auto field = reader.optional(kAgreedUntil)) steps.agreed_until = field->date();
  if (auto field = reader.optional(kCertifiedUntil)) steps.certified_until = field->date();
  if (auto field = reader.optional(kRenewal)) {
    steps.renewal = Term{.from = field->date()};
    if (auto until = field->optional(0)) steps.renewal->until = until->date();
  }
  if (auto field = reader.optional(kConfirmers)) steps.confirmers = field->text();
  return steps;
}

}  // namespace verifier
