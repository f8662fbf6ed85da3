// The decision, its writing, and the pace of what follows.

#include "law/compromise.h"

#include <algorithm>
#include <thread>

#include "law/permission.h"
#include "pki/messages/law.h"
#include "registry/actor.h"

namespace law {

namespace {

using registry::IssuerId;

// Half or one and a half times as many rows at most, so that one slow sync does not decide.
std::size_t next_rows(std::size_t rows, std::chrono::duration<double> taken, const BatchPace& pace) {
  const double wanted = std::chrono::duration<double>(pace.step_time) / taken;
  const double factor = std::clamp(wanted, 0.5, 1.5);
  return std::clamp<std::size_t>(static_cast<std::size_t>(static_cast<double>(rows) * factor), pace.rows_min,
                                 pace.rows_max);
}

using Stopwatch = std::chrono::steady_clock;

// What a step leaves behind: whether it was the last, and when its turn on the writer's thread began.
struct StepOutcome {
  bool is_complete = false;
  Stopwatch::time_point began;
};

store::Command step_command(IssuerId issuer, const registry::FillingStep& step, StepOutcome& outcome) {
  return {.actor = registry::system_actor(),
          .action = "fill in a compromise",
          .run = [issuer, step, &outcome](store::CommandContext& context) {
            outcome.began = Stopwatch::now();
            outcome.is_complete = registry::revoke_batch(context.transaction, issuer, step, context.now);
            const auto record = registry::find_issuer(context.transaction, issuer).value();
            context.subjects = {"issuer " + to_string(issuer),
                                "through serial " + pki::to_string(record.compromise.value().filled_through)};
            return pki::Result<void>{};
          }};
}

// What waited during a step is committed before the next one begins, not together with it; but who writes
// without a pause must not hold the filling up.
void give_others_a_turn(const store::Writer& writer) {
  constexpr int kTurns = 20;
  constexpr std::chrono::milliseconds kTurn{1};
  for (int i = 0; i < kTurns; ++i) {
    std::this_thread::sleep_for(kTurn);
    if (writer.backlog() == 0) return;
  }
}

// True when the generation's filling was completed.
pki::Result<bool> fill_in(store::Writer& writer, IssuerId issuer, const std::function<bool()>& is_stopping,
                          const BatchPace& pace) {
  std::size_t rows = pace.first_rows;
  StepOutcome outcome;
  for (;;) {
    if (is_stopping()) return false;
    TRY(writer.execute(step_command(issuer, {.rows = rows, .batch = pace.batch}, outcome)));
    if (outcome.is_complete) return true;
    rows = next_rows(rows, Stopwatch::now() - outcome.began, pace);
    give_others_a_turn(writer);
  }
}

}  // namespace

std::string_view compromise_article(pki::CaName ca) {
  return ca == pki::CaName::sign ? "Act 14, 15(1)(iv); mobile 16-12, 16-14(1)(iii)"
                                 : "Act 33, 34(1)(iv); mobile 35-12, 35-14(1)(iii)";
}

std::string_view compromise_publication_article(pki::CaName ca) {
  return ca == pki::CaName::sign ? "Act 15(3), 16-14(3); Ordinance 23, 24-18"
                                 : "Act 34(3), 35-14(3); Ordinance 58, 59-18";
}

pki::Result<registry::Issuer> find_compromisable_issuer(const store::ReadTransaction& transaction,
                                                        IssuerId issuer, const registry::Actor& actor) {
  TRY(check_may_administer(actor));
  if (issuer.ca == pki::CaName::operations) return pki::invalid("ca", messages::operations_not_jpki);
  auto record = registry::find_issuer(transaction, issuer);
  if (!record) return pki::invalid("ca", {messages::no_generation, to_string(issuer)});
  return std::move(*record);
}

pki::Result<CompromiseRecord> record_compromise(store::CommandContext& context, IssuerId issuer) {
  TRY_ASSIGN(const registry::Issuer before,
             find_compromisable_issuer(context.transaction, issuer, registry::actor_of(context.actor)));
  context.subjects.push_back("issuer " + to_string(issuer));
  if (before.compromise) return CompromiseRecord{issuer, *before.compromise, true};
  registry::record_compromise(context.transaction, issuer, context.now);
  return CompromiseRecord{issuer, registry::find_issuer(context.transaction, issuer)->compromise.value()};
}

pki::Result<std::vector<IssuerId>> fill_in_compromises(const store::Environment& environment,
                                                       store::Writer& writer,
                                                       const std::function<bool()>& is_stopping,
                                                       const BatchPace& pace) {
  std::vector<IssuerId> completed;
  for (const registry::Issuer& issuer : registry::all_issuers(environment.read())) {
    if (!issuer.compromise || issuer.compromise->completed_at) continue;
    TRY_ASSIGN(const bool is_complete, fill_in(writer, issuer.id, is_stopping, pace));
    if (is_complete) completed.push_back(issuer.id);
  }
  return completed;
}

}  // namespace law
