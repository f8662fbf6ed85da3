// The mark outside the data folder: what it remembers, and which stores it refuses.

#include "service/high_water.h"

#include "pki/file.h"
#include "pki/hash.h"
#include "registry/compromise.h"
#include "registry/issuers.h"
#include "tests/registry/store.h"

namespace service {

namespace {

using registry::testing::kAuth;
using registry::testing::kSign;

class World {
 public:
  World() {
    store.write([](store::WriteTransaction& transaction) {
      for (const registry::IssuerId id : {kSign, kAuth})
        registry::put_issuer(transaction, {.id = id,
                                           .certificate = {0x30, 0x00},
                                           .key_file = "k",
                                           .public_url = "http://x",
                                           .compromise = {}});
      registry::skip_serials(transaction, pki::CaName::sign, 100);
    });
  }
  void compromise() {
    store.write([&](store::WriteTransaction& transaction) {
      registry::record_compromise(transaction, kSign, store.clock.now());
    });
  }
  // Every commit is followed by the mark in a folder, as the service does.
  void follow(SafetyFolder& safety) {
    store.writer =
        std::make_unique<store::Writer>(*store.environment, store.clock, store::WriterLimits{},
                                        [&](const store::ReadTransaction& state) { safety.follow(state); });
  }
  HighWater mark() { return high_water_of(store.read()); }
  std::string older(const HighWater& mark) { return find_older(mark, store.read()).value_or(""); }

  registry::testing::Store store;
};

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a mark, written and read, is the same; one that was altered or cut is refused") {
  World world;
  world.store.issue(7);
  const std::string text = encode(world.mark());
  CHECK(encode(decode_high_water(text).value()) == text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK(decode_high_water(other).has_error());
    CHECK(decode_high_water(text.substr(0, i)).has_error());
  }
}

TEST_CASE("a store at or beyond the mark is accepted") {
  World world;
  const HighWater mark = world.mark();
  CHECK(world.older(mark) == "");
  world.store.issue(7);
  world.store.write([](store::WriteTransaction& transaction) {
    CHECK(registry::take_serial(transaction, kSign.ca).value == 101);
  });
  CHECK(world.older(mark) == "");
}

TEST_CASE(
    "a store is older when a serial, a CRL number, a change, a generation or an audit entry is missing") {
  World world;
  const HighWater now = world.mark();
  HighWater mark = now;
  mark.serials[pki::CaName::sign] = 101;
  CHECK(world.older(mark) == "sign serial 101 was given, while the store ends at 100");
  mark = now;
  mark.crl_numbers[pki::CaName::auth] = 5;
  CHECK(says(world.older(mark), "auth CRL number 5"));
  mark = now;
  mark.sequences[kSign] = 1;
  CHECK(says(world.older(mark), "sign-1 change 1"));
  mark = now;
  mark.sequences[registry::testing::kSign2] = 0;
  CHECK(says(world.older(mark), "sign-2"));
  mark = now;
  ++mark.audit.sequence;
  CHECK(says(world.older(mark), "audit entry"));
}

TEST_CASE("a store that does not know a compromise is older") {
  World world;
  HighWater mark = world.mark();
  mark.compromised[kSign] = world.store.clock.now();
  CHECK(says(world.older(mark), "the compromise of sign-1"));
  world.compromise();
  CHECK(world.older(mark) == "");
}

TEST_CASE("the mark of an earlier version is read, and what a later one adds is passed over") {
  World world;
  HighWater mark = world.mark();
  mark.written.reset();
  const std::string body = encode(mark).substr(0, encode(mark).rfind("sha256 "));
  const auto sealed = [](const std::string& text) {
    return text + "sha256 " + pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(text))) +
           "\n";
  };
  std::string former = body;
  former.replace(former.find(" 2\n"), 3, " 1\n");
  CHECK(encode(decode_high_water(sealed(former)).value()) == encode(mark));
  CHECK(encode(decode_high_water(sealed(body + "phase moon 3\n")).value()) == encode(mark));
}

TEST_CASE("a store with another past is refused although it has come as far") {
  World world;
  HighWater mark = world.mark();
  mark.audit.hash[3] ^= 1;
  CHECK(says(world.older(mark), "is not the one that was there"));
}

TEST_CASE("the mark follows the commits that give serials, and outlives the store") {
  World world;
  const support::TemporaryFolder folder;
  SafetyFolder safety(folder.path() / "safety", world.store.read());
  CHECK_FALSE(safety.read().value().has_value());
  world.store.writer =
      std::make_unique<store::Writer>(*world.store.environment, world.store.clock, store::WriterLimits{},
                                      [&](const store::ReadTransaction& state) { safety.follow(state); });
  world.store.write(
      [](store::WriteTransaction& transaction) { registry::skip_serials(transaction, kSign.ca, 500); });
  // Written before the change was acknowledged.
  CHECK(safety.read().value()->serials.at(pki::CaName::sign) == 500);
  CHECK(safety.read().value()->audit == store::read_audit_head(world.store.read()));
  CHECK_FALSE(safety.fault());

  registry::testing::Store old;
  const auto refused = refuse_old_store(old.read(), folder.path() / "crl", &safety);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  CHECK(says(refused.error().text(), "jpki restore"));
  CHECK(refuse_old_store(world.store.read(), folder.path() / "crl", &safety).has_value());
}

// Between two publications nothing but the mark shows that an older store was put back.
TEST_CASE("a revocation, a hold, a release and a compromise are on the mark before they are acknowledged") {
  World world;
  const support::TemporaryFolder folder;
  SafetyFolder safety(folder.path() / "safety", world.store.read());
  world.follow(safety);
  const auto marked = [&] { return safety.read().value()->sequences.at(kSign); };
  const registry::CertificateId id{kSign, {7}};
  world.store.issue(7);
  const std::uint64_t issued = marked();
  const auto revoke = [&](pki::CrlReason reason) {
    world.store.write([&](store::WriteTransaction& transaction) {
      registry::record_revocation(transaction, id, {world.store.clock.now(), reason},
                                  world.store.clock.now());
    });
  };
  revoke(pki::CrlReason::certificate_hold);
  CHECK(marked() == issued + 1);
  world.store.write([&](store::WriteTransaction& transaction) {
    registry::record_release(transaction, id, world.store.clock.now());
  });
  CHECK(marked() == issued + 2);
  // What is only issued from reserved serials costs no file.
  world.store.issue(8);
  CHECK(marked() == issued + 2);
  revoke(pki::CrlReason::key_compromise);
  CHECK(marked() == issued + 4);
  CHECK(safety.read().value()->audit == store::read_audit_head(world.store.read()));
  world.compromise();
  CHECK(safety.read().value()->compromised.contains(kSign));
}

TEST_CASE("the mark of a newer store is never replaced, and says so until the next start") {
  World world;
  const support::TemporaryFolder folder;
  SafetyFolder safety(folder.path(), world.store.read());
  world.follow(safety);
  world.store.issue(7);
  HighWater newer = world.mark();
  newer.sequences[kSign] += 5;
  const std::string text = encode(newer);
  support::write_file(safety.mark_file(), pki::as_bytes(text));
  CHECK_FALSE(safety.overtaken());
  safety.look(world.store.read());
  REQUIRE(safety.overtaken());
  CHECK(says(safety.fault().value_or(""), "of a newer store"));
  world.store.write(
      [](store::WriteTransaction& transaction) { registry::skip_serials(transaction, kSign.ca, 500); });
  CHECK(pki::read_file(safety.mark_file()).value() == text);
}

TEST_CASE("where a mark was kept its absence is refused, unless the operator begins another") {
  World world;
  const support::TemporaryFolder folder;
  const SafetyFolder safety(folder.path() / "not mounted", world.store.read());
  const auto refusal = [&](MissingMark missing) {
    const auto result = refuse_old_store(world.store.read(), folder.path() / "crl", &safety, missing);
    return result.has_error() ? result.error().text() : "";
  };
  // A store of an earlier version does not say.
  CHECK(refusal(MissingMark::refused) == "");
  world.store.write([](store::WriteTransaction& transaction) { note_mark_kept(transaction); });
  CHECK(says(refusal(MissingMark::refused), "--new-safety-folder"));
  CHECK(refusal(MissingMark::begun_anew) == "");
  CHECK(safety.save(world.mark()).has_value());
  CHECK(refusal(MissingMark::refused) == "");
}

TEST_CASE("a damaged mark is not taken for none, and a folder that cannot be written is a fault") {
  World world;
  const support::TemporaryFolder folder;
  SafetyFolder safety(folder.path(), world.store.read());
  support::write_file(safety.mark_file(), pki::as_bytes("jpki high water 1\n"));
  CHECK(safety.read().error().code == pki::Errc::malformed);
  support::write_file(folder.path() / "file", {});
  SafetyFolder unwritable(folder.path() / "file", world.store.read());
  unwritable.follow(world.store.read());
  CHECK(says(unwritable.fault().value_or(""), "cannot write"));
}

}  // namespace service
