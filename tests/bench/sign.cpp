// Bare signatures: the limit that everything signed is measured against.

#include <atomic>
#include <thread>
#include <vector>

#include "pki/hash.h"
#include "pki/key_pool.h"
#include "pki/signer.h"
#include "tests/bench/options.h"

namespace bench {

// [--threads N] [--count N] [--key rsa2048|p256]: `count` signatures over all threads by the product's
// signer.
int sign(const Options& options) {
  pki::Rng rng = pki::Rng::system();
  const pki::PrivateKey key =
      options.text("key", "rsa2048") == "p256"
          ? pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng)
          : pki::PrivateKey::all_from_pem(pki::builtin_authority_keys()).value().front();
  const auto signer = pki::make_openssl_signer(key);
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, {});
  const auto count = static_cast<std::int64_t>(options.number("count", 4000));
  std::atomic<std::int64_t> left = count;
  const Stopwatch watch;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < options.number("threads", 2); ++i)
      threads.emplace_back([&] {
        while (left.fetch_sub(1) > 0) [[maybe_unused]]
          const pki::Bytes signature = signer->sign(digest);
      });
  }
  report("seconds", watch.seconds());
  report("rate", static_cast<double>(count) / watch.seconds());
  return 0;
}

}  // namespace bench
