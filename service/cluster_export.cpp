// Lead, close, forget.

#include "service/cluster_export.h"

#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "pki/messages/service.h"
#include "registry/schema.h"
#include "service/background.h"
#include "service/inbox.h"
#include "service/open_authority.h"
#include "store/log_closure.h"
#include "store/log_view.h"
#include "store/view_snapshot.h"

namespace service {

namespace {

using Store = std::unique_ptr<store::Environment>;

store::Command closing(const store::LogClosure& closure, const pki::Bytes& log_id, store::Actor actor) {
  return {.actor = std::move(actor),
          .action = "cluster export",
          .run = [closure, log_id](store::CommandContext& context) -> pki::Result<void> {
            store::write_log_closure(context.transaction, closure);
            context.subjects = {"log " + pki::to_hex(log_id), "machine " + closure.machine};
            return {};
          }};
}

// Puts on record what other machines have counted: nobody reads it when the log is closed.
pki::Result<void> drain(store::Log& inbox, Instance& instance, const pki::Clock& clock) {
  for (;;) {
    TRY_ASSIGN(const auto entries, inbox.inbox(1));
    if (entries.empty()) return {};
    const auto merged =
        merge_inbox(inbox, {instance.environment(), instance.writer(), clock, &instance.authority()});
    // What makes no sense is left out, and is on record as such.
    if (merged.has_error() && merged.error().code != pki::Errc::malformed) return merged;
  }
}

// The right to go on without the log, which one call alone gets.
pki::Result<void> claim(store::Log& log, const std::string& machine, Completing completing) {
  auto closed = log.close(machine);
  if (closed.has_value() || closed.error().code != pki::Errc::already_exists) return closed;
  if (completing == Completing::allowed) return {};
  return pki::fail(pki::Errc::conflict, {messages::export_was_completed, machine});
}

// Leads, and appends the last row. The store comes back with it.
pki::Result<Store> close_log(InstanceOptions options, LogMember& member, const pki::Clock& clock,
                             store::Actor actor, Store environment) {
  const store::LogClosure closure{
      .machine = member.machine, .id = pki::Rng::system().bytes(16), .at = clock.now()};
  const pki::Bytes log_id = store::read_log_position(environment->read()).value().log_id;
  store::LogExit(*environment).prepare(closure.id);
  const DataFolder data = options.data;
  const std::uint64_t map_bytes = options.config.map_bytes;
  {
    // It has waited until no machine before can answer any more.
    TRY_ASSIGN(const std::unique_ptr<Leader> leader, Leader::take_over(member, *environment));
    const Background renewals({{"leadership", Leader::kRenewal, [held = leader.get()] { held->renew(); }},
                               // What it stores is acknowledged, too, when no machine answers from before it.
                               {"read leases", Leader::kLeaseRounds,
                                [held = leader.get()] {
                                  held->serve_leases();
                                  held->leases().rest();
                                }}},
                              options.on_error);
    options.leader = leader.get();
    TRY_ASSIGN(const auto instance, Instance::open(std::move(options), clock, std::move(environment)));
    TRY(drain(*member.inbox, *instance, clock));
    TRY(instance->writer().execute(closing(closure, log_id, std::move(actor))));
  }
  return open_store(data, map_bytes);
}

}  // namespace

pki::Result<registry::Actor> who_exports(const DataFolder& data, const std::optional<TwoCredentials>& shown,
                                         pki::Time now) {
  registry::Actor actor{.operator_name = "uid " + std::to_string(::geteuid()),
                        .role = registry::Role::officer};
  TRY_ASSIGN(const bool needs_two, needs_two_persons(data));
  if (!needs_two) return actor;
  if (!shown) return pki::fail(pki::Errc::forbidden, messages::export_two_persons);
  TRY_ASSIGN(actor.operator_name, check_two_credentials(data, *shown, now));
  return actor;
}

pki::Result<ExportReport> export_store(InstanceOptions options, LogMember& member, const pki::Clock& clock,
                                       store::Actor actor, Completing completing) {
  TRY_ASSIGN(Store environment, open_store(options.data, options.config.map_bytes));
  if (!store::read_log_position(environment->read()))
    return pki::fail(pki::Errc::conflict, messages::store_in_no_log);
  if (store::is_store_of_view(environment->read()))
    return pki::fail(pki::Errc::conflict, messages::store_is_of_view);
  TRY(store::LogView(*environment, registry::kSchema).catch_up(*member.rows));
  // An earlier call may have closed the log and not come to its end.
  if (!store::LogExit(*environment).is_own_closure(member.machine)) {
    TRY(store::check_log_is_open(environment->read()));
    TRY_ASSIGN(environment,
               close_log(std::move(options), member, clock, std::move(actor), std::move(environment)));
  }
  TRY(claim(*member.lease, member.machine, completing));
  // Whatever a machine may still answer by a right that it was given before: the next change is not in the
  // log.
  member.wait(kQuietTime);
  const store::LogPosition position = store::read_log_position(environment->read()).value();
  store::LogExit(*environment).leave(clock.now());
  return ExportReport{.log_id = position.log_id, .row = position.number};
}

}  // namespace service
