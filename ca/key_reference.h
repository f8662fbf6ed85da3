// A file in the folder of keys that names a key on a token: its URI (RFC 7512) and its public half.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/token.h"

namespace ca {

struct KeyReference {
  // Of the token, as pki::Token::make() takes it.
  std::string token;
  pki::TokenKeyName key;
  // SubjectPublicKeyInfo, DER; empty while the key is being made.
  pki::Bytes public_key;
  // What the token's key has wrapped; for the sealing key alone.
  pki::Bytes wrapped;
};

[[nodiscard]] bool is_key_reference(std::string_view text);
[[nodiscard]] std::string write_key_reference(const KeyReference& reference);
// Absent when it is not of that form.
[[nodiscard]] std::optional<KeyReference> read_key_reference(std::string_view text);

// A name for a new key: its file's name without the ending, and an id that no other key has.
[[nodiscard]] pki::TokenKeyName new_token_key(const std::string& file);

}  // namespace ca
