// Records of CA generations, responders and point names.

#include "registry/issuers.h"

#include "pki/messages/registry.h"
#include "store/record.h"

namespace registry {

namespace {

// The progress came later than the fact: a record of an earlier version ends after the sequence.
Compromise decode_compromise(store::RecordReader& reader) {
  Compromise compromise;
  compromise.recorded_at = reader.time();
  compromise.sequence = reader.number();
  if (reader.at_end()) return compromise;
  compromise.filled_through = {reader.number()};
  compromise.filled = reader.number();
  if (auto field = reader.optional(0)) compromise.completed_at = field->time();
  return compromise;
}

Issuer decode_issuer(pki::ByteView key, pki::ByteView record) {
  store::RecordReader reader(record);
  Issuer issuer;
  issuer.id = Fields(key).issuer();
  issuer.certificate = reader.bytes();
  issuer.key_file = reader.text();
  issuer.public_url = reader.text();
  if (auto field = reader.optional(0)) issuer.compromise = decode_compromise(*field);
  if (auto field = reader.optional(1)) {
    LinkCertificates links;
    links.new_with_old = field->bytes();
    links.old_with_new = field->bytes();
    issuer.links = std::move(links);
  }
  return issuer;
}

}  // namespace

std::optional<Issuer> find_issuer(const store::ReadTransaction& transaction, IssuerId id) {
  const Key key = Key().issuer(id);
  const auto value = transaction.get(tables::issuers, key);
  if (!value) return std::nullopt;
  return decode_issuer(key, *value);
}

std::vector<Issuer> all_issuers(const store::ReadTransaction& transaction) {
  std::vector<Issuer> issuers;
  store::Cursor cursor = transaction.cursor(tables::issuers);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    issuers.push_back(decode_issuer(cursor.key(), cursor.value()));
  return issuers;
}

std::optional<Issuer> current_issuer(const store::ReadTransaction& transaction, pki::CaName ca) {
  store::Cursor cursor = transaction.cursor(
      tables::issuers, store::KeyRange::with_prefix(Key().u8(static_cast<std::uint64_t>(ca))));
  std::optional<Issuer> newest;
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    newest = decode_issuer(cursor.key(), cursor.value());
  return newest;
}

std::vector<std::uint8_t> generations_of_name(const store::ReadTransaction& transaction, pki::CaName ca) {
  std::vector<std::uint8_t> generations;
  store::Cursor cursor = transaction.cursor(
      tables::issuers, store::KeyRange::with_prefix(Key().u8(static_cast<std::uint64_t>(ca))));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    generations.push_back(Fields(cursor.key()).issuer().generation);
  return generations;
}

void put_issuer(store::WriteTransaction& transaction, const Issuer& issuer) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(issuer.certificate);
    store::write_text(writer, issuer.key_file);
    store::write_text(writer, issuer.public_url);
    store::write_optional(writer, 0, issuer.compromise, [&](const Compromise& compromise) {
      writer.generalized_time(compromise.recorded_at).integer(compromise.sequence);
      writer.integer(compromise.filled_through.value).integer(compromise.filled);
      store::write_optional(writer, 0, compromise.completed_at,
                            [&](pki::Time completed_at) { writer.generalized_time(completed_at); });
    });
    store::write_optional(writer, 1, issuer.links, [&](const LinkCertificates& links) {
      writer.octet_string(links.new_with_old).octet_string(links.old_with_new);
    });
  });
  transaction.put(tables::issuers, Key().issuer(issuer.id), writer.view());
}

namespace {

pki::Bytes responder_key(IssuerId issuer, std::string_view machine) {
  pki::Bytes key = pki::to_bytes(Key().issuer(issuer));
  pki::append(key, pki::as_bytes(machine));
  return key;
}

}  // namespace

std::optional<ResponderRecord> find_responder(const store::ReadTransaction& transaction, IssuerId issuer,
                                              std::string_view machine) {
  const auto value = transaction.get(tables::responders, responder_key(issuer, machine));
  if (!value && !machine.empty()) return find_responder(transaction, issuer);
  if (!value) return std::nullopt;
  store::RecordReader reader(*value);
  ResponderRecord responder;
  responder.issuer = issuer;
  responder.machine = machine;
  responder.certificate = reader.bytes();
  responder.key_file = reader.text();
  return responder;
}

void put_responder(store::WriteTransaction& transaction, const ResponderRecord& responder) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(responder.certificate);
    store::write_text(writer, responder.key_file);
  });
  transaction.put(tables::responders, responder_key(responder.issuer, responder.machine), writer.view());
}

std::optional<pki::DistributionPointNames> find_point_names(const store::ReadTransaction& transaction,
                                                            IssuerId issuer, pki::DistributionPoint point) {
  const auto value = transaction.get(tables::point_names, Key().issuer(issuer).point(point));
  if (!value) return std::nullopt;
  store::RecordReader reader(*value);
  auto name = pki::Name::decode(reader.bytes());
  if (!name) throw store::Corruption(messages::stored_point_name_undecodable);
  pki::DistributionPointNames names{std::move(*name), std::nullopt};
  if (auto field = reader.optional(0)) names.uri = field->text();
  return names;
}

bool have_same_directory_name(const store::ReadTransaction& transaction, pki::DistributionPoint point,
                              IssuerId one, IssuerId other) {
  const auto directory_name = [&](IssuerId issuer) {
    const auto value = transaction.get(tables::point_names, Key().issuer(issuer).point(point));
    return value ? std::optional(store::RecordReader(*value).bytes()) : std::nullopt;
  };
  const auto name = directory_name(one);
  return name && (one == other || name == directory_name(other));
}

void put_point_names(store::WriteTransaction& transaction, IssuerId issuer, pki::DistributionPoint point,
                     const pki::DistributionPointNames& names) {
  pki::der::Writer writer(512);
  writer.sequence([&] {
    writer.octet_string(names.directory_name.encode());
    store::write_optional(writer, 0, names.uri,
                          [&](const std::string& uri) { store::write_text(writer, uri); });
  });
  transaction.put(tables::point_names, Key().issuer(issuer).point(point), writer.view());
}

std::vector<pki::DistributionPoint> points_of(const store::ReadTransaction& transaction, IssuerId issuer) {
  std::vector<pki::DistributionPoint> points;
  store::Cursor cursor =
      transaction.cursor(tables::point_names, store::KeyRange::with_prefix(Key().issuer(issuer)));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    points.push_back(Fields(cursor.key().subspan(2)).point());
  return points;
}

}  // namespace registry
