// Keys on a PKCS#11 token (a smart card, an HSM, SoftHSM): made there, used there, never read.
//
// Modules are loaded by p11-kit, so that a module that is configured for the machine needs no path, and one
// process may use it twice. A token that was away (pulled, restarted, its server down) is connected to again
// at the next use. A PIN that was refused is not tried again, since tokens lock themselves after a few wrong
// ones. OASIS PKCS #11 Base Specification 2.40; URIs as in RFC 7512.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/random.h"
#include "pki/result.h"
#include "pki/secret.h"
#include "pki/signer.h"

namespace pki {

class TokenConnection;

// A key on a token: its label, for people, and its CKA_ID.
struct TokenKeyName {
  std::string label;
  Bytes id;
};

// Usable from any thread at once.
class Token final {
 public:
  // Asked for at most once, when the token is first used.
  using PinSource = std::function<Result<Secret>()>;

  // `uri`: pkcs11:token=LABEL, also with serial, manufacturer, model, and ?module-path=FILE. Connects to
  // nothing. Errc::invalid_value when it is not of that form; a PIN in the URI is refused.
  static Result<std::shared_ptr<Token>> make(const std::string& uri, PinSource pin);
  ~Token();
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  [[nodiscard]] const std::string& uri() const;
  // Connects and logs in. Errc::not_found: no such module or token; Errc::invalid_value: PIN refused;
  // Errc::too_busy: it was there and is away.
  [[nodiscard]] Result<void> try_out();
  // Why the token could not be used the last time; absent when it could, or was never asked.
  [[nodiscard]] std::optional<std::string> fault() const;

  // Makes a pair that cannot be read out. Errc::already_exists for a label that is there. Other errors as
  // try_out().
  [[nodiscard]] Result<std::shared_ptr<const Signer>> generate(const TokenKeyName& name,
                                                               KeyAlgorithm algorithm);
  // A signer over a key that was made before; asks the token for nothing until it signs. Errc::unsupported
  // for another kind of public key (SubjectPublicKeyInfo, DER).
  [[nodiscard]] Result<std::shared_ptr<const Signer>> signer(const TokenKeyName& name,
                                                             ByteView public_key) const;
  // Removes a pair; one that is not there is no error.
  [[nodiscard]] Result<void> destroy(const TokenKeyName& name);

  // Makes an RSA pair whose private half only decrypts, and gives the public half.
  [[nodiscard]] Result<Bytes> generate_wrapping_key(const TokenKeyName& name);
  // RSAES-OAEP (SHA-1, which every token has), undone on the token. Errc::malformed when it does not open.
  [[nodiscard]] Result<Bytes> unwrap(const TokenKeyName& name, ByteView wrapped);

 private:
  explicit Token(std::shared_ptr<TokenConnection> connection);

  std::shared_ptr<TokenConnection> connection_;
};

// For Token::unwrap(), with the public half alone.
[[nodiscard]] Bytes wrap_for_token(ByteView secret, ByteView public_key, Rng& rng);

}  // namespace pki
