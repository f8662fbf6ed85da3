// PKCS#8 by Botan, after our strict reader has passed the encoding.

#include "pki/private_key.h"

#include <botan/data_src.h>
#include <botan/ecdsa.h>
#include <botan/pkcs8.h>
#include <botan/rsa.h>

#include <mutex>

#include "pki/botan_versions.h"
#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/secret_memory.h"

namespace pki {

namespace {

// Wipes at the end of the scope.
template <typename Secret>
struct Wiping {
  Secret& secret;

  explicit Wiping(Secret& wiped) : secret(wiped) {}
  ~Wiping() { wipe(secret); }
  Wiping(const Wiping&) = delete;
  Wiping& operator=(const Wiping&) = delete;
};

Result<KeyAlgorithm> algorithm_of(const Botan::Private_Key& key) {
  if (key.algo_name() == "RSA") {
    const auto* rsa = dynamic_cast<const Botan::RSA_PrivateKey*>(&key);
    if (rsa != nullptr && rsa->get_e() == 65537) {
      if (rsa->get_n().bits() == 2048) return KeyAlgorithm::rsa_2048;
      if (rsa->get_n().bits() == 4096) return KeyAlgorithm::rsa_4096;
    }
  } else if (const auto* ecdsa = dynamic_cast<const Botan::ECDSA_PrivateKey*>(&key); ecdsa != nullptr) {
    const Botan::OID& curve = ecdsa->domain().get_curve_oid();
    if (curve == Botan::OID("1.2.840.10045.3.1.7")) return KeyAlgorithm::ecdsa_p256;
    if (curve == Botan::OID("1.3.132.0.34")) return KeyAlgorithm::ecdsa_p384;
  }
  return fail(Errc::unsupported, messages::private_key_kind);
}

}  // namespace

struct PrivateKey::State {
  KeyAlgorithm algorithm;
  Bytes public_key;
  // PKCS#8 of a published key; empty for every other.
  Bytes published = {};
  mutable std::once_flag opened = {};
  mutable std::shared_ptr<const Botan::Private_Key> key = {};  // Guarded by opened where it is published.
};

PrivateKey::PrivateKey(std::shared_ptr<const Botan::Private_Key> key, KeyAlgorithm algorithm)
    : state_(new State{
          .algorithm = algorithm, .public_key = key->subject_public_key(), .published = {}, .key = key}) {}

PrivateKey PrivateKey::published(KeyAlgorithm algorithm, Bytes pkcs8, Bytes public_key) {
  return PrivateKey(std::shared_ptr<const State>(
      new State{.algorithm = algorithm, .public_key = std::move(public_key), .published = std::move(pkcs8)}));
}

KeyAlgorithm PrivateKey::algorithm() const {
  return state_->algorithm;
}

const Bytes& PrivateKey::public_key() const {
  return state_->public_key;
}

const Botan::Private_Key& PrivateKey::botan() const {
  if (!state_->published.empty())
    std::call_once(state_->opened, [&state = *state_] {
      Botan::DataSource_Memory source(state.published.data(), state.published.size());
      state.key = Botan::PKCS8::load_key(source);
    });
  return *state_->key;
}

PrivateKey PrivateKey::generate(KeyAlgorithm algorithm, Rng& rng) {
  switch (algorithm) {
    case KeyAlgorithm::rsa_2048:
      return {std::make_shared<Botan::RSA_PrivateKey>(rng.botan(), 2048, 65537), algorithm};
    case KeyAlgorithm::rsa_4096:
      return {std::make_shared<Botan::RSA_PrivateKey>(rng.botan(), 4096, 65537), algorithm};
    case KeyAlgorithm::ecdsa_p256:
      return {std::make_shared<Botan::ECDSA_PrivateKey>(rng.botan(), botan::named_group("secp256r1")),
              algorithm};
    case KeyAlgorithm::ecdsa_p384:
      break;
  }
  return {std::make_shared<Botan::ECDSA_PrivateKey>(rng.botan(), botan::named_group("secp384r1")), algorithm};
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  TRY_ASSIGN(auto keys, all_from_pem(pem));
  if (keys.size() != 1) return fail(Errc::malformed, messages::key_file_one_block);
  return std::move(keys.front());
}

Result<std::vector<PrivateKey>> PrivateKey::all_from_pem(std::string_view pem) {
  TRY_ASSIGN(auto blocks, decode_pem_blocks(pem, "PRIVATE KEY"));
  std::vector<PrivateKey> keys;
  keys.reserve(blocks.size());
  for (Bytes& block : blocks) {
    const Wiping wiping{block};
    TRY(der::validate(block));
    try {
      Botan::DataSource_Memory source(block.data(), block.size());
      std::shared_ptr<const Botan::Private_Key> key = Botan::PKCS8::load_key(source);
      TRY_ASSIGN(const KeyAlgorithm algorithm, algorithm_of(*key));
      keys.push_back(PrivateKey(std::move(key), algorithm));
    } catch (const Botan::Exception&) {
      return fail(Errc::malformed, messages::key_block_form);
    }
  }
  return keys;
}

std::string PrivateKey::to_pem() const {
  if (!state_->published.empty()) return encode_pem("PRIVATE KEY", state_->published);
  return Botan::PKCS8::PEM_encode(*state_->key);
}

Bytes PrivateKey::to_der() const {
  if (!state_->published.empty()) return state_->published;
  const auto encoded = Botan::PKCS8::BER_encode(*state_->key);
  return {encoded.begin(), encoded.end()};
}

Result<std::vector<Bytes>> decode_pem_blocks(std::string_view text, std::string_view label) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  std::vector<Bytes> blocks;
  for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at)) {
    const std::size_t body = at + begin.size();
    const std::size_t stop = text.find(end, body);
    if (stop == std::string_view::npos) return fail(Errc::malformed, messages::pem_without_end);
    std::string base64;
    // Keys come through here: no copy is left behind by growing, and none at the end.
    base64.reserve(stop - body);
    const Wiping wiping{base64};
    for (const char c : text.substr(body, stop - body))
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t') base64.push_back(c);
    auto decoded = from_base64(base64);
    if (!decoded) return fail(Errc::malformed, messages::pem_not_base64);
    blocks.push_back(std::move(*decoded));
    at = stop + end.size();
  }
  return blocks;
}

std::string encode_pem(std::string_view label, ByteView der) {
  const std::string base64 = to_base64(der);
  std::string text = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64)
    text += base64.substr(at, 64) + "\n";
  return text + "-----END " + std::string(label) + "-----\n";
}

}  // namespace pki
