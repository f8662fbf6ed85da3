// Who asks: the one function that OCSP, CRLs and the verifier services use.

#include "verifier/recognition.h"

#include <atomic>
#include <thread>

#include "pki/network.h"
#include "tests/registry/store.h"

namespace verifier::testing {

using namespace registry;
using namespace registry::testing;

namespace {

Verifier authenticating(std::string_view network) {
  Verifier verifier;
  verifier.name = "Example Bank";
  verifier.classes[VerifierClass::authentication] = {
      .notified = day(2026, 1, 1), .agreed = day(2026, 1, 1), .certified = {}};
  verifier.networks.push_back(pki::parse_network(network).value());
  return verifier;
}

class Directory {
 public:
  std::uint64_t put(Verifier verifier) {
    std::uint64_t id = 0;
    store.write([&](store::WriteTransaction& transaction) { id = put_verifier(transaction, verifier); });
    return id;
  }
  void change(std::uint64_t id, const std::function<void(Verifier&)>& function) {
    Verifier verifier = find_verifier(store.read(), id).value();
    function(verifier);
    put(verifier);
  }
  // The verifier that may ask about the CA, or 0.
  std::uint64_t ask(std::string_view address, pki::CaName ca = pki::CaName::auth) {
    const Evidence evidence{pki::parse_network(address)->address};
    const auto result = recognition.require(store.read(), evidence, ca, store.clock.now());
    if (result.has_error()) CHECK(result.error().code == pki::Errc::unauthorized);
    return result ? result->verifier : 0;
  }

  Store store;
  Recognition recognition;
};

}  // namespace

TEST_CASE("without registered verifiers no client is recognised") {
  Directory directory;
  CHECK(directory.ask("192.0.2.1") == 0);
  CHECK(directory.ask("::1") == 0);
}

TEST_CASE("an empty list of networks means no client, never every client") {
  Directory directory;
  Verifier verifier = authenticating("192.0.2.0/24");
  verifier.networks.clear();
  directory.put(verifier);
  CHECK(directory.ask("192.0.2.1") == 0);
  CHECK(directory.ask("0.0.0.0") == 0);
  CHECK(directory.ask("::") == 0);
}

TEST_CASE("a verifier is recognised by its network and for its classes alone") {
  Directory directory;
  const std::uint64_t bank = directory.put(authenticating("192.0.2.0/24"));
  CHECK(directory.ask("192.0.2.1") == bank);
  CHECK(directory.ask("192.0.3.1") == 0);
  CHECK(directory.ask("192.0.2.1", pki::CaName::sign) == 0);
}

TEST_CASE("of overlapping networks the longest prefix decides, whatever its standing") {
  Directory directory;
  const std::uint64_t wide = directory.put(authenticating("192.0.0.0/16"));
  const std::uint64_t narrow = directory.put(authenticating("192.0.2.0/24"));
  CHECK(directory.ask("192.0.1.1") == wide);
  CHECK(directory.ask("192.0.2.1") == narrow);
  directory.change(narrow, [](Verifier& verifier) {
    verifier.suspension = Suspension{.from = day(2026, 1, 1), .until = {}};
  });
  CHECK(directory.ask("192.0.2.1") == 0);
  CHECK(directory.ask("192.0.1.1") == wide);
}

TEST_CASE("a change is seen by the first request after its commit, and not by an older snapshot") {
  Directory directory;
  const std::uint64_t bank = directory.put(authenticating("192.0.2.0/24"));
  CHECK(directory.ask("192.0.2.1") == bank);
  const store::ReadTransaction before = directory.store.read();
  directory.change(bank, [](Verifier& verifier) {
    verifier.suspension = Suspension{.from = day(2026, 11, 23), .until = {}};
  });
  CHECK(directory.ask("192.0.2.1") == 0);
  const Evidence evidence{pki::parse_network("192.0.2.1")->address};
  const pki::Time now = directory.store.clock.now();
  CHECK(directory.recognition.require(before, evidence, pki::CaName::auth, now).has_value());
  CHECK(directory.ask("192.0.2.1") == 0);
  directory.change(bank, [](Verifier& verifier) { verifier.suspension.reset(); });
  CHECK(directory.ask("192.0.2.1") == bank);
  directory.change(bank, [](Verifier& verifier) { verifier.cancelled = day(2026, 11, 23); });
  CHECK(directory.ask("192.0.2.1") == 0);
}

TEST_CASE("threads that ask while the register changes get what their own snapshot says") {
  Directory directory;
  const std::uint64_t bank = directory.put(authenticating("192.0.2.0/24"));
  const Evidence evidence{pki::parse_network("192.0.2.1")->address};
  const pki::Time now = directory.store.clock.now();
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(3);
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const store::ReadTransaction snapshot = directory.store.read();
          const bool stands = !find_verifier(snapshot, bank)->suspension;
          const auto told = directory.recognition.require(snapshot, evidence, pki::CaName::auth, now);
          if (told.has_value() != stands) ++wrong;
        }
      });
    for (int i = 0; i < 50; ++i)
      directory.change(bank, [i](Verifier& verifier) {
        verifier.suspension.reset();
        if (i % 2 == 0) verifier.suspension = Suspension{.from = day(2026, 11, 23), .until = {}};
      });
  }
  CHECK(wrong == 0);
}

TEST_CASE("standing is that of the moment of the request") {
  Directory directory;
  Verifier verifier = authenticating("192.0.2.0/24");
  verifier.classes[VerifierClass::authentication].agreed = day(2026, 11, 24);
  const std::uint64_t bank = directory.put(verifier);
  CHECK(directory.ask("192.0.2.1") == 0);
  directory.store.clock.advance(24h);
  CHECK(directory.ask("192.0.2.1") == bank);
}

TEST_CASE("a network that a cancelled verifier gave up belongs to its next owner") {
  Directory directory;
  const std::uint64_t old = directory.put(authenticating("192.0.2.0/24"));
  directory.change(old, [](Verifier& verifier) { verifier.cancelled = day(2026, 11, 23); });
  const std::uint64_t next = directory.put(authenticating("192.0.2.0/24"));
  CHECK(directory.ask("192.0.2.1") == next);
}

}  // namespace verifier::testing
