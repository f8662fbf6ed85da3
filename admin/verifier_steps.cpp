// /v1/verifiers/{id}/{step}: the steps that make a verifier active, and those that end or suspend it.

#include <algorithm>
#include <array>

#include "admin/api.h"
#include "admin/approvals.h"
#include "admin/verifier_agreement.h"
#include "admin/verifier_json.h"
#include "admin/verifier_lookup.h"
#include "ca/credential.h"
#include "law/permission.h"
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
  AgreementItems agreement = {};
  verifier::ApprovalItems approval = {};
};

// What a step concerns, what it takes beside `date`, and what it does. One of the two functions is there.
struct StepKind {
  enum class Concerns : std::uint8_t { every_class, pinless_class, verifier };
  enum class Takes : std::uint8_t { date, term, term_and_agreement, term_and_approval, approval };

  std::string_view name, pattern;
  Concerns concerns;
  Takes takes;
  pki::Result<void> (*apply_to_class)(ClassSteps&, const Step&) = nullptr;
  pki::Result<void> (*apply)(Verifier&, const Step&) = nullptr;
};

// Whether a step that has come would be replaced by one to come, and the verifier lose its standing
// meanwhile.
bool is_in_force(const std::optional<pki::Date>& recorded, const Step& step) {
  return recorded && *recorded <= step.today && step.today < step.term.from;
}

pki::Result<void> notify(ClassSteps& steps, const Step& step) {
  if (is_in_force(steps.notified, step))
    return pki::fail(pki::Errc::conflict, "the notification is on record since " +
                                              pki::to_string(*steps.notified) +
                                              ": one to come would take its place");
  steps.notified = step.term.from;
  return {};
}

pki::Result<void> agree(ClassSteps& steps, const Step& step) {
  if (is_in_force(steps.agreed, step))
    return pki::fail(pki::Errc::conflict, "there is an agreement since " + pki::to_string(*steps.agreed) +
                                              ": one to come would take its place, so record it on its day");
  verifier::record_agreement(steps, step.term);
  return {};
}

pki::Result<void> certify(ClassSteps& steps, const Step& step) {
  verifier::record_certification(steps, step.term, step.today);
  return {};
}

pki::Result<void> approve(ClassSteps& steps, const Step& step) {
  return verifier::record_approval(steps.approvals, step.approval, step.today);
}

pki::Result<void> minor_change(ClassSteps& steps, const Step& step) {
  return verifier::record_minor_change(steps.approvals, step.approval, step.today);
}

pki::Result<void> cancel_approval(ClassSteps& steps, const Step& step) {
  return verifier::cancel_approval(steps.approvals, step.term.from, step.today);
}

pki::Result<void> end_approval(ClassSteps& steps, const Step& step) {
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
  if (!is_longer)
    return pki::fail(pki::Errc::conflict,
                     "the verifier is suspended, or will be: suspend it for longer, or resume it first");
  verifier.suspension = verifier::Suspension{from, step.term.until};
  return {};
}

pki::Result<void> resume(Verifier& verifier, const Step& step) {
  if (!verifier.suspension) return pki::fail(pki::Errc::conflict, "the verifier is not suspended");
  if (step.term.from > step.today)
    return pki::invalid("date", "a suspension is ended at once: give none, or give its last day to suspend");
  verifier.suspension.reset();
  return {};
}

// After a restore: what the record says is the verifier's present state.
pki::Result<void> confirm(Verifier& verifier, const Step& step) {
  if (!verifier.restored)
    return pki::fail(pki::Errc::conflict,
                     "the verifier is not barred by a restore: there is nothing to confirm");
  if (step.term.from != step.today) return pki::invalid("date", "a confirmation is of today: give no date");
  verifier.restored.reset();
  return {};
}

pki::Result<void> cancel(Verifier& verifier, const Step& step) {
  if (step.term.from > step.today)
    return pki::invalid("date", "a cancellation takes effect at once: give today or an earlier day");
  verifier.cancelled = step.term.from;
  return {};
}

using enum StepKind::Concerns;
using enum StepKind::Takes;
constexpr std::array kSteps = {
    StepKind{"notify", "/v1/verifiers/{}/notify", every_class, date, notify},
    StepKind{"agree", "/v1/verifiers/{}/agree", every_class, term_and_agreement, agree},
    StepKind{"certify", "/v1/verifiers/{}/certify", every_class, term, certify},
    StepKind{"approve", "/v1/verifiers/{}/approve", pinless_class, term_and_approval, approve},
    StepKind{"minor-change", "/v1/verifiers/{}/minor-change", pinless_class, approval, minor_change},
    StepKind{"cancel-approval", "/v1/verifiers/{}/cancel-approval", pinless_class, date, cancel_approval},
    StepKind{"end-approval", "/v1/verifiers/{}/end-approval", pinless_class, date, end_approval},
    StepKind{"suspend", "/v1/verifiers/{}/suspend", verifier, term, nullptr, suspend},
    StepKind{"resume", "/v1/verifiers/{}/resume", verifier, date, nullptr, resume},
    StepKind{"confirm", "/v1/verifiers/{}/confirm", verifier, date, nullptr, confirm},
    StepKind{"cancel", "/v1/verifiers/{}/cancel", verifier, date, nullptr, cancel}};

// What a step does not take is refused, so that nobody believes it was recorded.
pki::Result<Step> read_step(const Call& call, const StepKind& kind) {
  FieldReader fields(call.body);
  Step step{.today = pki::jst_date(call.services.clock.now())};
  TRY_ASSIGN(const auto from, fields.date("date"));
  step.term.from = from.value_or(step.today);
  if (kind.takes == term || kind.takes == term_and_agreement || kind.takes == term_and_approval) {
    TRY_ASSIGN(step.term.until, fields.date("until"));
  }
  if (step.term.until && *step.term.until < step.term.from)
    return pki::invalid("until", "the last day lies before the first");
  if (kind.concerns != verifier) {
    TRY_ASSIGN(step.classes, read_classes(fields));
  }
  if (kind.takes == term_and_agreement) {
    TRY_ASSIGN(step.agreement, read_agreement(fields));
  }
  if (kind.takes == term_and_approval || kind.takes == approval) {
    TRY_ASSIGN(step.approval, read_approval(fields));
    step.approval.from = step.term.from;
    step.approval.until = step.term.until;
  }
  TRY(fields.finish());
  return step;
}

pki::Result<void> apply_to_classes(Verifier& entry, const StepKind& kind, const Step& step) {
  bool applied = false;
  for (auto& [verifier_class, steps] : entry.classes) {
    if (!step.classes.empty() && std::ranges::find(step.classes, verifier_class) == step.classes.end())
      continue;
    if (kind.concerns == pinless_class && verifier_class != VerifierClass::specific_authentication) continue;
    applied = true;
    TRY(kind.apply_to_class(steps, step));
  }
  if (!applied) return pki::invalid("class", "the verifier has no class that this step concerns");
  return {};
}

pki::Result<void> apply(const store::CommandContext& context, Verifier& entry, const StepKind& kind,
                        const Step& step) {
  if (entry.cancelled) return pki::fail(pki::Errc::conflict, "the verifier is cancelled: register it anew");
  if (kind.apply != nullptr) return kind.apply(entry, step);
  TRY(apply_to_classes(entry, kind, step));
  return add_agreement(context.transaction, entry, step.agreement, context.now);
}

// On the verifier's end its credentials end, too, and with the approval those of the PIN-less path; what it
// still has to erase is told (Order 25-6). After an end to come, verifier::end_credentials does so on its
// day.
void end_credentials(store::CommandContext& context, const Verifier& entry, const StepKind& kind,
                     json::object& body) {
  std::optional<verifier::CredentialUse> use;
  if (kind.apply_to_class == cancel_approval || kind.apply_to_class == end_approval)
    use = verifier::CredentialUse::pinless;
  else if (kind.apply != cancel)
    return;
  json::array serials;
  if (kind.apply_to_class != end_approval || verifier::has_ended_approval(entry, pki::jst_date(context.now)))
    for (const pki::SerialNumber serial : verifier::revoke_all_credentials(context, entry.id, use))
      serials.push_back(json::value(pki::to_string(serial)));
  body["to_erase"] = std::move(serials);
}

pki::Result<Answer> take_step(const Call& call, const StepKind& kind) {
  TRY_ASSIGN(const Step step, read_step(call, kind));
  TRY(law::may_administer(call.actor()));
  Answer answer;
  TRY(call.execute(call.actor(), "verifier " + std::string(kind.name), answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(Verifier entry, verifier_named(context.transaction, call.parameters.at(0)));
                     TRY(apply(context, entry, kind, step));
                     verifier::put_verifier(context.transaction, entry);
                     context.subjects = {"verifier " + std::to_string(entry.id)};
                     json::object body = to_json(entry, context.now);
                     end_credentials(context, entry, kind, body);
                     answer.body = std::move(body);
                     return {};
                   }));
  return answer;
}

}  // namespace

std::vector<OperationRow> verifier_step_operations() {
  std::vector<OperationRow> rows;
  for (const StepKind& kind : kSteps)
    rows.push_back(
        {http::Method::post, kind.pattern, [&kind](const Call& call) { return take_step(call, kind); }});
  return rows;
}

}  // namespace admin
