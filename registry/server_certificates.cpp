// The record of the listeners' certificate.

#include "registry/server_certificates.h"

#include "store/record.h"

namespace registry {

std::optional<ServerCertificateRecord> find_server_certificate(const store::ReadTransaction& transaction) {
  store::Cursor cursor = transaction.cursor(tables::server_certificates);
  std::optional<ServerCertificateRecord> newest;
  for (cursor.seek_to_first(); cursor.valid(); cursor.next()) {
    store::RecordReader reader(cursor.value());
    ServerCertificateRecord record;
    record.issuer = Fields(cursor.key()).issuer();
    record.certificate = reader.bytes();
    record.key_file = reader.text();
    newest = std::move(record);
  }
  return newest;
}

void put_server_certificate(store::WriteTransaction& transaction, const ServerCertificateRecord& record) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(record.certificate);
    store::write_text(writer, record.key_file);
  });
  transaction.put(tables::server_certificates, Key().issuer(record.issuer), writer.view());
}

}  // namespace registry
