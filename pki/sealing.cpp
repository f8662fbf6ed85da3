// AEAD by Botan, whose ChaCha20Poly1305 takes 24-byte nonces as XChaCha.

#include "pki/sealing.h"

#include <botan/aead.h>

#include <stdexcept>

#include "pki/botan_versions.h"
#include "pki/messages/pki.h"
#include "pki/secret_memory.h"

namespace pki {

namespace {

constexpr std::size_t kNonceSize = 24;
constexpr std::size_t kTagSize = 16;

std::unique_ptr<Botan::AEAD_Mode> make_mode(Botan::Cipher_Dir direction, const Bytes& key,
                                            ByteView associated_data) {
  auto mode = Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", direction);
  mode->set_key(key);
  mode->set_associated_data(associated_data.data(), associated_data.size());
  return mode;
}

}  // namespace

SealingKey::SealingKey(std::uint8_t id, Bytes key) : id_(id), key_(std::move(key)) {
  if (key_.size() != 32) throw std::invalid_argument("a sealing key must have 32 bytes");
  shield_memory(key_);
}

Bytes SealingKey::seal(ByteView plaintext, ByteView associated_data, Rng& rng) const {
  const Bytes nonce = rng.bytes(kNonceSize);
  const auto mode = make_mode(botan::kEncrypt, key_, associated_data);
  mode->start(nonce);
  Botan::secure_vector<std::uint8_t> buffer(plaintext.begin(), plaintext.end());
  mode->finish(buffer);
  Bytes sealed;
  sealed.reserve(1 + nonce.size() + buffer.size());
  sealed.push_back(id_);
  append(sealed, nonce);
  sealed.insert(sealed.end(), buffer.begin(), buffer.end());
  return sealed;
}

Result<Bytes> SealingKey::open(ByteView sealed, ByteView associated_data) const {
  const Error refused = fail(Errc::malformed, messages::sealed_value_unopened);
  if (sealed.size() < 1 + kNonceSize + kTagSize || sealed[0] != id_) return refused;
  const auto mode = make_mode(botan::kDecrypt, key_, associated_data);
  mode->start(sealed.data() + 1, kNonceSize);
  const ByteView ciphertext = sealed.subspan(1 + kNonceSize);
  Botan::secure_vector<std::uint8_t> buffer(ciphertext.begin(), ciphertext.end());
  try {
    mode->finish(buffer);
  } catch (const Botan::Exception&) {
    return refused;
  }
  return Bytes(buffer.begin(), buffer.end());
}

}  // namespace pki
