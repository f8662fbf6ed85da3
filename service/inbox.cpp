// Numbers without repetition, and what the messages say.

#include "service/inbox.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "pki/messages/service.h"
#include "registry/actor.h"
#include "registry/inbox.h"
#include "registry/issuers.h"
#include "registry/views.h"
#include "verifier/ledger.h"
#include "verifier/verifiers.h"

namespace service {

namespace {

constexpr std::size_t kEntriesAtOnce = 100;
// The sender of notes: no machine's name has blanks.
constexpr std::string_view kOwner = "owner of the log";
// Nobody who can write to the database puts anything else into the audit log.
constexpr std::array kNoted = {std::string_view("cluster trim"), std::string_view("cluster forget")};
constexpr std::size_t kSubjectsMax = 10;

// What an entry can do nothing about: it is put on record later.
bool is_passing(pki::Errc code) {
  return code == pki::Errc::too_busy || code == pki::Errc::outcome_unknown ||
         code == pki::Errc::unreachable || code == pki::Errc::internal;
}

// The first byte of a message. Sent between versions: never change a value.
enum class Kind : std::uint8_t {
  counts = 1,     // verifier::encode_ledger_rows()
  responder = 2,  // CA name(1) generation(1), length(2) key file, length(2) signature, PKCS #10
  note = 3,       // length(2) action, then length(2) and a subject as often as there are some
  refusal =
      4,  // RefusalKind(1) verifier(8) whether there is a credential(1) its serial(8) left out before(8)
};

pki::Error malformed(const store::InboxEntry& entry) {
  return pki::fail(pki::Errc::malformed,
                   {messages::inbox_entry_malformed, entry.machine, std::to_string(entry.sequence)});
}

// Malformed whatever the reason: who reads the inbox goes on.
pki::Error left_out(const store::InboxEntry& entry, const pki::Error& why) {
  return pki::fail(pki::Errc::malformed, {messages::inbox_entry_left_out, entry.machine,
                                          std::to_string(entry.sequence), why.message});
}

// Two bytes of length, and so many bytes; nothing where there are fewer.
std::optional<pki::ByteView> take_field(pki::ByteView& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const std::size_t length = pki::read_big_endian(bytes.first(2));
  if (bytes.size() < 2 + length) return std::nullopt;
  const pki::ByteView field = bytes.subspan(2, length);
  bytes = bytes.subspan(2 + length);
  return field;
}

void add_field(pki::Bytes& bytes, pki::ByteView field) {
  pki::append_big_endian(bytes, field.size(), 2);
  pki::append(bytes, field);
}

std::optional<ca::OwnResponderRequest> decode_request(pki::ByteView bytes, const std::string& machine) {
  if (bytes.size() < 2) return std::nullopt;
  ca::OwnResponderRequest request{.issuer = {static_cast<pki::CaName>(bytes[0]), bytes[1]},
                                  .machine = machine};
  bytes = bytes.subspan(2);
  const auto key_file = take_field(bytes);
  const auto signature = take_field(bytes);
  if (!key_file || !signature) return std::nullopt;
  request.key_file = pki::as_text(*key_file);
  request.signature = pki::to_bytes(*signature);
  request.request = pki::to_bytes(bytes);
  return request;
}

// A name without a folder, as ca::KeyFolder gives them.
bool is_key_file(std::string_view name) {
  constexpr std::size_t kNameMax = 128;
  return name.size() <= kNameMax && name.ends_with(ca::kKeyEnding) && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

bool was_certified_lately(const store::ReadTransaction& transaction, const ca::OwnResponderRequest& request,
                          pki::Time now) {
  constexpr std::chrono::minutes kApart{1};
  const auto present = registry::find_responder(transaction, request.issuer, request.machine);
  if (!present || present->machine != request.machine) return false;
  const auto certificate = pki::Certificate::decode(present->certificate);
  // One from the future does not keep a view dark until then.
  return certificate && certificate->not_before() <= now && now - certificate->not_before() < kApart;
}

pki::Result<void> put_counts_on_record(const store::InboxEntry& entry, pki::ByteView payload,
                                       store::Writer& writer, bool is_of_view) {
  TRY_ASSIGN(auto rows, verifier::decode_ledger_rows(payload));
  // Far more than a machine answers in the second between two messages; a sum must not come round to zero.
  constexpr std::uint64_t kOfViewMax = 100'000'000;
  if (is_of_view && std::ranges::any_of(rows, [](const auto& row) { return row.count > kOfViewMax; }))
    return malformed(entry);
  return writer.execute(verifier::merge_from_machine(entry.machine, entry.sequence, std::move(rows)));
}

// A machine of the authority signs with the key of the operations CA; a view with its own key, under which it
// was added. Whoever holds a view can ask again and again: once a minute is enough for any need.
pki::Result<registry::ResponderRecord> certify(const registry::SigningIssuer& ca,
                                               const ca::OwnResponderRequest& request,
                                               const std::optional<registry::View>& view,
                                               const InboxServices& services) {
  const pki::Time now = services.clock.now();
  if (!view) {
    const auto& operations = services.authority->current(pki::CaName::operations);
    return ca::certify_responder(services.writer, ca, operations.certificate(), request, now);
  }
  const bool is_refused = view->removed_at || !is_key_file(request.key_file) ||
                          pki::verify_certification_request(request.request).has_error() ||
                          was_certified_lately(services.environment.read(), request, now);
  if (is_refused) return pki::fail(pki::Errc::malformed, {messages::view_request_refused, request.machine});
  return ca::certify_view_responder(services.writer, ca, view->public_key, request, now);
}

pki::Result<void> certify(const store::InboxEntry& entry, pki::ByteView payload,
                          const InboxServices& services) {
  const auto request = decode_request(payload, entry.machine);
  const auto* const ca =
      request && services.authority != nullptr ? services.authority->find(request->issuer) : nullptr;
  // A CA that has ended signs nothing any more: what it would certify could never be valid.
  if (ca == nullptr || ca->not_after() <= services.clock.now()) return malformed(entry);
  const auto view = registry::find_view(services.environment.read(), entry.machine);
  TRY_ASSIGN(const registry::ResponderRecord record, certify(*ca, *request, view, services));
  return services.writer.execute(
      {.actor = registry::system_actor(),
       .action = "certify the OCSP responder of a machine",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         if (!registry::note_message(context.transaction, entry.machine, entry.sequence)) {
           context.audit = store::AuditTrail::none;
           return {};
         }
         // What was certified is given out only to whom it was judged for.
         const auto now = registry::find_view(context.transaction, entry.machine);
         if (now.has_value() != view.has_value() ||
             (now && (now->removed_at || now->public_key != view->public_key)))
           return malformed(entry);
         registry::put_responder(context.transaction, record);
         context.subjects = {"issuer " + to_string(record.issuer), "machine " + record.machine};
         return {};
       }});
}

pki::Result<void> put_note_on_record(const store::InboxEntry& entry, pki::ByteView payload,
                                     store::Writer& writer) {
  const auto action = take_field(payload);
  if (!action || std::ranges::find(kNoted, pki::as_text(*action)) == kNoted.end()) return malformed(entry);
  std::vector<std::string> subjects;
  while (!payload.empty()) {
    const auto subject = take_field(payload);
    if (!subject || subjects.size() == kSubjectsMax) return malformed(entry);
    subjects.emplace_back(pki::as_text(*subject));
  }
  return writer.execute({.actor = registry::system_actor(),
                         .action = std::string(pki::as_text(*action)),
                         .run = [&](store::CommandContext& context) -> pki::Result<void> {
                           if (!registry::note_message(context.transaction, entry.machine, entry.sequence))
                             context.audit = store::AuditTrail::none;
                           context.subjects = subjects;
                           return {};
                         }});
}

// A machine says which verifier was refused, and only one that there is.
pki::Result<void> put_refusal_on_record(const store::InboxEntry& entry, pki::ByteView payload,
                                        const InboxServices& services) {
  constexpr std::size_t kSize = 1 + 8 + 1 + 8 + 8;
  constexpr auto kLastKind = static_cast<std::uint8_t>(ocsp::RefusalKind::nonce_out_of_time);
  if (payload.size() != kSize || payload[0] > kLastKind || payload[9] > 1) return malformed(entry);
  const auto number = [&](std::size_t at) { return pki::read_big_endian(payload.subspan(at, 8)); };
  ocsp::Refusal refusal{.requester = {.verifier = number(1)},
                        .kind = static_cast<ocsp::RefusalKind>(payload[0])};
  if (payload[9] == 1) refusal.requester.credential = pki::SerialNumber{number(10)};
  if (!verifier::find_verifier(services.environment.read(), refusal.requester.verifier))
    return malformed(entry);
  return services.writer.execute(
      {.actor = registry::system_actor(),
       .action = action_of(refusal.kind),
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         if (!registry::note_message(context.transaction, entry.machine, entry.sequence))
           context.audit = store::AuditTrail::none;
         context.subjects = subjects_of(refusal, number(18));
         context.subjects.push_back("machine " + entry.machine);
         return {};
       }});
}

pki::Result<void> put_on_record(const store::InboxEntry& entry, const InboxServices& services) {
  if (registry::last_message(services.environment.read(), entry.machine) >= entry.sequence) return {};
  const auto view = registry::find_view(services.environment.read(), entry.machine);
  if (view && view->removed_at) return malformed(entry);
  const pki::ByteView payload = pki::ByteView(entry.body).subspan(1);
  switch (static_cast<Kind>(entry.body.front())) {
    case Kind::counts:
      return put_counts_on_record(entry, payload, services.writer, view.has_value());
    case Kind::responder:
      return certify(entry, payload, services);
    case Kind::note:
      // No machine, and no view, says what was done to the log.
      if (entry.machine != kOwner) return malformed(entry);
      return put_note_on_record(entry, payload, services.writer);
    case Kind::refusal:
      return put_refusal_on_record(entry, payload, services);
  }
  return malformed(entry);
}

// So that it is never read again, and that it was there is on record.
pki::Result<void> leave_out(const store::InboxEntry& entry, store::Writer& writer) {
  return writer.execute({.actor = registry::system_actor(),
                         .action = "leave out a message of a machine",
                         .run = [&](store::CommandContext& context) -> pki::Result<void> {
                           if (!registry::note_message(context.transaction, entry.machine, entry.sequence))
                             context.audit = store::AuditTrail::none;
                           context.subjects = {"machine " + entry.machine,
                                               "message " + std::to_string(entry.sequence)};
                           return {};
                         }});
}

}  // namespace

void Outbox::ask(const ca::OwnResponderRequest& request) {
  pki::Bytes body = {static_cast<std::uint8_t>(Kind::responder), static_cast<std::uint8_t>(request.issuer.ca),
                     request.issuer.generation};
  add_field(body, pki::as_bytes(request.key_file));
  add_field(body, request.signature);
  pki::append(body, request.request);
  requests_.push_back(std::move(body));
}

void Outbox::note(const ocsp::Refusal& refusal) {
  constexpr std::size_t kWaitingMax = 1'000;
  const bool is_new = recent_.is_new(refusal, clock_.now());
  const std::lock_guard lock(mutex_);
  if (!is_new || refusals_.size() >= kWaitingMax) {
    ++refusals_left_out_;
    return;
  }
  const auto& credential = refusal.requester.credential;
  pki::Bytes body = {static_cast<std::uint8_t>(Kind::refusal), static_cast<std::uint8_t>(refusal.kind)};
  pki::append_big_endian(body, refusal.requester.verifier, 8);
  body.push_back(credential ? 1 : 0);
  pki::append_big_endian(body, credential ? credential->value : 0, 8);
  pki::append_big_endian(body, std::exchange(refusals_left_out_, 0), 8);
  refusals_.push_back(std::move(body));
}

std::optional<pki::Bytes> Outbox::next_body() {
  {
    const std::lock_guard lock(mutex_);
    if (!refusals_.empty()) {
      pki::Bytes body = std::move(refusals_.front());
      refusals_.pop_front();
      return body;
    }
  }
  if (!requests_.empty()) {
    pki::Bytes body = std::move(requests_.front());
    requests_.pop_front();
    return body;
  }
  const auto rows = counters_.take();
  if (rows.empty()) return std::nullopt;
  pki::Bytes body = {static_cast<std::uint8_t>(Kind::counts)};
  pki::append(body, verifier::encode_ledger_rows(rows));
  return body;
}

pki::Result<void> Outbox::send() {
  if (last_ == 0) {
    TRY_ASSIGN(const std::uint64_t sent, log_.last_sent(machine_));
    // Beyond whatever was sent by this machine, even if the table was emptied.
    last_ = std::max(sent, static_cast<std::uint64_t>(clock_.now_milliseconds()));
  }
  for (;;) {
    if (!under_way_) {
      auto body = next_body();
      if (!body) return {};
      under_way_ = {.machine = machine_, .sequence = ++last_, .body = std::move(*body)};
    }
    TRY(log_.send(*under_way_));
    under_way_.reset();
  }
}

pki::Result<void> send_note(store::Log& log, const OwnersNote& note, const pki::Clock& clock) {
  store::InboxEntry entry{.machine = std::string(kOwner), .body = {static_cast<std::uint8_t>(Kind::note)}};
  TRY_ASSIGN(const std::uint64_t sent, log.last_sent(entry.machine));
  entry.sequence = std::max(sent + 1, static_cast<std::uint64_t>(clock.now_milliseconds()));
  add_field(entry.body, pki::as_bytes(note.action));
  for (const std::string& subject : note.subjects)
    add_field(entry.body, pki::as_bytes(subject));
  return log.send(entry);
}

pki::Result<void> merge_inbox(store::Log& log, const InboxServices& services) {
  TRY_ASSIGN(const auto entries, log.inbox(kEntriesAtOnce));
  pki::Result<void> result;
  for (const store::InboxEntry& entry : entries) {
    const auto stored = put_on_record(entry, services);
    if (stored.has_error()) {
      if (is_passing(stored.error().code)) return stored;
      TRY(leave_out(entry, services.writer));
      result = left_out(entry, stored.error());
    }
    TRY(log.forget(entry.machine, entry.sequence));
  }
  return result;
}

}  // namespace service
