// PBES2 by Botan; scrypt and the sealing of sealing.h for what is no key.

#include "pki/encrypted_key.h"

#include <botan/data_src.h>
#include <botan/pkcs8.h>
#include <botan/pwdhash.h>

#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/sealing.h"
#include "pki/secret_memory.h"

namespace pki {

namespace {

// Botan makes N = 2^14, r = 8 of it (p = 1); it is written into the file.
constexpr std::size_t kIterations = 100'000;
constexpr std::size_t kN = 16'384, kR = 8, kP = 1, kSaltSize = 16, kKeySize = 32;
constexpr std::string_view kMark = "scrypt-16384-8-1:";

SealingKey derive(const Secret& passphrase, ByteView salt) {
  Bytes key(kKeySize);
  const auto family = Botan::PasswordHashFamily::create_or_throw("Scrypt");
  family->from_params(kN, kR, kP)
      ->derive_key(key.data(), key.size(), passphrase.text().data(), passphrase.text().size(), salt.data(),
                   salt.size());
  return {1, std::move(key)};
}

}  // namespace

std::string encrypt_key(const PrivateKey& key, const Secret& passphrase, Rng& rng) {
  return Botan::PKCS8::PEM_encode_encrypted_pbkdf_iter(key.botan(), rng.botan(), passphrase.text(),
                                                       kIterations, "AES-256/CBC", "Scrypt");
}

Result<PrivateKey> decrypt_key(std::string_view pem, const Secret& passphrase) {
  const auto blocks = decode_pem_blocks(pem, kEncryptedKeyLabel);
  if (!blocks || blocks->size() != 1 || der::validate(blocks->front()).has_error())
    return fail(Errc::malformed, messages::encrypted_key_form);
  const Bytes& block = blocks->front();
  std::string plain;
  try {
    Botan::DataSource_Memory source(block.data(), block.size());
    const auto key = Botan::PKCS8::load_key(source, passphrase.text());
    plain = Botan::PKCS8::PEM_encode(*key);
  } catch (const Botan::Exception&) {
    // A wrong passphrase cannot be told from damage inside of the ciphertext.
    return invalid("passphrase", messages::passphrase_wrong);
  }
  auto key = PrivateKey::from_pem(plain);
  wipe(plain);
  return key;
}

std::string encrypt_secret(ByteView secret, std::string_view purpose, const Secret& passphrase, Rng& rng) {
  const Bytes salt = rng.bytes(kSaltSize);
  return std::string(kMark) + to_hex(salt) + ":" +
         to_hex(derive(passphrase, salt).seal(secret, as_bytes(purpose), rng)) + "\n";
}

bool is_encrypted_secret(std::string_view text) {
  return text.starts_with(kMark);
}

Result<Bytes> decrypt_secret(std::string_view text, std::string_view purpose, const Secret& passphrase) {
  const Error damaged = fail(Errc::malformed, messages::encrypted_key_form);
  if (!is_encrypted_secret(text)) return damaged;
  text.remove_prefix(kMark.size());
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return damaged;
  const auto salt = from_hex(text.substr(0, colon)), sealed = from_hex(text.substr(colon + 1));
  // id, nonce, 32 bytes or more, tag.
  if (!salt || salt->size() != kSaltSize || !sealed || sealed->size() < 1 + 24 + kKeySize + 16)
    return damaged;
  auto opened = derive(passphrase, *salt).open(*sealed, as_bytes(purpose));
  if (!opened) return invalid("passphrase", messages::passphrase_wrong);
  return opened;
}

}  // namespace pki
