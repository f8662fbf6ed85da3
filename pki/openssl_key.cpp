// One decoder for the whole process: to find out who can read a key costs OpenSSL 3.0 half a millisecond,
// more than a signature does.

#include "pki/openssl_key.h"

#include <openssl/decoder.h>
#include <openssl/err.h>

#include <mutex>
#include <utility>

namespace pki {

namespace {

struct DecoderDeleter {
  void operator()(OSSL_DECODER_CTX* context) const { OSSL_DECODER_CTX_free(context); }
};

class KeyReader final {
 public:
  KeyReader()
      : decoder_(OSSL_DECODER_CTX_new_for_pkey(&key_, "DER", "PrivateKeyInfo", nullptr, EVP_PKEY_KEYPAIR,
                                               nullptr, nullptr)) {}
  KeyReader(const KeyReader&) = delete;
  KeyReader& operator=(const KeyReader&) = delete;

  OpensslKey read(ByteView pkcs8) {
    const std::lock_guard lock(mutex_);
    const std::uint8_t* at = pkcs8.data();
    std::size_t left = pkcs8.size();
    const bool was_read = decoder_ && OSSL_DECODER_from_data(decoder_.get(), &at, &left) == 1;
    OpensslKey key(std::exchange(key_, nullptr));
    // The queue is emptied: its texts may name key material.
    if (!was_read) ERR_clear_error();
    return was_read ? std::move(key) : nullptr;
  }

 private:
  std::mutex mutex_;
  // Where the decoder puts what it has read. Guarded by mutex_, as is the decoder.
  EVP_PKEY* key_ = nullptr;
  std::unique_ptr<OSSL_DECODER_CTX, DecoderDeleter> decoder_;
};

}  // namespace

OpensslKey read_openssl_key(ByteView pkcs8) {
  static KeyReader reader;
  return reader.read(pkcs8);
}

}  // namespace pki
