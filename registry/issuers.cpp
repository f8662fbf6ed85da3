// Records of CA generations, responders and point names.

#include "registry/issuers.h"

#include "registry/record.h"

namespace registry {

namespace {

// The progress came later than the fact: a record of a former build ends after the sequence.
Compromise decode_compromise(RecordReader& reader) {
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
  RecordReader reader(record);
  Issuer issuer;
  issuer.id = Fields(key).issuer();
  issuer.certificate = reader.octets();
  issuer.key_file = reader.text();
  issuer.public_url = reader.text();
  if (auto field = reader.optional(0)) issuer.compromise = decode_compromise(*field);
  return issuer;
}

}  // namespace

std::optional<Issuer> find_issuer(const ReadTransaction& transaction, IssuerId id) {
  const Key key = Key().issuer(id);
  const auto value = transaction.get(TableId::issuers, key);
  if (!value) return std::nullopt;
  return decode_issuer(key, *value);
}

std::vector<Issuer> all_issuers(const ReadTransaction& transaction) {
  std::vector<Issuer> issuers;
  Cursor cursor = transaction.cursor(TableId::issuers);
  for (bool found = cursor.first(); found; found = cursor.next())
    issuers.push_back(decode_issuer(cursor.key(), cursor.value()));
  return issuers;
}

std::optional<Issuer> current_issuer(const ReadTransaction& transaction, pki::CaName ca) {
  const Key prefix = Key().u8(static_cast<std::uint64_t>(ca));
  Cursor cursor = transaction.cursor(TableId::issuers);
  std::optional<Issuer> newest;
  for (bool found = cursor.seek(prefix); found && cursor.has_prefix(prefix); found = cursor.next())
    newest = decode_issuer(cursor.key(), cursor.value());
  return newest;
}

void put_issuer(WriteTransaction& transaction, const Issuer& issuer) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(issuer.certificate);
    write_text(writer, issuer.key_file);
    write_text(writer, issuer.public_url);
    write_optional(writer, 0, issuer.compromise, [&](const Compromise& compromise) {
      writer.generalized_time(compromise.recorded_at).integer(compromise.sequence);
      writer.integer(compromise.filled_through.value).integer(compromise.filled);
      write_optional(writer, 0, compromise.completed_at,
                     [&](pki::Time completed_at) { writer.generalized_time(completed_at); });
    });
  });
  transaction.put(TableId::issuers, Key().issuer(issuer.id), writer.view());
}

std::optional<ResponderRecord> find_responder(const ReadTransaction& transaction, IssuerId issuer) {
  const auto value = transaction.get(TableId::responders, Key().issuer(issuer));
  if (!value) return std::nullopt;
  RecordReader reader(*value);
  ResponderRecord responder;
  responder.issuer = issuer;
  responder.certificate = reader.octets();
  responder.key_file = reader.text();
  return responder;
}

void put_responder(WriteTransaction& transaction, const ResponderRecord& responder) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(responder.certificate);
    write_text(writer, responder.key_file);
  });
  transaction.put(TableId::responders, Key().issuer(responder.issuer), writer.view());
}

std::optional<pki::DistributionPointNames> find_point_names(const ReadTransaction& transaction,
                                                            IssuerId issuer, pki::DistributionPoint point) {
  const auto value = transaction.get(TableId::point_names, Key().issuer(issuer).point(point));
  if (!value) return std::nullopt;
  RecordReader reader(*value);
  auto name = pki::Name::decode(reader.octets());
  if (!name)
    throw Corruption("the name of a distribution point does not decode: restore the store from a backup");
  pki::DistributionPointNames names{std::move(*name), std::nullopt};
  if (auto field = reader.optional(0)) names.uri = field->text();
  return names;
}

void put_point_names(WriteTransaction& transaction, IssuerId issuer, pki::DistributionPoint point,
                     const pki::DistributionPointNames& names) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(names.directory_name.encode());
    write_optional(writer, 0, names.uri, [&](const std::string& uri) { write_text(writer, uri); });
  });
  transaction.put(TableId::point_names, Key().issuer(issuer).point(point), writer.view());
}

std::vector<pki::DistributionPoint> points_of(const ReadTransaction& transaction, IssuerId issuer) {
  std::vector<pki::DistributionPoint> points;
  const Key prefix = Key().issuer(issuer);
  Cursor cursor = transaction.cursor(TableId::point_names);
  for (bool found = cursor.seek(prefix); found && cursor.has_prefix(prefix); found = cursor.next())
    points.push_back(Fields(cursor.key().subspan(2)).point());
  return points;
}

}  // namespace registry
