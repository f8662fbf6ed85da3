// Row first, store second: whatever is in a store is in the log.

#include "store/log_writer.h"

#include "pki/hash.h"
#include "pki/messages/store.h"
#include "store/log_closure.h"

namespace store {

namespace {

RowHalf half_of(const Operations& operations, Readers readers) {
  const pki::Bytes& body = operations.half(readers);
  return {pki::digest(pki::HashAlgorithm::sha256, body), body};
}

}  // namespace

pki::Result<Leadership> take_over(Environment& environment, const Schema& schema, Log& log,
                                  std::string machine, pki::Rng rng) {
  TRY_ASSIGN(Epoch epoch, log.raise_epoch(machine));
  // A row of a later epoch: its leader acknowledges by rules of which this one knows nothing.
  const auto is_not_later = [&epoch](const LogRow& row) -> pki::Result<void> {
    if (row.epoch.number < epoch.number) return {};
    return pki::fail(pki::Errc::conflict, {messages::taken_over, row.writer});
  };
  if (auto applied = LogView(environment, schema).catch_up(log, is_not_later); applied.has_error()) {
    log.release(epoch);
    return std::move(applied).error();
  }
  if (auto open = check_log_is_open(environment.read()); open.has_error()) {
    log.release(epoch);
    return std::move(open).error();
  }
  return Leadership(schema, log, std::move(epoch), std::move(machine), std::move(rng));
}

void LogWriter::begin(WriteTransaction& transaction) {
  operations_.clear();
  transaction.record_into(&operations_);
}

LogRow LogWriter::make_row(const WriteTransaction& transaction, pki::Time now) {
  const LogPosition position = read_log_position(transaction).value();
  operations_.fill_random(leadership_.rng_);
  LogRow row{.number = position.number + 1,
             .epoch = leadership_.epoch_,
             .writer = leadership_.machine_,
             .time = now,
             .schema = leadership_.schema_->version,
             .previous = position.hash,
             .for_views = half_of(operations_, Readers::views),
             .for_authorities = half_of(operations_, Readers::authorities)};
  row.hash = hash_of(row);
  return row;
}

LogRow LogWriter::prepare(WriteTransaction& transaction, pki::Time now) {
  transaction.record_into(nullptr);
  LogRow row = make_row(transaction, now);
  write_log_position(transaction, {read_log_position(transaction)->log_id, row.number, row.hash});
  if (leases() != nullptr) leases()->begin(row.number, row.hash);
  return row;
}

// A log that throws after all, e.g. without memory for an answer, leaves open what has happened.
Appended LogWriter::append(const LogRow& row) {
  try {
    return leadership_.log_->append(row);
  } catch (const std::exception& error) {
    return {AppendOutcome::unknown, pki::message_of(error)};
  }
}

Appended LogWriter::settle_in_log(const LogRow& row) {
  try {
    return leadership_.log_->settle(row);
  } catch (const std::exception& error) {
    return {AppendOutcome::unknown, pki::message_of(error)};
  }
}

LogWriter::Verdict LogWriter::stored(std::uint64_t number) {
  row_ = number;
  if (leases() != nullptr) leases()->store(number);
  return {Outcome::stored, {}};
}

LogWriter::Verdict LogWriter::commit(WriteTransaction transaction, LogRow row) noexcept {
  Appended appended = append(row);
  const bool certain = appended.outcome != AppendOutcome::unknown;
  if (!certain) appended = settle_in_log(row);
  switch (appended.outcome) {
    case AppendOutcome::failed:
      if (certain) return {Outcome::not_stored, std::move(appended.reason)};
      [[fallthrough]];
    case AppendOutcome::unknown:
      in_doubt_ = std::move(row);
      return {Outcome::unknown, std::move(appended.reason)};
    case AppendOutcome::deposed:
      return step_down(certain ? Outcome::not_stored : Outcome::unknown, std::move(appended.reason));
    case AppendOutcome::appended:
      break;
  }
  try {
    transaction.commit();
  } catch (const std::exception& error) {
    // It has happened, though not here: whoever opens this store again finds the row in the log.
    return step_down(Outcome::unknown, {messages::row_without_store, pki::message_of(error)});
  }
  return stored(row.number);
}

LogWriter::Verdict LogWriter::settle() noexcept {
  Appended appended = settle_in_log(*in_doubt_);
  if (appended.outcome == AppendOutcome::deposed) {
    in_doubt_.reset();
    return step_down(Outcome::unknown, std::move(appended.reason));
  }
  if (appended.outcome != AppendOutcome::appended) return {Outcome::unknown, std::move(appended.reason)};
  const LogRow row = *std::exchange(in_doubt_, std::nullopt);
  try {
    const auto applied = LogView(environment_, *leadership_.schema_).apply(row);
    if (applied.has_error()) return step_down(Outcome::unknown, applied.error().message);
  } catch (const std::exception& error) {
    return step_down(Outcome::unknown, {messages::row_without_store, pki::message_of(error)});
  }
  return stored(row.number);
}

LogWriter::Verdict LogWriter::step_down(Outcome outcome, pki::Message reason) {
  deposed_ = reason;
  return {outcome, std::move(reason)};
}

}  // namespace store
