// AEAD by Botan, whose ChaCha20Poly1305 takes 24-byte nonces as XChaCha.

#include "pki/sealing.h"

#include <botan/aead.h>

#include <stdexcept>
#include <utility>

#include "pki/botan_versions.h"
#include "pki/messages/pki.h"
#include "pki/secret_memory.h"
#include "pki/spares.h"

namespace pki {

namespace {

constexpr std::size_t kNonceSize = 24;
constexpr std::size_t kTagSize = 16;

using Cipher = std::unique_ptr<Botan::AEAD_Mode>;

}  // namespace

// The key, and ciphers that have it: to make one costs more than to seal a record. They end with the key.
class SealingKey::Ciphers final {
 public:
  explicit Ciphers(Bytes key) : key_(std::move(key)) {
    if (key_.size() != 32) throw std::invalid_argument("a sealing key must have 32 bytes");
    shield_memory(key_);
  }
  ~Ciphers() { wipe(key_); }
  Ciphers(const Ciphers&) = delete;
  Ciphers& operator=(const Ciphers&) = delete;

  // A cipher at the start of its message. It may be put back once the message is finished.
  [[nodiscard]] Cipher take(Botan::Cipher_Dir direction, ByteView associated_data) {
    Cipher cipher = spares_of(direction).take();
    if (!cipher) {
      cipher = Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", direction);
      cipher->set_key(key_);
    }
    cipher->set_associated_data(associated_data.data(), associated_data.size());
    return cipher;
  }
  void put(Botan::Cipher_Dir direction, Cipher cipher) {
    cipher->reset();
    spares_of(direction).put(std::move(cipher));
  }

 private:
  [[nodiscard]] Spares<Cipher>& spares_of(Botan::Cipher_Dir direction) {
    return direction == botan::kEncrypt ? sealing_ : opening_;
  }

  Bytes key_;
  Spares<Cipher> sealing_, opening_;
};

SealingKey::SealingKey(std::uint8_t id, Bytes key)
    : id_(id), ciphers_(std::make_shared<Ciphers>(std::move(key))) {}

Bytes SealingKey::seal(ByteView plaintext, ByteView associated_data, Rng& rng) const {
  const Bytes nonce = rng.bytes(kNonceSize);
  Botan::secure_vector<std::uint8_t> buffer;
  buffer.reserve(plaintext.size() + kTagSize);
  buffer.assign(plaintext.begin(), plaintext.end());
  Cipher cipher = ciphers_->take(botan::kEncrypt, associated_data);
  cipher->start(nonce);
  cipher->finish(buffer);
  ciphers_->put(botan::kEncrypt, std::move(cipher));
  Bytes sealed;
  sealed.reserve(1 + nonce.size() + buffer.size());
  sealed.push_back(id_);
  append(sealed, nonce);
  sealed.insert(sealed.end(), buffer.begin(), buffer.end());
  return sealed;
}

Result<Bytes> SealingKey::open(ByteView sealed, ByteView associated_data) const {
  const auto refused = [] { return fail(Errc::malformed, messages::sealed_value_unopened); };
  if (sealed.size() < 1 + kNonceSize + kTagSize || sealed[0] != id_) return refused();
  const ByteView ciphertext = sealed.subspan(1 + kNonceSize);
  Botan::secure_vector<std::uint8_t> buffer(ciphertext.begin(), ciphertext.end());
  Cipher cipher = ciphers_->take(botan::kDecrypt, associated_data);
  cipher->start(sealed.data() + 1, kNonceSize);
  try {
    cipher->finish(buffer);
  } catch (const Botan::Exception&) {
    return refused();
  }
  ciphers_->put(botan::kDecrypt, std::move(cipher));
  return Bytes(buffer.begin(), buffer.end());
}

}  // namespace pki
