// The next generation of a CA and the names of its distribution points.

#include <doctest/doctest.h>

#include "ca/ceremony.h"
#include "registry/crls.h"
#include "registry/issuers.h"
#include "registry/municipalities.h"
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
                                 .actor = with_role(registry::Role::officer)});
    if (rolled.has_value()) transaction.commit();
    return rolled;
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

TEST_CASE("a municipality that was renamed has a distribution point of its own in the new generation") {
  Rolling world;
  world.rename(kKiyoseCode, "Renamed-shi");
  REQUIRE(world.roll(pki::CaName::sign).has_value());
  CHECK(registry::generations_of(world.read(), {kFirst, {kKiyoseCode}}) == std::vector<std::uint8_t>{1});
  CHECK(registry::generations_of(world.read(), {kSecond, {kSetagayaCode}}) ==
        std::vector<std::uint8_t>{1, 2});
}

}  // namespace ca
