// Finding what is dated ahead, and superseding it.

#include "service/clock_repair.h"

#include <algorithm>

#include "pki/certificate.h"
#include "pki/messages/service.h"
#include "pki/serial_number.h"
#include "registry/clock_repairs.h"
#include "registry/issuers.h"
#include "registry/schema.h"
#include "registry/server_certificates.h"
#include "service/clock_mark.h"
#include "service/cluster.h"
#include "store/write_time.h"
#include "verifier/ledger.h"

namespace service {

namespace {

// A list of the false time counts as extra: a regular one decides which expired entries later lists may leave
// out (RFC 5280 section 3.3), and its date would leave out what has not expired.
void take_out_of_schedule(store::WriteTransaction& transaction,
                          const std::vector<registry::CrlRecord>& lists) {
  for (registry::CrlRecord list : lists) {
    if (list.kind == registry::CrlKind::delta) continue;
    list.occasion = registry::CrlOccasion::extra;
    registry::put_crl(transaction, list);
  }
}

// "responder sign-1/3" when the certificate begins after `now`.
void add_if_ahead(std::vector<std::string>& names, const std::string& what, registry::IssuerId issuer,
                  pki::ByteView der, pki::Time now) {
  const auto certificate = pki::Certificate::decode(der);
  if (!certificate || certificate->not_before() <= now) return;
  const auto serial = pki::serial_from_content(certificate->serial_content());
  names.push_back(what + " " + to_string(issuer) + "/" + (serial ? pki::to_string(*serial) : "?"));
}

// A machine that starts without a clock of its own says 1970: a clock that lies before the authority's own
// certificates is the wrong one, whatever the store says. Only the first generation is sure to be of a right
// time.
pki::Result<void> refuse_before_ceremony(const store::ReadTransaction& transaction, pki::Time now) {
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    if (issuer.id.generation != 1) continue;
    const auto certificate = pki::Certificate::decode(issuer.certificate);
    if (certificate && now < certificate->not_before())
      return pki::fail(pki::Errc::conflict,
                       {messages::repair_before_ceremony, pki::to_rfc3339(now), to_string(issuer.id),
                        pki::to_rfc3339(certificate->not_before())});
  }
  return {};
}

pki::Result<void> refuse_other_time(pki::Time said, pki::Time now, pki::Seconds at_most) {
  if (std::max(said, now) - std::min(said, now) <= at_most) return {};
  return pki::fail(pki::Errc::conflict, {messages::repair_clocks_differ, pki::to_rfc3339(now),
                                         pki::to_rfc3339(said), std::to_string(at_most.count())});
}

std::vector<std::string> subjects_of(const FalseTime& found) {
  std::vector<std::string> subjects = {"last write " + pki::to_rfc3339(found.last_write)};
  if (!found.entries.empty())
    subjects.push_back("audit entries " + std::to_string(found.entries.front().sequence) + " to " +
                       std::to_string(found.entries.back().sequence));
  subjects.push_back("lists " + std::to_string(found.lists.size()));
  subjects.insert(subjects.end(), found.certificates.begin(), found.certificates.end());
  return subjects;
}

pki::Result<FalseTime> repair_store(store::Environment& environment, pki::Time now, store::Actor actor) {
  auto transaction = store::begin_exclusive_write(environment);
  TRY_ASSIGN(FalseTime found, find_false_time(transaction, now));
  take_out_of_schedule(transaction, found.lists);
  verifier::reopen_ledger(transaction, now, actor);
  store::append_audit(transaction, {.recorded_at = now,
                                    .actor = std::move(actor),
                                    .action = "clock repair",
                                    .subjects = subjects_of(found)});
  registry::note_clock_repair(transaction, store::read_audit_head(transaction).sequence);
  store::set_last_write_time(transaction, now);
  transaction.commit();
  return found;
}

}  // namespace

pki::Result<FalseTime> find_false_time(const store::ReadTransaction& transaction, pki::Time now) {
  const auto last = store::last_write_time(transaction);
  if (!last || *last <= now)
    return pki::fail(pki::Errc::conflict,
                     {messages::nothing_to_repair, pki::to_rfc3339(last.value_or(pki::Time{}))});
  TRY(refuse_before_ceremony(transaction, now));
  FalseTime found{.last_write = *last, .entries = {}, .lists = {}, .certificates = {}};
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous()) {
    store::AuditEntry entry = entries.row();
    if (entry.recorded_at <= now) break;
    found.entries.push_back(std::move(entry));
  }
  std::ranges::reverse(found.entries);
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    if (const auto responder = registry::find_responder(transaction, issuer.id))
      add_if_ahead(found.certificates, "responder", issuer.id, responder->certificate, now);
    for (auto records = registry::crls_of_issuer(transaction, issuer.id); records.valid(); records.next())
      if (auto record = records.row(); record.this_update > now) found.lists.push_back(std::move(record));
  }
  if (const auto server = registry::find_server_certificate(transaction))
    add_if_ahead(found.certificates, "HTTPS listener", server->issuer, server->certificate, now);
  return found;
}

pki::Result<FalseTime> plan_clock_repair(const DataFolder& data, const Config& config, pki::Time now) {
  TRY_ASSIGN(const auto environment, open_store(data, config.map_bytes));
  TRY(check_membership({}, environment->read()));
  return find_false_time(environment->read(), now);
}

pki::Result<FalseTime> repair_clock(InstanceOptions options, const pki::Clock& clock, pki::Time said,
                                    store::Actor actor) {
  TRY(refuse_other_time(said, clock.now(), options.config.clock.max_step));
  TRY_ASSIGN(auto environment, open_store(options.data, options.config.map_bytes));
  TRY(check_membership({}, environment->read()));
  TRY(refuse_before_ceremony(environment->read(), clock.now()));
  // It may say the false time, also when nothing was recorded in it.
  remove_clock_mark(options.data);
  TRY_ASSIGN(FalseTime found, repair_store(*environment, clock.now(), std::move(actor)));
  TRY_ASSIGN(const auto instance, Instance::open(std::move(options), clock, std::move(environment)));
  TRY_ASSIGN(const crl::PublicationReport report,
             instance->publisher().publish(crl::PublicationKind::complete_and_delta));
  if (!report.failures.empty())
    return pki::fail(pki::Errc::internal, {messages::repaired_but_list, report.failures.front().reason});
  return found;
}

}  // namespace service
