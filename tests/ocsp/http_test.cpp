// The HTTP side of the responder: GET and POST, caching fields, and what happens when there is too much to
// sign.

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

#include "tests/ocsp/world.h"
#include "tests/support/route.h"

namespace {

using namespace ocsp_world;
using ocsp::ResponseStatus;

constexpr std::uint64_t kSerial = 4660;

std::string fields_of(const http::Response& response) {
  std::string fields = response.content_type.empty() ? "" : "Content-Type: " + response.content_type + "\r\n";
  if (response.header_block) fields += *response.header_block;
  for (const http::Header& header : response.headers)
    fields += header.name + ": " + header.value + "\r\n";
  return fields;
}

bool has(const http::Response& response, std::string_view text) {
  return fields_of(response).find(text) != std::string::npos;
}

// A key that signs only when it is let.
class GatedSigner final : public pki::Signer {
 public:
  explicit GatedSigner(std::shared_ptr<const pki::Signer> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] pki::SignatureAlgorithm algorithm() const override { return inner_->algorithm(); }
  [[nodiscard]] const pki::Bytes& public_key() const override { return inner_->public_key(); }
  [[nodiscard]] pki::Bytes sign(pki::ByteView digest) const override {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --inside_;
    return inner_->sign(digest);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_until_inside() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inside_ > 0; });
  }

 private:
  std::shared_ptr<const pki::Signer> inner_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int inside_ = 0;
  bool open_ = true;
};

}  // namespace

TEST_CASE("GET carries the request in the path, raw or escaped, after one slash or two") {
  World world({.access = ocsp::AccessPolicy::open_to_all});
  world.issue(kSerial);
  const pki::Bytes request = data("good_sha512.der");
  const std::string base64 = pki::to_base64(request);
  for (const std::string& target : {ocsp::get_target("/ocsp/sign", request), "/ocsp/sign/" + base64,
                                    "/ocsp/sign//" + base64, "/ocsp/sign/" + base64 + "?ignored"}) {
    INFO(target);
    const auto response = world.send(http::make_request(http::Method::get, target));
    CHECK(response.status == 200);
    CHECK(has(response, "Content-Type: application/ocsp-response"));
    const pki::Bytes answer = World::body(response);
    (void)verified(request, answer, "sign_ca.cer", kStart);
  }
  CHECK(world.service->counters().cache_hits == 3);
  CHECK(status_of(World::body(world.send(http::make_request(http::Method::get, "/ocsp/sign/!!")))) ==
        ResponseStatus::malformed_request);
  CHECK(status_of(World::body(world.send(http::make_request(http::Method::get, "/ocsp/sign/")))) ==
        ResponseStatus::malformed_request);
}

TEST_CASE("slashes too many, anywhere before the request, are tolerated") {
  World world({.access = ocsp::AccessPolicy::open_to_all});
  world.issue(kSerial);
  const pki::Bytes request = data("good_sha512.der");
  const std::string base64 = pki::to_base64(request);
  for (const std::string path : {"/ocsp/sign", "//ocsp/sign", "/ocsp//sign", "///ocsp///sign"}) {
    for (const std::string end : {"", "/", "//"}) {
      INFO(path, end);
      const auto post = world.send(http::make_request(http::Method::post, path + end, {}, request));
      CHECK(post.status == 200);
      (void)verified(request, World::body(post), "sign_ca.cer", kStart);
      if (end.empty()) continue;
      const auto get = world.send(http::make_request(http::Method::get, path + end + base64));
      CHECK(get.status == 200);
      (void)verified(request, World::body(get), "sign_ca.cer", kStart);
    }
  }
  CHECK(world.send(http::make_request(http::Method::post, "/ocsp/sign/x", {}, request)).status == 405);
  CHECK(world.send(http::make_request(http::Method::post, "/ocsp/signs", {}, request)).status == 404);
  CHECK(world.send(http::make_request(http::Method::post, "ocsp/sign", {}, request)).status == 404);
  // No way around the path that insists on signed requests.
  const pki::Bytes auth = data("good_auth.der");
  for (const std::string path : {"/ocsp/auth//pinless", "//ocsp/auth/pinless", "/ocsp/auth/pinless/"}) {
    const auto pinless = world.send(http::make_request(http::Method::post, path, {}, auth));
    REQUIRE(pinless.status == 200);
    CHECK(status_of(World::body(pinless)) == ResponseStatus::sig_required);
    CHECK(world.send(http::make_request(http::Method::head, path + "/x")).status == 405);
  }
}

TEST_CASE("Last-Modified is the newest thisUpdate of an answer about several certificates") {
  World world({.access = ocsp::AccessPolicy::open_to_all});
  world.issue(7);
  world.issue(8);
  world.clock.advance(60s);
  world.revoke(8, pki::CrlReason::superseded);
  world.clock.advance(60s);
  const std::string target = ocsp::get_target("/ocsp/sign", ocsp_world::question("sign_ca.cer", {7, 8}));
  const auto response = world.send(http::make_request(http::Method::get, target));
  CHECK(has(response, "Last-Modified: " + pki::to_imf_fixdate(kStart + 60s)));
}

TEST_CASE("an answer meant for authorized verifiers is never stored by a cache") {
  World world;
  world.issue(kSerial);
  world.add_verifier(verifier::VerifierClass::signature);
  const pki::Bytes request = data("good_no_nonce.der");
  for (int round = 0; round < 2; ++round) {
    const auto response =
        world.send(http::make_request(http::Method::get, ocsp::get_target("/ocsp/sign", request)));
    CHECK(status_of(World::body(response)) == ResponseStatus::successful);
    CHECK(has(response, "Cache-Control: no-store"));
    CHECK_FALSE(has(response, "ETag"));
    CHECK_FALSE(has(response, "public"));
  }
}

// The length of an answer tells good from revoked, and HEAD would give it without being counted.
TEST_CASE("HEAD is refused on every OCSP path, in every form of the path, and decides nothing") {
  std::vector<ocsp::AnsweredRequest> answered;
  World world({.on_answered = [&](const ocsp::AnsweredRequest& one) { answered.push_back(one); }});
  world.issue(kSerial);
  world.add_verifier(verifier::VerifierClass::signature);
  const pki::Bytes request = data("good_no_nonce.der");
  for (const char* path :
       {"/ocsp/sign", "/ocsp/auth", "/ocsp/auth/pinless", "/ocsp/sign/", "//ocsp/sign", "/ocsp//sign"}) {
    CAPTURE(path);
    const auto refused = world.send(http::make_request(http::Method::head, ocsp::get_target(path, request)));
    CHECK(refused.status == 405);
    CHECK(has(refused, "Allow: GET"));
    CHECK_FALSE(has(refused, "Allow: GET, HEAD"));
    CHECK(world.send(http::make_request(http::Method::head, path)).status == 405);
    for (const auto method : {http::Method::options, http::Method::put, http::Method::other})
      CHECK_FALSE(has(world.send(http::make_request(method, ocsp::get_target(path, request))), "HEAD"));
  }
  CHECK(answered.empty());
  CHECK(world.service->counters().signatures == 0);
}

// Serials rise, so that anyone could leave an `unknown` for the next ones in shared caches.
TEST_CASE("open to all, an answer with an unknown serial in it is no-store") {
  for (const auto policy : {ocsp::UnknownPolicy::unknown, ocsp::UnknownPolicy::extended_revoke}) {
    World world({.unknown = policy, .access = ocsp::AccessPolicy::open_to_all});
    world.issue(kSerial);
    for (const auto& serials : {std::vector<std::uint64_t>{kSerial + 1}, {kSerial, kSerial + 1}}) {
      const auto response = world.send(http::make_request(
          http::Method::get, ocsp::get_target("/ocsp/sign", question("sign_ca.cer", serials))));
      CHECK(has(response, "Cache-Control: no-store"));
      CHECK_FALSE(has(response, "ETag"));
    }
  }
}

TEST_CASE("open to all, GET without nonce carries the caching fields and answers 304") {
  World world({.access = ocsp::AccessPolicy::open_to_all});
  world.issue(kSerial);
  world.clock.set(kStart + 8min + 100s);
  const std::string target = ocsp::get_target("/ocsp/sign", data("good_no_nonce.der"));
  const auto response = world.send(http::make_request(http::Method::get, target));
  CHECK(has(response, "Cache-Control: max-age=3500, public, no-transform, must-revalidate\r\n"));
  CHECK(has(response, "Last-Modified: Thu, 24 Dec 2026 03:15:00 GMT\r\n"));
  CHECK(has(response, "Expires: Thu, 24 Dec 2026 04:15:00 GMT\r\n"));
  const std::string fields = fields_of(response);
  const auto start = fields.find("ETag: ") + 6;
  const std::string etag = fields.substr(start, fields.find('\r', start) - start);
  CHECK(etag.size() == 66);

  const auto again = world.send(http::make_request(http::Method::get, target, {{"If-None-Match", etag}}));
  CHECK(again.status == 304);
  CHECK(std::holds_alternative<std::monostate>(again.body));
  CHECK(has(again, etag));
  world.revoke(kSerial, pki::CrlReason::superseded);
  CHECK(world.send(http::make_request(http::Method::get, target, {{"If-None-Match", etag}})).status == 200);

  CHECK(has(world.send(http::make_request(http::Method::post, "/ocsp/sign", {}, data("good_no_nonce.der"))),
            "Cache-Control: no-store"));
  CHECK(has(world.send(http::make_request(http::Method::get,
                                          ocsp::get_target("/ocsp/sign", data("good_openssl.der")))),
            "Cache-Control: no-store"));
  CHECK(has(world.send(http::make_request(http::Method::get, "/ocsp/sign/!!")), "Cache-Control: no-store"));
}

TEST_CASE("the type of a POST is not insisted on") {
  World world({.access = ocsp::AccessPolicy::open_to_all});
  world.issue(kSerial);
  const pki::Bytes request = data("good_no_nonce.der");
  const auto response = world.send(http::make_request(
      http::Method::post, "/ocsp/sign", {{"Content-Type", "application/x-www-form-urlencoded"}}, request));
  CHECK(status_of(World::body(response)) == ResponseStatus::successful);
}

TEST_CASE("what was being made when nothing may be said any more is not said") {
  auto material = sign_material();
  const auto gate = std::make_shared<GatedSigner>(material.signer);
  material.signer = gate;
  std::atomic<bool> may = true;
  World world({.access = ocsp::AccessPolicy::open_to_all,
               .signer_threads = 1,
               .may_answer = [&] { return may.load(); }},
              {material});
  world.issue(kSerial);
  const pki::Bytes kept = data("good_no_nonce.der");
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::successful);
  gate->close();
  http::Router router;
  world.service->mount(router);
  const auto found = router.find(http::Method::post, "/ocsp/sign");
  const auto& route = std::get<http::DeferringHandler>(*std::get<const http::Route*>(found));
  std::optional<ResponseStatus> said;
  support::TestDeferral deferral(
      [&](const http::Response& response) { said = status_of(World::body(response)); });
  // As a machine of a log whose lease ends while the answer waits for its signature.
  CHECK_FALSE(
      route(http::make_request(http::Method::post, "/ocsp/sign", {}, data("good_openssl.der")), deferral)
          .has_value());
  gate->wait_until_inside();
  may = false;
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::try_later);
  gate->open();
  world.service.reset();
  CHECK(said == ResponseStatus::try_later);
}

TEST_CASE("a kept answer is not given either when nothing may be said any more after it was asked for") {
  int asked = 0;
  World world({.access = ocsp::AccessPolicy::open_to_all, .may_answer = [&] { return ++asked != 4; }});
  world.issue(kSerial);
  const pki::Bytes kept = data("good_no_nonce.der");
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::successful);
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::try_later);
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::successful);
  CHECK(asked == 6);
}

TEST_CASE("with every signer busy, cached answers go on and the rest is answered tryLater") {
  auto material = sign_material();
  const auto gate = std::make_shared<GatedSigner>(material.signer);
  material.signer = gate;
  World world({.access = ocsp::AccessPolicy::open_to_all, .signer_threads = 1, .signer_queue_length = 1},
              {material});
  world.issue(kSerial);
  world.issue(kSerial + 1);
  const pki::Bytes kept = data("good_no_nonce.der");
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::successful);

  gate->close();
  http::Router router;
  world.service->mount(router);
  const auto found = router.find(http::Method::post, "/ocsp/sign");
  const auto& route = std::get<http::DeferringHandler>(*std::get<const http::Route*>(found));
  const auto with_nonce = http::make_request(http::Method::post, "/ocsp/sign", {}, data("good_openssl.der"));
  std::atomic<int> answered{0};
  support::TestDeferral deferral([&](const http::Response&) { ++answered; });
  CHECK_FALSE(route(with_nonce, deferral).has_value());
  gate->wait_until_inside();
  CHECK_FALSE(route(with_nonce, deferral).has_value());
  CHECK(world.service->counters().waiting == 1);

  // The queue is full now.
  CHECK(status_of(world.post("/ocsp/sign", data("good_openssl.der"))) == ResponseStatus::try_later);
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::successful);
  // In the next window the kept answer is still true, and better than none; after a change it is not.
  world.clock.advance(15min);
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::successful);
  world.revoke(kSerial, pki::CrlReason::superseded);
  CHECK(status_of(world.post("/ocsp/sign", kept)) == ResponseStatus::try_later);

  gate->open();
  world.service.reset();
  CHECK(answered == 2);
}
