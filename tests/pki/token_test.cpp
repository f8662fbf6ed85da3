// Keys on a token of SoftHSM: made, used, found again, gone and back.

#include "pki/token.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "pki/public_key.h"
#include "tests/support/soft_token.h"

namespace pki {

namespace {

Token::PinSource pin(std::string text, int* asked = nullptr) {
  return [text = std::move(text), asked]() -> Result<Secret> {
    if (asked != nullptr) ++*asked;
    return Secret(text);
  };
}

bool signs(const Signer& signer, std::uint8_t filling = 7) {
  const Bytes digest(digest_size(hash_of(signer.algorithm())), filling);
  return PublicKey::load(signer.public_key())
      .value()
      .verify_digest(signer.algorithm(), digest, signer.sign(digest));
}

// Tries until the token is connected to again, which is tried once a second.
bool signs_again(const Signer& signer) {
  for (int i = 0; i < 6000; ++i) {
    try {
      return signs(signer);
    } catch (const SignerAway&) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }
  return false;
}

// Lies beside this program.
std::string hanging_module() {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename("hanging_token.so");
}

// Signatures of the hanging module wait while it exists.
class Hanging final {
 public:
  Hanging() { ::setenv("JPKI_TEST_TOKEN_HANGS", file().c_str(), 1); }
  ~Hanging() { end(); }
  Hanging(const Hanging&) = delete;
  Hanging& operator=(const Hanging&) = delete;
  void begin() const { std::ofstream(file()) << "\n"; }
  void end() const { std::filesystem::remove(file()); }

 private:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "hangs"; }
  support::TemporaryFolder folder_;
};

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

}  // namespace

TEST_CASE("keys of every kind are made on a token and sign there") {
  const support::SoftToken soft;
  const auto token = Token::make(soft.uri(), pin("1234")).value();
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::rsa_2048, KeyAlgorithm::rsa_4096, KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384}) {
    CAPTURE(to_string(algorithm));
    const std::string label(to_string(algorithm));
    const auto signer = token->generate({label, {1, static_cast<std::uint8_t>(algorithm)}}, algorithm);
    REQUIRE(signer.has_value());
    CHECK((*signer)->place() == SignerPlace::remote);
    CHECK(key_algorithm_of((*signer)->public_key()).value() == algorithm);
    CHECK(signs(**signer));
  }
}

TEST_CASE("a key on a token is found again by its id, and by many threads at once") {
  const support::SoftToken soft;
  const TokenKeyName name{"ca-sign-1", {9, 9}};
  Bytes public_key;
  {
    const auto token = Token::make(soft.uri(), pin("1234")).value();
    public_key = token->generate(name, KeyAlgorithm::ecdsa_p256).value()->public_key();
  }
  int asked = 0;
  const auto token = Token::make(soft.uri(), pin("1234", &asked)).value();
  const auto signer = token->signer(name, public_key).value();
  CHECK(asked == 0);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (std::uint8_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 8; ++round)
        right += signs(*signer, i) ? 1 : 0;
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(right == 32);
  CHECK(asked == 1);
}

TEST_CASE("a label that is taken is refused, and a removed key is gone") {
  const support::SoftToken soft;
  const auto token = Token::make(soft.uri(), pin("1234")).value();
  const TokenKeyName name{"ca-sign-1", {1}};
  const auto signer = token->generate(name, KeyAlgorithm::ecdsa_p256).value();
  const auto twice = token->generate({"ca-sign-1", {2}}, KeyAlgorithm::ecdsa_p256);
  REQUIRE(twice.has_error());
  CHECK(twice.error().code == Errc::already_exists);
  CHECK(signs(*signer));
  CHECK(token->destroy(name).has_value());
  CHECK(token->destroy(name).has_value());
  CHECK_THROWS_AS(static_cast<void>(signs(*signer)), SignerAway);
  CHECK(token->generate({"ca-sign-1", {2}}, KeyAlgorithm::ecdsa_p256).has_value());
}

TEST_CASE("a wrong label, a wrong module and a PIN in the URI are named") {
  const support::SoftToken soft;
  const auto other = Token::make(support::SoftToken::uri_of("other"), pin("1234")).value()->try_out();
  REQUIRE(other.has_error());
  CHECK(other.error().code == Errc::not_found);
  CHECK(other.error().text().find("there is no token other") != std::string::npos);
  const auto module = Token::make("pkcs11:token=x?module-path=/nowhere.so", pin("1234")).value()->try_out();
  REQUIRE(module.has_error());
  CHECK(module.error().text().find("/nowhere.so") != std::string::npos);
  CHECK(Token::make("pkcs11:token=x?pin-value=1234", pin("1")).has_error());
  CHECK(Token::make("pkcs11:", pin("1")).has_error());
  CHECK(Token::make("jpki", pin("1")).has_error());
}

TEST_CASE("a PIN that was refused is not tried again") {
  const support::SoftToken soft;
  int asked = 0;
  const auto token = Token::make(soft.uri(), pin("9999", &asked)).value();
  for (int i = 0; i < 3; ++i) {
    const auto tried = token->try_out();
    REQUIRE(tried.has_error());
    CHECK(tried.error().code == Errc::invalid_value);
    CHECK(tried.error().text().find("9999") == std::string::npos);
  }
  CHECK(asked == 1);
  REQUIRE(token->fault().has_value());
  // The token has counted one wrong PIN, and lets the right one in.
  CHECK(Token::make(soft.uri(), pin("1234")).value()->try_out().has_value());
}

TEST_CASE("a token that was away is used again when it is back") {
  support::SoftToken soft;
  const auto token = Token::make(soft.uri(), pin("1234")).value();
  const auto signer = token->generate({"ca-sign-1", {1}}, KeyAlgorithm::ecdsa_p256).value();
  CHECK(signs(*signer));
  CHECK_FALSE(token->fault().has_value());
  soft.remove();
  CHECK_THROWS_AS(static_cast<void>(signs(*signer)), SignerAway);
  CHECK(token->fault().has_value());
  soft.insert();
  CHECK(signs_again(*signer));
  CHECK_FALSE(token->fault().has_value());
}

TEST_CASE("a token that hangs is given up, and used again when it answers") {
  const support::SoftToken soft;
  const Hanging hanging;
  const auto token = Token::make(soft.uri(hanging_module()), pin("1234")).value();
  const auto signer = token->generate({"ca-sign-1", {1}}, KeyAlgorithm::ecdsa_p256).value();
  CHECK(signs(*signer));
  hanging.begin();
  CHECK_THROWS_WITH_AS(static_cast<void>(signs(*signer)), doctest::Contains("does not answer"), SignerAway);
  CHECK(token->fault().value_or("").find("does not answer") != std::string::npos);
  // The others are not kept waiting by what the first one waits for.
  for (int i = 0; i < 100; ++i)
    CHECK_THROWS_AS(static_cast<void>(signs(*signer)), SignerAway);
  CHECK(token->try_out().has_error());
  hanging.end();
  CHECK(signs_again(*signer));
  CHECK_FALSE(token->fault().has_value());
}

TEST_CASE("the end of a token waits for no call that hangs") {
  const support::SoftToken soft;
  const std::ptrdiff_t threads = threads_of_this_process();
  const Hanging hanging;
  {
    const auto token = Token::make(soft.uri(hanging_module()), pin("1234")).value();
    const auto signer = token->generate({"ca-sign-1", {1}}, KeyAlgorithm::ecdsa_p256).value();
    hanging.begin();
    CHECK_THROWS_AS(static_cast<void>(signs(*signer)), SignerAway);
  }
  // Here both are gone, and their last call goes on.
  CHECK(threads_of_this_process() > threads);
  hanging.end();
  for (int i = 0; i < 6000 && threads_of_this_process() > threads; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  CHECK(threads_of_this_process() == threads);
}

TEST_CASE("a secret that was wrapped for a token opens there and nowhere else") {
  const support::SoftToken soft;
  const auto token = Token::make(soft.uri(), pin("1234")).value();
  Rng rng = Rng::system();
  const TokenKeyName name{"wrap", {5}}, other{"other", {6}};
  const Bytes public_key = token->generate_wrapping_key(name).value();
  CHECK(token->generate_wrapping_key(other).has_value());
  const Bytes secret = rng.bytes(32);
  const Bytes wrapped = wrap_for_token(secret, public_key, rng);
  CHECK(token->unwrap(name, wrapped).value() == secret);
  CHECK(token->unwrap(other, wrapped).has_error());
  CHECK(token->unwrap(name, rng.bytes(256)).has_error());
}

}  // namespace pki
