// Serving: who may fetch what, and what HTTP says about it.

#include "crl/serve.h"

#include <doctest/doctest.h>

#include <future>
#include <memory>

#include "crl/store.h"
#include "http/message.h"
#include "pki/network.h"
#include "registry/issuers.h"
#include "tests/crl/world.h"
#include "tests/support/test_keys.h"
#include "verifier/recognition.h"
#include "verifier/verifiers.h"

namespace crl::testing {

namespace {

using registry::CrlKind;

constexpr std::array<std::uint8_t, 16> kKnown = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7};

std::string header(const http::Response& response, std::string_view name) {
  for (const http::Header& field : response.headers)
    if (http::equal_ignoring_case(field.name, name)) return field.value;
  return {};
}

pki::Bytes body(const http::Response& response) {
  const auto* range = std::get_if<http::FileRange>(&response.body);
  if (range == nullptr) return {};
  return range->file->read(range->offset, range->length).value();
}

// A published world with a verifier of the signature class at 192.0.2.0/24.
struct ServeWorld : World {
  ServeWorld() {
    write([&](store::CommandContext& context) -> pki::Result<void> {
      verifier::Verifier verifier;
      verifier.name = "Invented Verifier";
      const pki::Date today = pki::jst_date(clock.now());
      verifier::ClassSteps steps;
      steps.notified = today;
      steps.agreed = today;
      verifier.classes[verifier::VerifierClass::signature] = steps;
      verifier.networks.push_back(pki::parse_network("192.0.2.0/24").value());
      verifier::put_verifier(context.transaction, verifier);
      return {};
    });
    issue_revoked(10, kKiyose, pki::CrlReason::superseded);
    publish();
    CrlEndpointOptions serve_options;
    serve_options.folder = options.folder;
    lists.emplace(*environment, recognition, clock, serve_options);
  }

  http::Response get(std::string_view path, const std::vector<http::Header>& headers = {},
                     std::array<std::uint8_t, 16> from = kKnown) {
    const http::OwnedRequest owner = http::make_request(http::Method::get, path, headers);
    http::Request request = *owner;
    request.peer.address = from;
    return lists->answer(request);
  }

  verifier::Recognition recognition;
  std::optional<CrlEndpoint> lists;
};

TEST_CASE("a verifier of the class gets the list with its validators") {
  ServeWorld world;
  const auto response = world.get("/crl/sign-1/132217/full.crl");
  REQUIRE(response.status == 200);
  CHECK(response.content_type == "application/pkix-crl");
  CHECK(body(response) == world.bytes(kKiyoseScope, CrlKind::complete));
  CHECK(header(response, "Cache-Control") == "private, max-age=54000");
  CHECK(header(response, "Expires") == "Mon, 23 Nov 2026 20:00:00 GMT");
  CHECK(header(response, "Last-Modified") == "Mon, 23 Nov 2026 05:00:00 GMT");
  const std::string tag = header(response, "ETag");
  CHECK(tag.size() == 34);
  CHECK(world.get("/crl/sign-1/132217/full.crl", {{"If-None-Match", tag}}).status == 304);
  CHECK(world.get("/crl/sign-1/132217/full.crl", {{"If-Modified-Since", "Mon, 23 Nov 2026 05:00:00 GMT"}})
            .status == 304);
  const auto part = world.get("/crl/sign-1/132217/full.crl", {{"Range", "bytes=0-3"}});
  CHECK(part.status == 206);
  CHECK(body(part).size() == 4);
  CHECK(world.get("/crl/sign-1/132217/full.crl", {{"Range", "bytes=1000000-"}}).status == 416);
  CHECK(world.lists->counters().served == 2);
  CHECK(world.lists->counters().not_modified == 2);
}

TEST_CASE("deltas, the whole generation, the alias and past files are served") {
  ServeWorld world;
  const auto first = world.current(kWhole, CrlKind::complete).value();
  const pki::Bytes old = world.bytes(first);
  world.clock.advance(std::chrono::hours{24});
  world.publish();
  CHECK(body(world.get("/crl/sign-1/132217/delta.crl")) == world.bytes(kKiyoseScope, CrlKind::delta));
  CHECK(body(world.get("/crl/sign-1/full.crl")) == world.bytes(kWhole, CrlKind::complete));
  CHECK(body(world.get("/crl/sign/full.crl")) == world.bytes(kWhole, CrlKind::complete));
  CHECK(body(world.get("/crl/sign-1/full-" + std::to_string(first.number) + ".crl")) == old);
  CHECK(world.get("/crl/sign-1/full-1.crl").status == 404);
}

TEST_CASE("who is not known, or not of the class, is refused") {
  ServeWorld world;
  CHECK(world.get("/crl/sign-1/full.crl", {}, {}).status == 403);
  CHECK(world.get("/crl/auth-1/full.crl").status == 403);
  CHECK(world.lists->counters().refused == 2);
}

// The same world, opened to all.
class OpenWorld : public ServeWorld {
 public:
  OpenWorld() {
    CrlEndpointOptions options_of_lists;
    options_of_lists.folder = options.folder;
    options_of_lists.audience = Audience::everyone;
    lists.emplace(*environment, recognition, clock, options_of_lists);
  }
};

TEST_CASE("lists that the operator opened to all are kept by caches until the next mark") {
  OpenWorld world;
  // It is 14:00 in Japan: fifteen hours to the next complete CRLs, a quarter of one to the next deltas.
  const auto response = world.get("/crl/sign-1/full.crl", {}, {});
  CHECK(response.status == 200);
  CHECK(header(response, "Cache-Control") == "public, max-age=54000");
  CHECK(header(response, "Expires") == "Mon, 23 Nov 2026 20:00:00 GMT");
  CHECK(header(world.get("/crl/sign-1/arl.crl", {}, {}), "Cache-Control") == "public, max-age=54000");
  CHECK(header(world.get("/crl/sign-1/delta.crl", {}, {}), "Cache-Control") == "public, max-age=900");
  CHECK(world.get("/crl/auth-1/full.crl", {}, {}).status == 404);
  // Past the mark the next list may come at any moment.
  world.clock.advance(std::chrono::hours{15});
  CHECK(header(world.get("/crl/sign-1/full.crl", {}, {}), "Cache-Control") == "public, max-age=60");
  // A past list has no such end.
  const std::string past = std::to_string(world.current(kWhole, CrlKind::complete)->number);
  CHECK(header(world.get("/crl/sign-1/full-" + past + ".crl", {}, {}), "Cache-Control") == "public");
}

TEST_CASE(
    "a delta of an unchanged scope is kept to the next mark of the grid, except when one may be coming") {
  OpenWorld world;
  const auto max_age = [&] { return header(world.get("/crl/sign-1/delta.crl", {}, {}), "Cache-Control"); };
  world.clock.advance(std::chrono::minutes{15});
  CHECK(max_age() == "public, max-age=60");
  world.clock.advance(std::chrono::minutes{5});
  CHECK(max_age() == "public, max-age=600");
  // Never beyond nextUpdate, ninety minutes after it was made.
  world.clock.advance(std::chrono::minutes{65});
  CHECK(max_age() == "public, max-age=300");
  world.clock.advance(std::chrono::minutes{65});
  CHECK(max_age() == "public, max-age=0");
}

TEST_CASE("a list without a next one is gone while its name lives on") {
  OpenWorld world;
  const std::string number = std::to_string(world.current(kWhole, CrlKind::complete)->number);
  world.age_records(kIssuer, registry::kNoNextUpdate);
  CHECK(world.get("/crl/sign-1/full.crl", {}, {}).status == 200);
  world.begin_generation({pki::CaName::sign, 2}, support::authority_keys().at(1));
  for (const std::string path : {"full.crl", "delta.crl", "arl.crl", "132217/full.crl"})
    CHECK(world.get("/crl/sign-1/" + path, {}, {}).status == 410);
  CHECK(world.get("/crl/sign-1/full-" + number + ".crl", {}, {}).status == 410);
  CHECK(world.lists->counters().not_found == 5);
  world.publish();
  CHECK(world.get("/crl/sign-1/full.crl", {}, {}).status == 200);
}

TEST_CASE("a list from the future is not served") {
  OpenWorld world;
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    auto record = registry::current_crl(context.transaction, kWhole, CrlKind::complete).value();
    record.this_update = context.now + std::chrono::minutes{6};
    registry::put_crl(context.transaction, record);
    return {};
  });
  CHECK(world.get("/crl/sign-1/full.crl", {}, {}).status == 503);
  CHECK(world.get("/crl/sign-1/132217/full.crl", {}, {}).status == 200);
  world.clock.advance(std::chrono::minutes{1});
  CHECK(world.get("/crl/sign-1/full.crl", {}, {}).status == 200);
}

TEST_CASE("a list whose file was cut is not served") {
  OpenWorld world;
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  std::filesystem::resize_file(path_of(world.options.folder, record), record.offset + record.length - 1);
  CHECK(world.get("/crl/sign-1/132217/full.crl", {}, {}).status == 503);
  CHECK(world.get("/crl/sign-1/full.crl", {}, {}).status == 200);
}

TEST_CASE("paths that do not exist are 404, a wrong check digit with a hint") {
  ServeWorld world;
  for (const char* path :
       {"/crl/", "/crl/sign-1", "/crl/sign-1/", "/crl/sign-2/full.crl", "/crl/ops-1/full.crl",
        "/crl/sign-1/full.pem", "/crl/sign-1/full-.crl", "/crl/sign-1/full-01.crl",
        "/crl/sign-1/132217/132217/full.crl", "/crl/sign-1/13221/full.crl", "/crl/sign-1/000000/full.crl",
        "/crl/sign-1/401307/full.crl", "/crl/sign-1/../full.crl"})
    CHECK_MESSAGE(world.get(path).status == 404, path);
  const auto wrong = parse_list_path("/crl/sign-1/132218/full.crl");
  REQUIRE(wrong.has_error());
  CHECK(wrong.error().text().find("check digit") != std::string::npos);
  CHECK(world.get("/crl/sign-1/132218/full.crl").status == 404);
}

pki::Bytes unzip(const pki::Bytes& bytes) {
  const support::TemporaryFolder folder;
  support::write_file(folder.file("list.gz"), bytes);
  REQUIRE(support::run("gzip -dk " + folder.file("list.gz")).exit_code == 0);
  return support::read_file(folder.file("list"));
}

TEST_CASE("a client that accepts gzip gets a copy that is made once") {
  ServeWorld world;
  const std::string path = "/crl/sign-1/132217/full.crl";
  const auto plain = world.get(path);
  CHECK(header(plain, "Vary") == "Accept-Encoding");
  CHECK(header(plain, "Content-Encoding").empty());
  const auto first = world.get(path, {{"Accept-Encoding", "br, gzip;q=0.8"}});
  REQUIRE(first.status == 200);
  CHECK(header(first, "Content-Encoding") == "gzip");
  CHECK(header(first, "Vary") == "Accept-Encoding");
  CHECK(header(first, "ETag") != header(plain, "ETag"));
  CHECK(body(first).size() < body(plain).size());
  CHECK(unzip(body(first)) == body(plain));
  const auto second = world.get(path, {{"Accept-Encoding", "gzip"}});
  const auto& one = std::get<http::FileRange>(first.body);
  const auto& two = std::get<http::FileRange>(second.body);
  CHECK(one.file == two.file);
  CHECK(one.offset == two.offset);
}

TEST_CASE("conditions and ranges of the compressed copy") {
  ServeWorld world;
  const std::string path = "/crl/sign-1/full.crl";
  const std::string plain = header(world.get(path), "ETag");
  const std::string zipped = header(world.get(path, {{"Accept-Encoding", "gzip"}}), "ETag");
  const auto with = [&](const char* name, const std::string& value) {
    return world.get(path, {{"Accept-Encoding", "gzip"}, {name, value}});
  };
  CHECK(with("If-None-Match", zipped).status == 304);
  CHECK(header(with("If-None-Match", zipped), "ETag") == zipped);
  CHECK(with("If-None-Match", plain).status == 304);
  CHECK(header(with("If-None-Match", plain), "ETag") == plain);
  CHECK(world.get(path, {{"If-None-Match", zipped}}).status == 200);
  CHECK(with("If-None-Match", "\"other\"").status == 200);
  // A part is a part of the list as it was signed.
  const auto part = with("Range", "bytes=0-9");
  CHECK(part.status == 206);
  CHECK(header(part, "Content-Encoding").empty());
  CHECK(header(part, "ETag") == plain);
  CHECK(with("Range", "bytes=99999999-").status == 416);
}

TEST_CASE("without room for a compressed copy the list goes out as it is") {
  ServeWorld world;
  CrlEndpointOptions options;
  options.folder = world.options.folder;
  world.lists.emplace(*world.environment, world.recognition, world.clock, options);
  CHECK(world.get("/crl/sign-1/full.crl").status == 200);  // The publication file is open now.
  const std::filesystem::path aside = world.folder.path() / "aside";
  std::filesystem::rename(world.options.folder, aside);
  support::write_file(world.options.folder, {});
  const auto response = world.get("/crl/sign-1/full.crl", {{"Accept-Encoding", "gzip"}});
  CHECK(response.status == 200);
  CHECK(header(response, "Content-Encoding").empty());
}

TEST_CASE("on the network the copy is made beside the serving thread, and by one of two clients") {
  ServeWorld world;
  http::Router router;
  world.lists->mount(router);
  const auto route = router.find(http::Method::get, "/crl/sign-1/full.crl");
  const auto& both = std::get<http::TryThenAsync>(*std::get<const http::Route*>(route));
  const http::OwnedRequest owner =
      http::make_request(http::Method::get, "/crl/sign-1/full.crl", {{"Accept-Encoding", "gzip"}});
  http::Request request = *owner;
  request.peer.address = kKnown;
  CHECK_FALSE(both.try_handler(request).has_value());
  std::vector<std::future<http::Response>> answers;
  for (int i = 0; i < 2; ++i) {
    auto promise = std::make_shared<std::promise<http::Response>>();
    answers.push_back(promise->get_future());
    both.async_handler(http::OwnedRequest(request), http::Reply([promise](http::Response response) {
                         promise->set_value(std::move(response));
                       }));
  }
  for (auto& answer : answers)
    CHECK(header(answer.get(), "Content-Encoding") == "gzip");
  CHECK(both.try_handler(request).has_value());
  CHECK(world.lists->counters().served == 3);
}

TEST_CASE("check digits of municipality codes") {
  for (const std::uint32_t code : {132217U, 11002U, 131016U, 401307U, 221309U})
    CHECK(has_valid_check_digit({code}));
  for (const std::uint32_t code : {132216U, 11003U, 1132217U})
    CHECK_FALSE(has_valid_check_digit({code}));
}

TEST_CASE("a publication file that is gone is 503") {
  ServeWorld world;
  std::filesystem::remove_all(world.options.folder);
  CHECK(world.get("/crl/sign-1/full.crl").status == 503);
  CHECK(world.lists->counters().unavailable == 1);
}

}  // namespace

}  // namespace crl::testing
