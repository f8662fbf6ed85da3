// The committed test keys: published, so worthless, and fast to have.

#pragma once

#include <vector>

#include "pki/private_key.h"
#include "tests/support/command.h"

namespace support {

// The RSA-2048 keys of testdata/keys/authority.pem, for CAs and responders.
inline const std::vector<pki::PrivateKey>& authority_keys() {
  static const std::vector<pki::PrivateKey> keys =
      pki::PrivateKey::all_from_pem(pki::as_text(read_file(source_folder() / "testdata/keys/authority.pem")))
          .value();
  return keys;
}

}  // namespace support
