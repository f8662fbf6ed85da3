// The certificate that our HTTPS listeners show: one, of the operations CA.

#pragma once

#include <optional>
#include <string>

#include "pki/bytes.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace registry {

struct ServerCertificateRecord {
  // The generation of the operations CA that issued it.
  IssuerId issuer;
  pki::Bytes certificate;  // DER
  // The name of the key's file in the keys folder, without folder.
  std::string key_file;
};

// The newest one; nothing in a store whose service never ran.
[[nodiscard]] std::optional<ServerCertificateRecord> find_server_certificate(
    const store::ReadTransaction& transaction);
// In place of the one before.
void put_server_certificate(store::WriteTransaction& transaction, const ServerCertificateRecord& record);

}  // namespace registry
