// A CA's next generation while everything is asked all the time.

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "crl/arl.h"
#include "pki/certificate.h"
#include "registry/issuers.h"
#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

constexpr registry::IssuerId kFirst{pki::CaName::sign, 1}, kSecond{pki::CaName::sign, 2};

class RollingWorld : public OperatorWorld {
 public:
  RollingWorld() { add_staff(); }

  // What an officer has asked for and a supervisor confirms; gives the answer to the confirmation.
  http::Response roll(std::string_view body) {
    const auto asked = by("akiko", Method::post, "/v1/generations", body);
    INFO(support::body_of(asked));
    REQUIRE(asked.status == 202);
    const auto request = object_of(asked).at("request").as_object();
    return by("saburo", Method::post, "/v1/requests/" + text_of(request, "id") + "/confirm",
              R"({"digest":")" + text_of(request, "digest") + R"("})");
  }
  http::Response get(const std::string& path) {
    return support::call_route(verifier_router, http::make_request(Method::get, path, {}, {}));
  }
  [[nodiscard]] std::string verify_with_openssl(const std::string& anchor, const std::string& name) {
    const auto pem = [&](const std::string& file) {
      const std::string body = support::body_of(get("/ca/" + file + ".cer"));
      std::string path = folder.file(file + ".pem");
      support::write_file(path, pki::as_bytes(pki::encode_pem("CERTIFICATE", pki::as_bytes(body))));
      return path;
    };
    const auto result =
        support::run("openssl verify -x509_strict -attime " + std::to_string(pki::to_unix(clock.now()) + 60) +
                     " -CAfile " + pem(anchor) + " " + pem(name));
    return result.exit_code == 0 ? "OK" : result.output;
  }
  [[nodiscard]] std::size_t key_files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder.path() / "keys"), {}));
  }
};

// Asks about certificates from a thread of its own until it is destroyed.
class Asker final {
 public:
  Asker(RollingWorld& world, registry::CertificateId good, registry::CertificateId revoked)
      : thread_([&world, good, revoked, this](const std::stop_token& stop) {
          const std::string was = world.ocsp_status(revoked);
          while (!stop.stop_requested()) {
            if (world.ocsp_status(good) != "good" || world.ocsp_status(revoked) != was) ++wrong;
            ++rounds;
            rounds.notify_all();
          }
        }) {}
  // Until it has asked again.
  void wait() { rounds.wait(rounds.load()); }

  std::atomic<std::size_t> rounds{0}, wrong{0};

 private:
  std::jthread thread_;
};

}  // namespace

TEST_CASE("status and issuing go on without a wrong or failed answer while both CAs roll") {
  RollingWorld world;
  const auto good = world.issue(world.add_resident(), pki::CertificateKind::sign).id;
  const auto holder = world.add_resident();
  const auto revoked = world.issue(holder, pki::CertificateKind::sign).id;
  REQUIRE(world.event({.resident = holder, .event = law::Event::key_notice}).has_value());
  world.publish(crl::PublicationKind::complete_and_delta);
  std::vector<registry::ResidentId> residents;
  for (int i = 0; i < 400; ++i)
    residents.push_back(world.add_resident());
  std::vector<registry::CertificateId> issued;
  {
    Asker asker(world, good, revoked);
    std::atomic<bool> rolled = false;
    std::jthread issuing([&] {
      for (std::size_t after = 0; after < 3 && issued.size() < residents.size();) {
        after += rolled ? 1U : 0U;
        issued.push_back(world.issue(residents[issued.size()], pki::CertificateKind::sign).id);
      }
    });
    asker.wait();
    CHECK(world.roll(R"({"ca":"sign"})").status == 200);
    CHECK(world.roll(R"({"ca":"auth","link_certificates":true})").status == 200);
    rolled = true;
    issuing.join();
    asker.wait();
    CHECK(asker.wrong == 0);
  }
  // In the order of their issue: once the second generation has begun, the first issues nothing.
  CHECK(issued.back().issuer == kSecond);
  CHECK(std::ranges::is_sorted(issued, {}, [](const auto& id) { return id.issuer.generation; }));
  for (const registry::CertificateId& id : issued)
    CHECK(world.ocsp_status(id) == "good");
  CHECK(world.faults == 0);
  world.publish(crl::PublicationKind::complete_and_delta);
  world.check();
  world.check_lists_are_current();
  CHECK(registry::generations_of(world.read(), {kSecond, {132217}}) == std::vector<std::uint8_t>{1, 2});
}

TEST_CASE("a dry run and a request of a rollover make nothing, and say what would begin") {
  RollingWorld world;
  const std::size_t files = world.key_files();
  const auto before = world.dump();
  const auto dry = world.by("akiko", Method::post, "/v1/generations", R"({"ca":"sign","dry_run":true})");
  CHECK(dry.status == 200);
  CHECK(text_of(object_of(dry), "issuer") == "sign-2");
  CHECK(world.dump() == before);
  const auto asked = world.by("akiko", Method::post, "/v1/generations", R"({"ca":"sign"})");
  CHECK(asked.status == 202);
  CHECK(text_of(object_of(asked).at("preview").as_object(), "predecessor") == "sign-1");
  CHECK(world.key_files() == files);
  CHECK_FALSE(registry::find_issuer(world.read(), kSecond).has_value());
  CHECK(world.by("saburo", Method::post, "/v1/generations", R"({"ca":"sign"})").status == 403);
}

TEST_CASE("the first lists of a generation are there when its rollover is answered, under every name") {
  RollingWorld world;
  world.publish(crl::PublicationKind::complete_and_delta);
  REQUIRE(world.roll(R"({"ca":"sign"})").status == 200);
  for (const char* path : {"/crl/sign/full.crl", "/crl/sign-2/132217/full.crl", "/crl/sign-1/full.crl"})
    CHECK(world.get(path).status == 200);
  CHECK(world.get("/ca/sign.cer").status == 200);
  CHECK(support::body_of(world.get("/ca/sign.cer")) == support::body_of(world.get("/ca/sign-2.cer")));
  CHECK(world.get("/ca/sign-2-with-1.cer").status == 404);
}

TEST_CASE("link certificates lead from each key to the other, until one of them is compromised") {
  RollingWorld world;
  REQUIRE(world.roll(R"({"ca":"sign","link_certificates":true})").status == 200);
  CHECK(world.verify_with_openssl("sign-1", "sign-2-with-1") == "OK");
  CHECK(world.verify_with_openssl("sign-2", "sign-1-with-2") == "OK");
  CHECK(world.verify_with_openssl("sign-2", "sign-2-with-1") != "OK");
  const auto links = registry::find_issuer(world.read(), kSecond)->links.value();
  CHECK(crl::revoked_ca_certificates(world.read(), pki::CaName::sign).empty());

  world.write([&](store::WriteTransaction& transaction) {
    auto issuer = registry::find_issuer(transaction, kFirst).value();
    issuer.compromise = registry::Compromise{.recorded_at = world.clock.now(), .sequence = 1};
    registry::put_issuer(transaction, issuer);
  });
  CHECK(world.get("/ca/sign-2-with-1.cer").status == 410);
  CHECK(world.get("/ca/sign-1-with-2.cer").status == 410);
  std::vector<pki::SerialNumber> revoked;
  for (const auto& one : crl::revoked_ca_certificates(world.read(), pki::CaName::sign))
    revoked.push_back(one.serial);
  for (const pki::Bytes& link : {links.new_with_old, links.old_with_new}) {
    const auto serial = pki::serial_from_content(pki::Certificate::decode(link)->serial_content()).value();
    CHECK(std::ranges::count(revoked, serial) == 1);
  }
  CHECK(revoked.size() == 3);
}

TEST_CASE("no link certificate is made from a compromised key") {
  RollingWorld world;
  world.write([&](store::WriteTransaction& transaction) {
    auto issuer = registry::find_issuer(transaction, kFirst).value();
    issuer.compromise = registry::Compromise{.recorded_at = world.clock.now(), .sequence = 1};
    registry::put_issuer(transaction, issuer);
  });
  const auto refused =
      world.by("akiko", Method::post, "/v1/generations", R"({"ca":"sign","link_certificates":true})");
  CHECK(refused.status == 409);
  REQUIRE(world.roll(R"({"ca":"sign"})").status == 200);
  CHECK_FALSE(registry::find_issuer(world.read(), kSecond)->links.has_value());
}

TEST_CASE("credentials of both generations of the operations CA are accepted after it rolled") {
  RollingWorld world;
  const registry::IssuerId first{pki::CaName::operations, 1}, second{pki::CaName::operations, 2};
  REQUIRE(world.roll(R"({"ca":"ops"})").status == 200);
  CHECK(world.get("/ca/ops-2-with-1.cer").status == 200);
  CHECK(world.verify_with_openssl("ops-1", "ops-2-with-1") == "OK");
  world.add("jun", {"auditor"});
  const auto issuer_of = [&](const std::string& name) {
    const auto certificate = pki::Certificate::decode(*world.certificates_.at(name)).value();
    for (const registry::IssuerId id : {first, second}) {
      const auto ca = pki::Certificate::decode(registry::find_issuer(world.read(), id)->certificate).value();
      if (pki::is_signed_by(certificate, ca.subject_public_key_info())) return to_string(id);
    }
    return std::string("nobody");
  };
  CHECK(issuer_of("akiko") == "ops-1");
  CHECK(issuer_of("jun") == "ops-2");
  CHECK(world.by("akiko", Method::get, "/v1/generations").status == 200);
  CHECK(world.by("jun", Method::get, "/v1/audit").status == 200);
}

TEST_CASE("a rollover that was planned before another one took place makes nothing") {
  RollingWorld world;
  const ca::Succession planned = ca::plan_rollover(world.read(), pki::CaName::sign, {}).value();
  REQUIRE(world.roll(R"({"ca":"sign"})").status == 200);
  const std::size_t files = world.key_files();
  const auto late = world.running->rollover().prepare(planned);
  CHECK(late.error().code == pki::Errc::conflict);
  CHECK(world.key_files() == files);
  CHECK(world.running->ocsp().self_test(world.clock.now()).has_value());
}

TEST_CASE(
    "rollovers that are not recorded leave nothing, and readiness does not look for their generations") {
  RollingWorld world;
  const std::size_t files = world.key_files();
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth}) {
    const auto pending =
        world.running->rollover().prepare(ca::plan_rollover(world.read(), ca, {}).value()).value();
    CHECK(world.running->ocsp().self_test(world.clock.now()).has_value());
  }
  CHECK(world.running->ocsp().self_test(world.clock.now()).has_value());
  CHECK(world.key_files() == files);
  CHECK(world.roll(R"({"ca":"sign"})").status == 200);
}

TEST_CASE("a key file that a broken rollover left is named, and nothing begins") {
  RollingWorld world;
  support::write_file(world.keys.path_of("ca-sign-2.key"), pki::as_bytes("left"));
  const auto answer = world.roll(R"({"ca":"sign"})");
  INFO(support::body_of(answer));
  CHECK(answer.status == 409);
  CHECK(text_of(object_of(answer), "detail").find("ca-sign-2.key") != std::string::npos);
  CHECK_FALSE(registry::find_issuer(world.read(), kSecond).has_value());
  CHECK(std::filesystem::exists(world.keys.path_of("ca-sign-2.key")));
}

}  // namespace admin
