// Making and removing keys on a token, and opening what was wrapped for it.

#include "pki/token.h"

#include <botan/pubkey.h>

#include <array>
#include <cstring>

#include "pki/botan_versions.h"
#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/public_key.h"
#include "pki/token_connection.h"
#include "pki/token_signer.h"

namespace pki {

namespace {

// The attributes of both halves of a pair, and the memory behind them.
struct PairTemplate {
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  Bytes id, curve;
  std::string label;
  CK_ULONG bits = 0;
  std::array<CK_BYTE, 3> exponent{1, 0, 1};
  std::vector<CK_ATTRIBUTE> public_half, private_half;

  enum class Use { sign, unwrap };

  PairTemplate(const TokenKeyName& name, KeyAlgorithm algorithm, Use use) : id(name.id), label(name.label) {
    for (auto* half : {&public_half, &private_half}) {
      half->push_back({CKA_TOKEN, &yes, sizeof yes});
      half->push_back({CKA_ID, id.data(), static_cast<CK_ULONG>(id.size())});
      half->push_back({CKA_LABEL, label.data(), static_cast<CK_ULONG>(label.size())});
    }
    const bool signs = use == Use::sign;
    public_half.push_back({CKA_VERIFY, signs ? &yes : &no, sizeof yes});
    public_half.push_back({CKA_ENCRYPT, signs ? &no : &yes, sizeof yes});
    private_half.push_back({CKA_SIGN, signs ? &yes : &no, sizeof yes});
    private_half.push_back({CKA_DECRYPT, signs ? &no : &yes, sizeof yes});
    private_half.push_back({CKA_PRIVATE, &yes, sizeof yes});
    private_half.push_back({CKA_SENSITIVE, &yes, sizeof yes});
    private_half.push_back({CKA_EXTRACTABLE, &no, sizeof no});
    if (is_rsa(algorithm)) {
      bits = algorithm == KeyAlgorithm::rsa_4096 ? 4096 : 2048;
      public_half.push_back({CKA_MODULUS_BITS, &bits, sizeof bits});
      public_half.push_back({CKA_PUBLIC_EXPONENT, exponent.data(), exponent.size()});
      return;
    }
    der::Writer writer;
    writer.oid(algorithm == KeyAlgorithm::ecdsa_p256 ? oids::kSecp256r1 : oids::kSecp384r1);
    curve = writer.take();
    public_half.push_back({CKA_EC_PARAMS, curve.data(), static_cast<CK_ULONG>(curve.size())});
  }
  PairTemplate(const PairTemplate&) = delete;
  PairTemplate& operator=(const PairTemplate&) = delete;
};

Bytes attribute(const TokenSession& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  constexpr std::size_t kMost = 1024;
  Bytes value(kMost);
  CK_ATTRIBUTE wanted{type, value.data(), kMost};
  session.check(session.functions().C_GetAttributeValue(session.handle(), object, &wanted, 1),
                "C_GetAttributeValue");
  value.resize(std::min<std::size_t>(wanted.ulValueLen, kMost));
  return value;
}

Bytes rsa_public_key(ByteView modulus, ByteView exponent) {
  der::Writer key;
  key.sequence([&] { key.integer_content(integer_of(modulus)).integer_content(integer_of(exponent)); });
  der::Writer writer;
  writer.sequence([&] {
    writer.sequence([&] { writer.oid(oids::kRsaEncryption).null(); });
    writer.bit_string(key.view());
  });
  return writer.take();
}

// CKA_EC_POINT is an OCTET STRING with the point; some tokens give the point itself.
Bytes ec_public_key(ByteView point, KeyAlgorithm algorithm) {
  der::Reader reader(point);
  if (const auto inner = reader.read(der::tag::kOctetString); inner && reader.finish().has_value())
    point = inner->content;
  der::Writer writer;
  writer.sequence([&] {
    writer.sequence([&] {
      writer.oid(oids::kEcPublicKey)
          .oid(algorithm == KeyAlgorithm::ecdsa_p256 ? oids::kSecp256r1 : oids::kSecp384r1);
    });
    writer.bit_string(point);
  });
  return writer.take();
}

Bytes read_public_key(const TokenSession& session, CK_OBJECT_HANDLE object, KeyAlgorithm algorithm) {
  if (is_rsa(algorithm))
    return rsa_public_key(attribute(session, object, CKA_MODULUS),
                          attribute(session, object, CKA_PUBLIC_EXPONENT));
  return ec_public_key(attribute(session, object, CKA_EC_POINT), algorithm);
}

bool has_label(const TokenSession& session, std::string label) {
  CK_OBJECT_CLASS wanted = CKO_PRIVATE_KEY;
  return session
      .search({{CKA_CLASS, &wanted, sizeof wanted},
               {CKA_LABEL, label.data(), static_cast<CK_ULONG>(label.size())}})
      .has_value();
}

// The public half, SubjectPublicKeyInfo.
Bytes generate_pair(const TokenSession& session, PairTemplate& pair, KeyAlgorithm algorithm) {
  CK_MECHANISM mechanism{is_rsa(algorithm) ? CKM_RSA_PKCS_KEY_PAIR_GEN : CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_half = 0, private_half = 0;
  session.check(session.functions().C_GenerateKeyPair(
                    session.handle(), &mechanism, pair.public_half.data(),
                    static_cast<CK_ULONG>(pair.public_half.size()), pair.private_half.data(),
                    static_cast<CK_ULONG>(pair.private_half.size()), &public_half, &private_half),
                "C_GenerateKeyPair");
  return read_public_key(session, public_half, algorithm);
}

Result<Bytes> make_pair(TokenConnection& connection, const TokenKeyName& name, KeyAlgorithm algorithm,
                        PairTemplate::Use use) {
  try {
    return connection.use(
        [name, algorithm, use, label = connection.label()](const TokenSession& session) -> Result<Bytes> {
          if (has_label(session, name.label))
            return fail(Errc::already_exists, {messages::token_key_there, label, name.label});
          PairTemplate pair(name, algorithm, use);
          return generate_pair(session, pair, algorithm);
        },
        TokenConnection::Effort::makes_keys);
  } catch (const TokenFault& fault) {
    return fault.error();
  }
}

}  // namespace

Token::Token(std::shared_ptr<TokenConnection> connection) : connection_(std::move(connection)) {}
Token::~Token() = default;

Result<std::shared_ptr<Token>> Token::make(const std::string& uri, PinSource pin) {
  std::unique_ptr<P11KitUri, void (*)(P11KitUri*)> parsed(p11_kit_uri_new(), p11_kit_uri_free);
  const Error refused = invalid("token", {messages::token_uri_form, uri});
  if (p11_kit_uri_parse(uri.c_str(), P11_KIT_URI_FOR_ANY, parsed.get()) != P11_KIT_URI_OK ||
      p11_kit_uri_any_unrecognized(parsed.get()) != 0 ||
      p11_kit_uri_get_token_info(parsed.get())->label[0] == '\0' ||
      p11_kit_uri_get_attribute(parsed.get(), CKA_LABEL) != nullptr)
    return refused;
  // A URI is written into files and shown by ps(1).
  if (p11_kit_uri_get_pin_value(parsed.get()) != nullptr) return invalid("token", messages::token_uri_pin);
  return std::shared_ptr<Token>(
      new Token(std::make_shared<TokenConnection>(uri, std::move(parsed), std::move(pin))));
}

const std::string& Token::uri() const {
  return connection_->uri();
}

std::optional<std::string> Token::fault() const {
  return connection_->fault();
}

Result<void> Token::try_out() {
  try {
    connection_->use([](const TokenSession& session) {
      CK_SESSION_INFO info{};
      session.check(session.functions().C_GetSessionInfo(session.handle(), &info), "C_GetSessionInfo");
      return true;
    });
    return {};
  } catch (const TokenFault& fault) {
    return fault.error();
  }
}

Result<std::shared_ptr<const Signer>> Token::generate(const TokenKeyName& name, KeyAlgorithm algorithm) {
  TRY_ASSIGN(Bytes public_key, make_pair(*connection_, name, algorithm, PairTemplate::Use::sign));
  return signer(name, public_key);
}

Result<std::shared_ptr<const Signer>> Token::signer(const TokenKeyName& name, ByteView public_key) const {
  TRY_ASSIGN(const KeyAlgorithm algorithm, key_algorithm_of(public_key));
  return make_token_signer(connection_, name, algorithm, to_bytes(public_key));
}

Result<void> Token::destroy(const TokenKeyName& name) {
  try {
    connection_->use([name](const TokenSession& session) {
      for (CK_OBJECT_CLASS half : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
        Bytes id = name.id;
        const auto found = session.search(
            {{CKA_CLASS, &half, sizeof half}, {CKA_ID, id.data(), static_cast<CK_ULONG>(id.size())}});
        if (found)
          session.check(session.functions().C_DestroyObject(session.handle(), *found), "C_DestroyObject");
      }
      return true;
    });
    return {};
  } catch (const TokenFault& fault) {
    return fault.error();
  }
}

Result<Bytes> Token::generate_wrapping_key(const TokenKeyName& name) {
  return make_pair(*connection_, name, KeyAlgorithm::rsa_2048, PairTemplate::Use::unwrap);
}

Result<Bytes> Token::unwrap(const TokenKeyName& name, ByteView wrapped) {
  try {
    return connection_->use([name, given = to_bytes(wrapped)](const TokenSession& session) -> Result<Bytes> {
      CK_RSA_PKCS_OAEP_PARAMS parameters{CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, nullptr, 0};
      CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &parameters, sizeof parameters};
      session.check(session.functions().C_DecryptInit(session.handle(), &mechanism,
                                                      session.find(CKO_PRIVATE_KEY, name)),
                    "C_DecryptInit");
      Bytes input = given;
      Bytes secret(512);
      CK_ULONG size = static_cast<CK_ULONG>(secret.size());
      const CK_RV answer = session.functions().C_Decrypt(
          session.handle(), input.data(), static_cast<CK_ULONG>(input.size()), secret.data(), &size);
      // SoftHSM has no other word for what does not open.
      if (answer == CKR_ENCRYPTED_DATA_INVALID || answer == CKR_ENCRYPTED_DATA_LEN_RANGE ||
          answer == CKR_GENERAL_ERROR)
        return fail(Errc::malformed, {messages::token_secret_unopened, name.label});
      session.check(answer, "C_Decrypt");
      secret.resize(std::min<std::size_t>(size, secret.size()));
      return secret;
    });
  } catch (const TokenFault& fault) {
    return fault.error();
  }
}

Bytes wrap_for_token(ByteView secret, ByteView public_key, Rng& rng) {
  const auto key = botan::load_public_key(public_key);
  const Botan::PK_Encryptor_EME encryptor(*key, rng.botan(), "OAEP(SHA-1)");
  return encryptor.encrypt(secret.data(), secret.size(), rng.botan());
}

}  // namespace pki
