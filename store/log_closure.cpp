// Keys of `meta`: the closure, which is in a row, and the notes of one store.

#include "store/log_closure.h"

#include <algorithm>
#include <array>

#include "pki/messages/store.h"
#include "store/key.h"
#include "store/log_view.h"

namespace store {

namespace {

constexpr std::string_view kClosureKey = "log_closure", kLeavingKey = "log_leaving", kLeftKey = "log_left";
constexpr std::size_t kIdSize = 16, kTimeSize = 8;

}  // namespace

std::optional<LogClosure> read_log_closure(const ReadTransaction& transaction) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kClosureKey));
  if (!value) return std::nullopt;
  if (value->size() < kIdSize + kTimeSize) throw Corruption(messages::log_closure_damaged);
  const auto seconds = pki::read_big_endian(value->subspan(kIdSize, kTimeSize));
  return LogClosure{.machine = std::string(pki::as_text(value->subspan(kIdSize + kTimeSize))),
                    .id = pki::to_bytes(value->first(kIdSize)),
                    .at = pki::from_unix(static_cast<std::int64_t>(seconds))};
}

void write_log_closure(WriteTransaction& transaction, const LogClosure& closure) {
  pki::Bytes value = closure.id;
  pki::append_big_endian(value, static_cast<std::uint64_t>(pki::to_unix(closure.at)), kTimeSize);
  pki::append(value, pki::as_bytes(closure.machine));
  transaction.put(tables::meta, pki::as_bytes(kClosureKey), value);
}

pki::Error log_is_closed(std::string_view machine) {
  return pki::fail(pki::Errc::conflict, {messages::log_is_closed, std::string(machine)});
}

pki::Error store_belongs_to_log() {
  return pki::fail(pki::Errc::conflict, messages::view_of_log);
}

pki::Result<void> check_log_is_open(const ReadTransaction& transaction) {
  if (const auto closure = read_log_closure(transaction)) return log_is_closed(closure->machine);
  return {};
}

std::optional<pki::Time> left_log_at(const ReadTransaction& transaction) {
  const auto value = transaction.get(tables::meta, pki::as_bytes(kLeftKey));
  if (!value) return std::nullopt;
  return pki::from_unix(static_cast<std::int64_t>(pki::read_big_endian(*value)));
}

void LogExit::prepare(const pki::Bytes& id) {
  WriteTransaction transaction = environment_.write();
  transaction.put(tables::meta, pki::as_bytes(kLeavingKey), id);
  transaction.commit();
}

bool LogExit::is_own_closure(std::string_view machine) const {
  const ReadTransaction snapshot = environment_.read();
  const auto closure = read_log_closure(snapshot);
  const auto own = snapshot.get(tables::meta, pki::as_bytes(kLeavingKey));
  return closure && own && closure->machine == machine && std::ranges::equal(closure->id, *own);
}

void LogExit::leave(pki::Time now) {
  WriteTransaction transaction = environment_.write();
  erase_log_position(transaction);
  transaction.erase(tables::meta, pki::as_bytes(kClosureKey));
  transaction.erase(tables::meta, pki::as_bytes(kLeavingKey));
  pki::Bytes left;
  pki::append_big_endian(left, static_cast<std::uint64_t>(pki::to_unix(now)), kTimeSize);
  transaction.put(tables::meta, pki::as_bytes(kLeftKey), left);
  transaction.commit();
}

bool is_own_note(pki::ByteView key) {
  constexpr std::array kOwn = {std::string_view("log_position"), std::string_view("view_store"), kLeavingKey,
                               kLeftKey};
  return std::ranges::find(kOwn, pki::as_text(key)) != kOwn.end();
}

}  // namespace store
