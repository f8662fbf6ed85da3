// The next generation of a CA and the names of its distribution points.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "ca/ceremony.h"
#include "pki/certificate.h"
#include "registry/crls.h"
#include "registry/issuers.h"
#include "registry/municipalities.h"
#include "registry/serials.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

using namespace support;

class Rolling : public AuthorityWorld {
 public:
  pki::Result<registry::IssuerId> roll(pki::CaName name) {
    writer.reset();
    auto transaction = store::begin_exclusive_write(*environment);
    const auto rows = registry::all_municipalities(transaction);
    auto rolled = hold_rollover(transaction, keys, name,
                                {.profile = profile,
                                 .municipalities = rows,
                                 .now = clock.now(),
                                 .make_key =
                                     [](std::string_view, pki::KeyAlgorithm) {
                                       static std::size_t next = 0;
                                       return authority_keys().at(6 + next++ % 2);
                                     },
                                 .key_heading = {},
                                 .actor = with_role(registry::Role::officer),
                                 .links = links});
    if (rolled.has_value()) transaction.commit();
    return rolled;
  }

  // As a running service rolls: made beside it, put on record by a command, in use from the commit on.
  void roll_online(pki::CaName name) {
    const Succession succession = plan_rollover(read(), name, LinkChoice::none).value();
    const PointNames points =
        name_points(read(), profile, registry::all_municipalities(read()), succession.id).value();
    std::uint64_t serial = registry::reserve_serials(*writer, name, 4).value().value;
    const std::string no_heading;
    const KeySource source = [this](std::string_view, pki::KeyAlgorithm) {
      return authority_keys().at(6 + made_++ % 2);
    };
    const NewGeneration made = make_generation({.profile = profile,
                                                .keys = keys,
                                                .make_key = source,
                                                .key_heading = no_heading,
                                                .id = succession.id,
                                                .now = clock.now(),
                                                .next_serial = [&]() -> pki::Result<pki::SerialNumber> {
                                                  return pki::SerialNumber{serial++};
                                                }})
                                   .value();
    authority->announce(made.issuer);
    CHECK(&authority->current(name) == authority->find(succession.predecessor));
    write([&](store::WriteTransaction& transaction) { put_generation(transaction, made, points); });
    CHECK(authority->current(read(), name).id() == succession.id);
    authority->begin(succession.id);
    CHECK(authority->current(name).id() == succession.id);
  }

  [[nodiscard]] std::string verify_with_openssl(const pki::Bytes& anchor, const pki::Bytes& certificate) {
    const auto pem = [&](const std::string& name, const pki::Bytes& der) {
      std::string path = folder.file(name);
      write_file(path, pki::as_bytes(pki::encode_pem("CERTIFICATE", der)));
      return path;
    };
    const auto result =
        run("openssl verify -x509_strict -attime " + std::to_string(pki::to_unix(clock.now()) + 60) +
            " -CAfile " + pem("anchor.pem", anchor) + " " + pem("asked.pem", certificate));
    return result.exit_code == 0 ? "OK" : result.output;
  }

  // Gives a municipality another romanised name.
  void rename(std::uint32_t code, const std::string& romaji) {
    write([&](store::WriteTransaction& transaction) {
      for (registry::Municipality row : registry::all_municipalities(transaction)) {
        if (row.code != code) continue;
        row.name_romaji = romaji;
        registry::put_municipality(transaction, row);
      }
    });
  }

  [[nodiscard]] std::string romaji(std::uint32_t code) const {
    for (const registry::Municipality& row : registry::all_municipalities(environment->read()))
      if (row.code == code) return row.name_romaji;
    return {};
  }

  LinkChoice links = LinkChoice::none;

 private:
  std::size_t made_ = 0;
};

constexpr std::uint32_t kKiyoseCode = 132217, kSetagayaCode = 131121;
constexpr registry::IssuerId kFirst{pki::CaName::sign, 1}, kSecond{pki::CaName::sign, 2};

}  // namespace

TEST_CASE("the distribution points of a new generation have the names of the old one") {
  Rolling world;
  REQUIRE(world.roll(pki::CaName::sign).value() == kSecond);
  const auto snapshot = world.read();
  for (const pki::DistributionPoint point : registry::points_of(snapshot, kFirst))
    CHECK(registry::have_same_directory_name(snapshot, point, kFirst, kSecond));
}

TEST_CASE("a rollover refuses a distribution point's name that an older generation uses for another code") {
  Rolling world;
  const std::string setagaya = world.romaji(kSetagayaCode);
  world.rename(kSetagayaCode, "Elsewhere");
  world.rename(kKiyoseCode, setagaya);
  const auto refused = world.roll(pki::CaName::sign);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  CHECK(refused.error().text().find("131121") != std::string::npos);
  CHECK(refused.error().text().find("132217") != std::string::npos);
  CHECK_FALSE(registry::find_issuer(world.read(), kSecond).has_value());
}

TEST_CASE("issuing goes on while its CA rolls, and by the new generation alone from the commit on") {
  Rolling world;
  std::vector<registry::ResidentId> residents;
  for (int i = 0; i < 600; ++i)
    residents.push_back(world.add_resident());
  std::vector<registry::CertificateId> issued;
  std::atomic<int> rolled = 0;
  std::string refusal;
  std::atomic<std::size_t> count = 0;
  std::atomic<bool> has_ended = false;
  const auto wait_for_issue = [&] {
    const std::size_t before = count;
    if (!has_ended) count.wait(before);
  };
  std::jthread issuing([&] {
    for (int after = 0; after < 3 && issued.size() < residents.size();) {
      after += rolled == 2 ? 1 : 0;
      const auto certificate =
          world.issuance->issue(world.issue_request(residents[issued.size()], pki::CertificateKind::sign));
      if (certificate.has_error()) refusal = certificate.error().text();
      if (certificate.has_error()) break;
      issued.push_back(certificate->id);
      ++count;
      count.notify_all();
    }
    has_ended = true;
    ++count;
    count.notify_all();
  });
  for (int i = 0; i < 2; ++i) {
    wait_for_issue();
    world.roll_online(pki::CaName::sign);
    ++rolled;
  }
  issuing.join();
  CHECK(refusal == "");
  CHECK(issued.front().issuer == kFirst);
  CHECK(issued.back().issuer == registry::IssuerId{pki::CaName::sign, 3});
  CHECK(std::ranges::is_sorted(issued, {}, [](const auto& id) { return id.issuer.generation; }));
}

TEST_CASE("a generation that is withdrawn was never there") {
  Rolling world;
  world.authority->announce(world.authority->current(pki::CaName::auth));
  world.authority->withdraw({pki::CaName::auth, 1});
  CHECK(world.authority->generations().size() == 3);
  CHECK(world.authority->find({pki::CaName::auth, 1}) != nullptr);
}

TEST_CASE("link certificates lead from each key to the other, strangers say") {
  Rolling world;
  world.links = LinkChoice::make;
  REQUIRE(world.roll(pki::CaName::sign).has_value());
  const auto first = registry::find_issuer(world.read(), kFirst).value();
  const auto second = registry::find_issuer(world.read(), kSecond).value();
  REQUIRE(second.links.has_value());
  CHECK_FALSE(first.links.has_value());
  CHECK(world.verify_with_openssl(first.certificate, second.links->new_with_old) == "OK");
  CHECK(world.verify_with_openssl(second.certificate, second.links->old_with_new) == "OK");
  CHECK(world.verify_with_openssl(second.certificate, second.links->new_with_old) != "OK");
  const auto link = pki::Certificate::decode(second.links->new_with_old).value();
  const auto own = pki::Certificate::decode(second.certificate).value();
  CHECK(pki::equal(link.subject_public_key_info(), own.subject_public_key_info()));
  CHECK(pki::equal(link.subject(), own.subject()));
  CHECK(link.not_after() <= own.not_after());
}

TEST_CASE("no link certificate is made from a compromised key, and none unless it is asked for") {
  Rolling world;
  world.write([&](store::WriteTransaction& transaction) {
    auto issuer = registry::find_issuer(transaction, kFirst).value();
    issuer.compromise = registry::Compromise{.recorded_at = world.clock.now(), .sequence = 1};
    registry::put_issuer(transaction, issuer);
  });
  world.links = LinkChoice::make;
  const auto refused = world.roll(pki::CaName::sign);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  world.links = LinkChoice::none;
  REQUIRE(world.roll(pki::CaName::sign).has_value());
  CHECK_FALSE(registry::find_issuer(world.read(), kSecond)->links.has_value());
}

TEST_CASE("the operations CA rolls, always with link certificates") {
  Rolling world;
  const registry::IssuerId second{pki::CaName::operations, 2};
  REQUIRE(world.roll(pki::CaName::operations).value() == second);
  const auto issuer = registry::find_issuer(world.read(), second).value();
  REQUIRE(issuer.links.has_value());
  const auto first = registry::find_issuer(world.read(), {pki::CaName::operations, 1}).value();
  CHECK(world.verify_with_openssl(first.certificate, issuer.links->new_with_old) == "OK");
  CHECK(registry::points_of(world.read(), second).empty());
  CHECK_FALSE(registry::find_responder(world.read(), second).has_value());
}

TEST_CASE("a municipality that was renamed has a distribution point of its own in the new generation") {
  Rolling world;
  world.rename(kKiyoseCode, "Renamed-shi");
  REQUIRE(world.roll(pki::CaName::sign).has_value());
  CHECK(registry::generations_of(world.read(), {kFirst, {kKiyoseCode}}) == std::vector<std::uint8_t>{1});
  CHECK(registry::generations_of(world.read(), {kSecond, {kSetagayaCode}}) ==
        std::vector<std::uint8_t>{1, 2});
}

}  // namespace ca
