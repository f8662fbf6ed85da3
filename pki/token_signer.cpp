// CKM_RSA_PKCS over a DigestInfo (RFC 8017 section 9.2), CKM_ECDSA over the digest (RFC 3279 section 2.2.3).

#include "pki/token_signer.h"

#include <algorithm>
#include <utility>

#include "pki/der.h"

namespace pki {

Bytes integer_of(ByteView digits) {
  while (digits.size() > 1 && digits[0] == 0)
    digits = digits.subspan(1);
  const bool padded = digits.empty() || digits[0] >= 0x80;
  Bytes content(digits.size() + (padded ? 1 : 0));
  std::ranges::copy(digits, content.begin() + (padded ? 1 : 0));
  return content;
}

namespace {

Bytes digest_info(HashAlgorithm hash, ByteView digest) {
  der::Writer writer;
  writer.sequence([&] {
    writer.sequence(
        [&] { writer.oid(hash == HashAlgorithm::sha384 ? oids::kSha384 : oids::kSha256).null(); });
    writer.octet_string(digest);
  });
  return writer.take();
}

// PKCS#11 gives r and s side by side, X.509 wants SEQUENCE { r, s }.
Bytes ecdsa_signature(ByteView pair) {
  der::Writer writer;
  writer.sequence([&] {
    writer.integer_content(integer_of(pair.first(pair.size() / 2)));
    writer.integer_content(integer_of(pair.subspan(pair.size() / 2)));
  });
  return writer.take();
}

class TokenSigner final : public Signer {
 public:
  TokenSigner(std::shared_ptr<TokenConnection> connection, TokenKeyName name, KeyAlgorithm algorithm,
              Bytes public_key)
      : connection_(std::move(connection)),
        name_(std::move(name)),
        is_rsa_(is_rsa(algorithm)),
        algorithm_(default_signature_algorithm(algorithm)),
        public_key_(std::move(public_key)) {}

  SignatureAlgorithm algorithm() const override { return algorithm_; }
  const Bytes& public_key() const override { return public_key_; }
  SignerPlace place() const override { return SignerPlace::remote; }

  Bytes sign(ByteView digest) const override {
    const Bytes input = is_rsa_ ? digest_info(hash_of(algorithm_), digest) : to_bytes(digest);
    try {
      const Bytes made =
          connection_->use([name = name_, is_rsa = is_rsa_, input](const TokenSession& session) {
            return sign_in(session, name, is_rsa, input);
          });
      return is_rsa_ ? made : ecdsa_signature(made);
    } catch (const TokenFault& fault) {
      // Whatever it is, another try may find it put right.
      throw SignerAway(fault.message());
    }
  }

 private:
  static Bytes sign_in(const TokenSession& session, const TokenKeyName& name, bool is_rsa, Bytes input) {
    CK_MECHANISM mechanism{is_rsa ? CKM_RSA_PKCS : CKM_ECDSA, nullptr, 0};
    session.check(
        session.functions().C_SignInit(session.handle(), &mechanism, session.find(CKO_PRIVATE_KEY, name)),
        "C_SignInit");
    constexpr std::size_t kMost = 512;  // RSA-4096.
    Bytes signature(kMost);
    CK_ULONG size = kMost;
    session.check(session.functions().C_Sign(session.handle(), input.data(),
                                             static_cast<CK_ULONG>(input.size()), signature.data(), &size),
                  "C_Sign");
    signature.resize(std::min<std::size_t>(size, kMost));
    return signature;
  }

  std::shared_ptr<TokenConnection> connection_;
  TokenKeyName name_;
  bool is_rsa_;
  SignatureAlgorithm algorithm_;
  Bytes public_key_;
};

}  // namespace

std::shared_ptr<const Signer> make_token_signer(std::shared_ptr<TokenConnection> connection,
                                                TokenKeyName name, KeyAlgorithm algorithm, Bytes public_key) {
  return std::make_shared<TokenSigner>(std::move(connection), std::move(name), algorithm,
                                       std::move(public_key));
}

}  // namespace pki
