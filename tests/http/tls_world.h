// Certificates of any shape for the tests of TLS, written by hand at the time of the fixed clock.

#pragma once

#include <string>
#include <vector>

#include "http/tls.h"
#include "pki/der.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/signer.h"
#include "tests/http/running_server.h"

namespace http::test {

struct CertificateWishes {
  std::string name = "somebody";
  // None: no extended key usage at all.
  std::optional<pki::Oid> purpose = pki::oids::kKeyPurposeClientAuth;
  pki::Time not_before = FixedClock().now() - std::chrono::hours{1};
  pki::Time not_after = FixedClock().now() + std::chrono::hours{1};
  // dNSName localhost and iPAddress 127.0.0.1.
  bool names_this_host = false;
};

inline pki::PrivateKey make_test_key(const std::string& name) {
  pki::Rng rng = pki::Rng::seeded(1).derive("key", name);
  return pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng);
}

// A CA of one key, P-256.
class TestAuthority final {
 public:
  explicit TestAuthority(const std::string& name, const std::string& key_name = "authority")
      : name_({pki::common_name(name)}),
        key_(make_test_key(key_name + " of " + name)),
        certificate_(make(name, key_, {.purpose = std::nullopt}, Kind::authority)) {}

  [[nodiscard]] const pki::Bytes& certificate() const { return certificate_; }

  [[nodiscard]] TlsIdentity issue(const CertificateWishes& wishes) const {
    pki::PrivateKey key = make_test_key(wishes.name);
    return {.certificates = {make(wishes.name, key, wishes, Kind::end_entity)}, .key = key};
  }

 private:
  enum class Kind { authority, end_entity };
  using Writer = pki::der::Writer;

  template <typename Value>
  static void extension(Writer& writer, const pki::Oid& id, Value&& value) {
    writer.sequence([&] { writer.oid(id).wrapped(std::forward<Value>(value)); });
  }

  static void extensions(Writer& writer, const CertificateWishes& wishes, Kind kind) {
    if (kind == Kind::authority)
      extension(writer, pki::oids::kBasicConstraints,
                [&] { writer.sequence([&] { writer.boolean(true); }); });
    if (wishes.purpose)
      extension(writer, pki::oids::kExtendedKeyUsage,
                [&] { writer.sequence([&] { writer.oid(*wishes.purpose); }); });
    if (wishes.names_this_host)
      extension(writer, pki::oids::kSubjectAltName, [&] {
        constexpr std::array<std::uint8_t, 4> kLoopback = {127, 0, 0, 1};
        writer.sequence([&] { writer.text(0x82, "localhost").primitive(0x87, kLoopback); });
      });
    if (kind == Kind::end_entity && !wishes.purpose && !wishes.names_this_host)
      extension(writer, pki::oids::kBasicConstraints, [&] { writer.sequence([] {}); });
  }

  [[nodiscard]] pki::Bytes make(const std::string& name, const pki::PrivateKey& key,
                                const CertificateWishes& wishes, Kind kind) const {
    const auto signer = pki::make_openssl_signer(key_);
    Writer writer;
    writer.sequence([&] {
      writer.context(0, [&] { writer.integer(2); });
      writer.integer(++serial_);
      writer.raw(pki::encode_algorithm_identifier(signer->algorithm()));
      name_.encode(writer);
      writer.sequence([&] { writer.time(wishes.not_before).time(wishes.not_after); });
      pki::Name({pki::common_name(name)}).encode(writer);
      writer.raw(key.public_key());
      writer.context(3, [&] { writer.sequence([&] { extensions(writer, wishes, kind); }); });
    });
    return pki::sign_structure(*signer, writer.view());
  }

  mutable std::uint64_t serial_ = 0;
  pki::Name name_;
  pki::PrivateKey key_;
  pki::Bytes certificate_;
};

}  // namespace http::test
