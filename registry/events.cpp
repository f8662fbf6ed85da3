// Sealed records of events, and the index of the feeds' ids.

#include "registry/events.h"

#include <algorithm>

#include "pki/hash.h"
#include "pki/messages/registry.h"
#include "store/record.h"

namespace registry {

namespace {

Key event_key(ResidentId resident, std::uint64_t sequence) {
  return Key().u64(resident.value).u64(sequence);
}

// What was stored is a word of the enumeration, or the record is damaged.
template <typename T>
T known(std::optional<T> value, const pki::MessageText& what, std::string_view text) {
  if (value) return *value;
  throw store::Corruption(pki::Message{messages::stored_event_word_unknown, what, text});
}

Event read_event(store::RecordReader& reader) {
  const std::string text = reader.text();
  return known(parse_event(text), messages::part_name, text);
}

EventItem read_item(store::RecordReader& reader) {
  const std::string field = reader.text();
  return {known(parse_event_field(field), messages::part_item, field), reader.text()};
}

Outcome read_outcome(store::RecordReader& reader) {
  const std::string text = reader.text();
  return known(parse_outcome(text), messages::part_outcome, text);
}

// Tags below are free for what belongs to the event itself.
constexpr unsigned kFeedTag = 8;

void encode_consequence(pki::der::Writer& writer, const Consequence& consequence) {
  writer.sequence([&] {
    writer.integer(static_cast<std::uint64_t>(consequence.certificate.issuer.ca));
    writer.integer(consequence.certificate.issuer.generation).integer(consequence.certificate.serial.value);
    writer.integer(static_cast<std::uint64_t>(consequence.kind));
    store::write_text(writer, to_string(consequence.outcome));
    store::write_text(writer, consequence.article);
    store::write_optional(writer, 0, consequence.reason,
                          [&](pki::CrlReason reason) { writer.integer(static_cast<std::uint64_t>(reason)); });
  });
}

Consequence decode_consequence(store::RecordReader reader) {
  Consequence consequence;
  consequence.certificate.issuer.ca = static_cast<pki::CaName>(reader.number());
  consequence.certificate.issuer.generation = static_cast<std::uint8_t>(reader.number());
  consequence.certificate.serial = {reader.number()};
  consequence.kind = static_cast<pki::CertificateKind>(reader.number());
  consequence.outcome = read_outcome(reader);
  consequence.article = reader.text();
  if (auto field = reader.optional(0)) consequence.reason = pki::crl_reason_from(field->number());
  return consequence;
}

EventRecord decode_event(pki::ByteView key, pki::ByteView record) {
  Fields fields(key);
  EventRecord event;
  event.resident = {fields.u64()};
  event.sequence = fields.u64();
  store::RecordReader reader(record);
  event.event = read_event(reader);
  event.occurred_on = reader.date();
  event.recorded_at = reader.time();
  event.actor.operator_name = reader.text();
  event.actor.role = static_cast<Role>(reader.number());
  if (const std::uint64_t code = reader.number(); code != 0)
    event.actor.municipality = static_cast<std::uint32_t>(code);
  event.event_id = reader.text();
  for (store::RecordReader items = reader.nested(); !items.at_end();)
    event.items.push_back(read_item(items));
  for (store::RecordReader list = reader.nested(); !list.at_end();)
    event.consequences.push_back(decode_consequence(list.nested()));
  if (auto field = reader.optional(kFeedTag)) {
    event.feed = field->text();
    event.feed_sequence = field->number();
  }
  return event;
}

pki::Bytes id_key(std::string_view event_id) {
  return pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(event_id));
}

}  // namespace

std::optional<std::string_view> item_of(const EventRecord& event, EventField field) {
  const auto found = std::ranges::find(event.items, field, &EventItem::field);
  if (found == event.items.end()) return std::nullopt;
  return found->value;
}

std::optional<pki::CertificateKind> kind_of(const EventRecord& event) {
  const auto text = item_of(event, EventField::kind);
  if (!text) return std::nullopt;
  return known(pki::parse_certificate_kind(*text), messages::part_kind, *text);
}

std::optional<DueCause> clock_of(const EventRecord& event) {
  const auto text = item_of(event, EventField::clock);
  if (!text) return std::nullopt;
  return known(parse_due_cause(*text), messages::part_clock, *text);
}

std::optional<LapseCause> lapse_cause_of(const EventRecord& event) {
  const auto text = item_of(event, EventField::cause);
  if (!text) return std::nullopt;
  return known(parse_lapse_cause(*text), messages::part_cause, *text);
}

void put_event(store::WriteTransaction& transaction, const store::Vault& vault, const EventRecord& event) {
  pki::der::Writer writer;
  writer.sequence([&] {
    store::write_text(writer, to_string(event.event));
    store::write_date(writer, event.occurred_on);
    writer.generalized_time(event.recorded_at);
    store::write_text(writer, event.actor.operator_name);
    writer.integer(static_cast<std::uint64_t>(event.actor.role))
        .integer(event.actor.municipality.value_or(0));
    store::write_text(writer, event.event_id);
    writer.sequence([&] {
      for (const auto& [field, value] : event.items) {
        store::write_text(writer, to_string(field));
        store::write_text(writer, value);
      }
    });
    writer.sequence([&] {
      for (const Consequence& consequence : event.consequences)
        encode_consequence(writer, consequence);
    });
    store::write_optional(writer, kFeedTag, event.feed_sequence, [&](std::uint64_t sequence) {
      store::write_text(writer, event.feed);
      writer.integer(sequence);
    });
  });
  const Key key = event_key(event.resident, event.sequence);
  transaction.put(tables::events, key, vault.seal(tables::events, key, writer.view()));
  if (!event.event_id.empty()) transaction.put(tables::event_ids, id_key(event.event_id), key);
}

std::vector<EventRecord> events_of(const store::ReadTransaction& transaction, const store::Vault& vault,
                                   ResidentId resident) {
  std::vector<EventRecord> events;
  store::Cursor cursor =
      transaction.cursor(tables::events, store::KeyRange::with_prefix(Key().u64(resident.value)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    events.push_back(decode_event(cursor.key(), vault.open(tables::events, cursor.key(), cursor.value())));
  return events;
}

std::optional<EventRecord> find_event(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      std::string_view event_id) {
  const auto key = transaction.get(tables::event_ids, id_key(event_id));
  if (!key) return std::nullopt;
  const auto value = transaction.get(tables::events, *key);
  if (!value) throw store::Corruption(messages::event_id_dangling);
  return decode_event(*key, vault.open(tables::events, *key, *value));
}

std::optional<std::uint64_t> last_feed_sequence(const store::ReadTransaction& transaction,
                                                const store::Vault& vault, ResidentId resident,
                                                std::string_view feed) {
  store::Cursor cursor =
      transaction.cursor(tables::events, store::KeyRange::with_prefix(Key().u64(resident.value)));
  // The newest first: events of one resident are few, and most come from one feed.
  for (cursor.seek_to_last(); cursor.valid(); cursor.previous()) {
    const EventRecord event =
        decode_event(cursor.key(), vault.open(tables::events, cursor.key(), cursor.value()));
    if (event.feed_sequence && event.feed == feed) return event.feed_sequence;
  }
  return std::nullopt;
}

}  // namespace registry
