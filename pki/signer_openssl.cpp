// Signing with OpenSSL.

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <utility>

#include "pki/message.h"
#include "pki/messages/pki.h"
#include "pki/openssl_key.h"
#include "pki/secret_memory.h"
#include "pki/signer.h"
#include "pki/spares.h"

namespace pki {

namespace {

struct ContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_PKEY_CTX, ContextDeleter>;

// Throws unless an OpenSSL call answered 1. The queue is emptied: its texts may name key material.
void check(int answer, const char* what) {
  if (answer == 1) return;
  ERR_clear_error();
  throw MessageError({messages::signing_failed, what});
}

// OpenSSL keeps the numbers of private keys in memory of its own that is locked, left out of dumps and wiped.
// Where the system does not allow it, they lie in ordinary memory.
void use_secure_heap() {
  constexpr std::size_t kBytes = std::size_t{1} << 20U;
  static const int kDone = CRYPTO_secure_malloc_init(kBytes, 16);
  static_cast<void>(kDone);
}

class OpensslSigner final : public Signer {
 public:
  explicit OpensslSigner(const PrivateKey& key)
      : algorithm_(default_signature_algorithm(key.algorithm())), public_key_(key.public_key()) {
    use_secure_heap();
    Bytes der = key.to_der();
    key_ = read_openssl_key(der);
    wipe(der);
    check(key_ ? 1 : 0, "loading the key");
    context_.reset(EVP_PKEY_CTX_new(key_.get(), nullptr));
    check(EVP_PKEY_sign_init(context_.get()), "EVP_PKEY_sign_init");
    if (algorithm_ == SignatureAlgorithm::rsa_sha256)
      check(EVP_PKEY_CTX_set_rsa_padding(context_.get(), RSA_PKCS1_PADDING), "the padding");
    const EVP_MD* hash = hash_of(algorithm_) == HashAlgorithm::sha384 ? EVP_sha384() : EVP_sha256();
    check(EVP_PKEY_CTX_set_signature_md(context_.get(), hash), "the digest");
  }

  SignatureAlgorithm algorithm() const override { return algorithm_; }
  const Bytes& public_key() const override { return public_key_; }

  Bytes sign(ByteView digest) const override {
    // A context serves one thread; the configured one is only ever copied. Nothing of a signature stays in a
    // copy, so it serves the next one: to make it costs a tenth of a signature by P-256.
    Context context = spares_.take();
    if (!context) context.reset(EVP_PKEY_CTX_dup(context_.get()));
    check(context ? 1 : 0, "EVP_PKEY_CTX_dup");
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
    Bytes signature(size);
    check(EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()),
          "EVP_PKEY_sign");
    spares_.put(std::move(context));
    signature.resize(size);
    return signature;
  }

 private:
  SignatureAlgorithm algorithm_;
  Bytes public_key_;
  OpensslKey key_;
  Context context_;
  mutable Spares<Context> spares_;
};

}  // namespace

std::shared_ptr<const Signer> make_openssl_signer(const PrivateKey& key) {
  return std::make_shared<OpensslSigner>(key);
}

}  // namespace pki
