// /v1/verifiers/{id}/{step}: the steps that make a verifier active, and those that end or suspend it.

#include <algorithm>
#include <array>

#include "admin/api.h"
#include "admin/approvals.h"
#include "admin/pinned_record.h"
#include "admin/problem.h"
#include "admin/verifier_agreement.h"
#include "admin/verifier_json.h"
#include "admin/verifier_lookup.h"
#include "ca/credential.h"
#include "law/rule_table.h"
#include "pki/messages/admin.h"
#include "pki/text.h"
#include "verifier/approval_end.h"
#include "verifier/credential_revocation.h"

namespace admin {

namespace {

using verifier::ClassSteps;
using verifier::Term;
using verifier::Verifier;
using verifier::VerifierClass;

// A step as the caller asks for it.
struct Step {
  pki::Date today;
  Term term = {};
  // Empty: every class of the verifier that the step concerns.
  std::vector<VerifierClass> classes = {};
  // 署名確認者の範囲 of a group verifier's notification (規則32(iv)).
  std::optional<std::string> confirmers = {};
  AgreementItems agreement = {};
  AgreementWithdrawal withdrawal = {};
  verifier::ApprovalItems approval = {};
  // Of the approvals that the caller has seen.
  std::optional<std::string> record_digest = {};
};

// What a step concerns, what it takes beside `date`, what it ends and what it does. One of the two functions
// is there.
struct StepKind {
  enum class Concerns : std::uint8_t { every_class, pinless_class, verifier };
  // Whose credentials end with the step: at once, or on the day on which the approved checks end.
  enum class Ends : std::uint8_t { nothing, pinless, pinless_on_its_day, everything };

  std::string_view name, path;
  Concerns concerns;
  bool takes_until = false, takes_confirmers = false, takes_agreement = false, takes_approval = false;
  Ends ends = Ends::nothing;
  pki::Result<void> (*apply_to_class)(VerifierClass, ClassSteps&, const Step&) = nullptr;
  pki::Result<void> (*apply)(Verifier&, const Step&) = nullptr;
};

// Whether a step that has come would be replaced by one to come, and the verifier lose its standing
// meanwhile.
bool is_in_force(const std::optional<pki::Date>& recorded, const Step& step) {
  return recorded && *recorded <= step.today && step.today < step.term.from;
}

pki::Result<void> notify(VerifierClass verifier_class, ClassSteps& steps, const Step& step) {
  if (is_in_force(steps.notified, step))
    return pki::fail(pki::Errc::conflict, {messages::notification_present, pki::to_string(*steps.notified)});
  steps.notified = step.term.from;
  if (step.confirmers && verifier_class == VerifierClass::group_signature)
    steps.confirmers = *step.confirmers;
  return {};
}

pki::Result<void> agree(VerifierClass, ClassSteps& steps, const Step& step) {
  if (is_in_force(steps.agreed, step))
    return pki::fail(pki::Errc::conflict, {messages::agreement_present, pki::to_string(*steps.agreed)});
  verifier::record_agreement(steps, step.term);
  return {};
}

pki::Result<void> certify(VerifierClass, ClassSteps& steps, const Step& step) {
  verifier::record_certification(steps, step.term, step.today);
  return {};
}

pki::Result<void> approve(VerifierClass, ClassSteps& steps, const Step& step) {
  if (step.approval.from < law::kPinless)
    return pki::refused({messages::pinless_not_yet, pki::to_string(law::kPinless)}, "Act 38-2(1)", "date");
  return verifier::record_approval(steps.approvals, step.approval, step.today);
}

pki::Result<void> minor_change(VerifierClass, ClassSteps& steps, const Step& step) {
  return verifier::record_minor_change(steps.approvals, step.approval, step.today);
}

pki::Result<void> cancel_approval(VerifierClass, ClassSteps& steps, const Step& step) {
  return verifier::cancel_approval(steps.approvals, step.term.from, step.today);
}

pki::Result<void> end_approval(VerifierClass, ClassSteps& steps, const Step& step) {
  return verifier::end_approval(steps.approvals, step.term.from, step.today);
}

// Whether a suspension covers all days that are left of another.
bool covers(const Term& term, const verifier::Suspension& other, pki::Date today) {
  const bool from_its_begin = term.from <= std::max(other.from, today);
  return from_its_begin && (!term.until || (other.until && *other.until <= *term.until));
}

pki::Result<void> suspend(Verifier& verifier, const Step& step) {
  const auto& present = verifier.suspension;
  const bool is_over = !present || (present->until && *present->until < step.today);
  if (is_over) {
    verifier.suspension = verifier::Suspension{step.term.from, step.term.until};
    return {};
  }
  // A longer one may take its place, but no day of the one on record is lost unnoticed.
  const pki::Date from = std::min(present->from, step.term.from);
  const bool is_longer =
      covers(step.term, *present, step.today) && (from < present->from || step.term.until != present->until);
  if (!is_longer) return pki::fail(pki::Errc::conflict, messages::verifier_suspended);
  verifier.suspension = verifier::Suspension{from, step.term.until};
  return {};
}

pki::Result<void> resume(Verifier& verifier, const Step& step) {
  if (!verifier.suspension) return pki::fail(pki::Errc::conflict, messages::verifier_not_suspended);
  if (step.term.from > step.today) return pki::invalid("date", messages::resume_without_date);
  verifier.suspension.reset();
  return {};
}

// After a restore: what the record says is the verifier's present state.
pki::Result<void> confirm(Verifier& verifier, const Step& step) {
  if (!verifier.restored) return pki::fail(pki::Errc::conflict, messages::verifier_not_barred);
  if (step.term.from != step.today) return pki::invalid("date", messages::confirmation_without_date);
  verifier.restored.reset();
  return {};
}

pki::Result<void> cancel(Verifier& verifier, const Step& step) {
  if (step.term.from > step.today) return pki::invalid("date", messages::cancellation_future);
  verifier.cancelled = step.term.from;
  return {};
}

using Concerns = StepKind::Concerns;
using Ends = StepKind::Ends;
constexpr std::array kSteps = {StepKind{.name = "notify",
                                        .path = "/v1/verifiers/{id}/notify",
                                        .concerns = Concerns::every_class,
                                        .takes_confirmers = true,
                                        .apply_to_class = notify},
                               StepKind{.name = "agree",
                                        .path = "/v1/verifiers/{id}/agree",
                                        .concerns = Concerns::every_class,
                                        .takes_until = true,
                                        .takes_agreement = true,
                                        .apply_to_class = agree},
                               StepKind{.name = "certify",
                                        .path = "/v1/verifiers/{id}/certify",
                                        .concerns = Concerns::every_class,
                                        .takes_until = true,
                                        .apply_to_class = certify},
                               StepKind{.name = "approve",
                                        .path = "/v1/verifiers/{id}/approve",
                                        .concerns = Concerns::pinless_class,
                                        .takes_until = true,
                                        .takes_approval = true,
                                        .apply_to_class = approve},
                               StepKind{.name = "minor-change",
                                        .path = "/v1/verifiers/{id}/minor-change",
                                        .concerns = Concerns::pinless_class,
                                        .takes_approval = true,
                                        .apply_to_class = minor_change},
                               StepKind{.name = "cancel-approval",
                                        .path = "/v1/verifiers/{id}/cancel-approval",
                                        .concerns = Concerns::pinless_class,
                                        .ends = Ends::pinless,
                                        .apply_to_class = cancel_approval},
                               StepKind{.name = "end-approval",
                                        .path = "/v1/verifiers/{id}/end-approval",
                                        .concerns = Concerns::pinless_class,
                                        .ends = Ends::pinless_on_its_day,
                                        .apply_to_class = end_approval},
                               StepKind{.name = "suspend",
                                        .path = "/v1/verifiers/{id}/suspend",
                                        .concerns = Concerns::verifier,
                                        .takes_until = true,
                                        .apply = suspend},
                               StepKind{.name = "resume",
                                        .path = "/v1/verifiers/{id}/resume",
                                        .concerns = Concerns::verifier,
                                        .apply = resume},
                               StepKind{.name = "confirm",
                                        .path = "/v1/verifiers/{id}/confirm",
                                        .concerns = Concerns::verifier,
                                        .apply = confirm},
                               StepKind{.name = "cancel",
                                        .path = "/v1/verifiers/{id}/cancel",
                                        .concerns = Concerns::verifier,
                                        .ends = Ends::everything,
                                        .apply = cancel}};

// A withdrawal has no day of its own, and contradicts what is agreed in the same breath.
pki::Result<void> check_withdrawal(const Step& step, bool has_date) {
  const AgreementWithdrawal& withdrawal = step.withdrawal;
  if (withdrawal.empty()) return {};
  if (step.term.from > step.today) return pki::invalid("date", messages::withdrawal_without_date);
  if (step.agreement.empty() && (has_date || step.term.until || !step.classes.empty()))
    return pki::invalid("date", messages::withdrawal_for_all);
  const bool contradicts =
      (withdrawal.signature && step.agreement.signature) || (withdrawal.tls && step.agreement.tls) ||
      std::ranges::any_of(withdrawal.networks, [&](const pki::Network& network) {
        return std::ranges::find(step.agreement.networks, network) != step.agreement.networks.end();
      });
  if (contradicts) return pki::invalid("remove", messages::evidence_contradiction);
  return {};
}

// What a step does not take is refused, so that no field is ignored in silence.
pki::Result<Step> read_step(const RequestContext& call, const StepKind& kind) {
  FieldReader fields(call.body);
  Step step{.today = pki::jst_date(call.services.clock.now())};
  TRY_ASSIGN(const auto from, fields.date("date"));
  step.term.from = from.value_or(step.today);
  if (kind.takes_until) {
    TRY_ASSIGN(step.term.until, fields.date("until"));
  }
  if (step.term.until && *step.term.until < step.term.from)
    return pki::invalid("until", messages::period_reversed);
  if (kind.concerns != Concerns::verifier) {
    TRY_ASSIGN(step.classes, read_classes(fields));
  }
  if (kind.takes_confirmers) {
    TRY_ASSIGN(step.confirmers, fields.text("confirmers"));
    if (step.confirmers)
      TRY(pki::check_lines("confirmers", *step.confirmers, verifier::kMaxApprovalTextPoints));
  }
  if (kind.takes_agreement) {
    TRY_ASSIGN(step.agreement, read_agreement(fields));
    TRY_ASSIGN(step.withdrawal, read_withdrawal(fields));
    TRY(check_withdrawal(step, from.has_value()));
  }
  if (kind.takes_approval) {
    TRY_ASSIGN(step.approval, read_approval(fields));
    step.approval.from = step.term.from;
    step.approval.until = step.term.until;
  }
  if (kind.concerns == Concerns::pinless_class) {
    TRY_ASSIGN(step.record_digest, fields.text(kRecordDigest));
  }
  TRY(fields.finish());
  return step;
}

pki::Result<void> apply_to_classes(Verifier& entry, const StepKind& kind, const Step& step) {
  bool applied = false;
  for (auto& [verifier_class, steps] : entry.classes) {
    if (!step.classes.empty() && std::ranges::find(step.classes, verifier_class) == step.classes.end())
      continue;
    if (kind.concerns == Concerns::pinless_class && verifier_class != VerifierClass::specific_authentication)
      continue;
    applied = true;
    TRY(kind.apply_to_class(verifier_class, steps, step));
  }
  if (!applied) return pki::invalid("class", messages::step_without_class);
  return {};
}

// What the step changes; gives what it removed, for the audit entry.
pki::Result<std::vector<std::string>> apply(const store::CommandContext& context, Verifier& entry,
                                            const StepKind& kind, const Step& step) {
  if (entry.cancelled) return pki::fail(pki::Errc::conflict, messages::verifier_cancelled);
  TRY(check_record(step.record_digest, digest_of_approvals(context.transaction, entry, step.today),
                   "verifier " + std::to_string(entry.id)));
  std::vector<std::string> removed;
  if (kind.apply != nullptr) {
    TRY(kind.apply(entry, step));
    return removed;
  }
  TRY_ASSIGN(removed, withdraw_agreement(entry, step.withdrawal));
  // A mere withdrawal is no new agreement, so the day of the present one stays.
  if (!removed.empty() && step.agreement.empty()) return removed;
  TRY(apply_to_classes(entry, kind, step));
  TRY(add_agreement(context.transaction, entry, step.agreement, context.now));
  return removed;
}

// On the verifier's end its credentials end, too, and with the approval those of the PIN-less path; what it
// still has to erase is listed (Order 25-6). After an end to come, verifier::end_credentials does so on its
// day.
void end_credentials(store::CommandContext& context, const Verifier& entry, Ends ends, json::object& body) {
  if (ends == Ends::nothing) return;
  const auto use = ends == Ends::everything ? std::nullopt : std::optional(verifier::CredentialUse::pinless);
  const bool has_come =
      ends != Ends::pinless_on_its_day || verifier::has_ended_approval(entry, pki::jst_date(context.now));
  json::array serials;
  if (has_come)
    for (const pki::SerialNumber serial : verifier::revoke_all_credentials(context, entry.id, use))
      serials.push_back(json::value(pki::to_string(serial)));
  body["to_erase"] = std::move(serials);
}

pki::Result<Answer> take_step(const RequestContext& call, const StepKind& kind) {
  TRY_ASSIGN(const Step step, read_step(call, kind));
  Answer answer;
  TRY(call.execute(call.actor(), "verifier " + std::string(kind.name), answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(Verifier entry, verifier_named(context.transaction, call.parameters.at(0)));
                     TRY_ASSIGN(const auto removed, apply(context, entry, kind, step));
                     verifier::put_verifier(context.transaction, entry);
                     context.subjects = {"verifier " + std::to_string(entry.id)};
                     context.subjects.insert(context.subjects.end(), removed.begin(), removed.end());
                     json::object body = to_json(entry, context.now, language_of(call.request));
                     end_credentials(context, entry, kind.ends, body);
                     answer.body = std::move(body);
                     return {};
                   }));
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> verifier_step_endpoints() {
  std::vector<ApiEndpoint> rows;
  rows.reserve(std::size(kSteps));
  for (const StepKind& kind : kSteps)
    rows.push_back({{http::Method::post, kind.path, Action::change_verifiers},
                    [&kind](const RequestContext& call) { return take_step(call, kind); }});
  return rows;
}

}  // namespace admin
