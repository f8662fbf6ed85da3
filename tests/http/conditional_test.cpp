// Entity tags, dates and ranges, as tables.

#include <doctest/doctest.h>

#include "http/conditional.h"

namespace http::test {

namespace {

constexpr std::string_view kModified = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kLater = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr std::string_view kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";

FileResource resource() {
  return {.file = nullptr,
          .offset = 1000,
          .length = 100,
          .etag = "\"42\"",
          .last_modified = pki::from_unix(784111777),
          .content_type = "application/pkix-crl",
          .cache_control = "max-age=60"};
}

Response served(const std::vector<Header>& headers, Method method = Method::get) {
  return serve_file(make_request(method, "/full.crl", headers), resource());
}

std::string field(const Response& response, std::string_view name) {
  for (const Header& header : response.headers)
    if (header.name == name) return header.value;
  return "(none)";
}

}  // namespace

TEST_CASE("a plain GET gets the whole file and its validators") {
  const Response response = served({});
  CHECK(response.status == 200);
  CHECK(field(response, "ETag") == "\"42\"");
  CHECK(field(response, "Last-Modified") == kModified);
  CHECK(field(response, "Cache-Control") == "max-age=60");
  CHECK(field(response, "Accept-Ranges") == "bytes");
  const auto& range = std::get<FileRange>(response.body);
  CHECK(range.offset == 1000);
  CHECK(range.length == 100);
}

TEST_CASE("conditions are evaluated as RFC 9110 section 13.2.2 orders them") {
  struct Row {
    std::vector<Header> headers;
    unsigned status;
  };
  const Row rows[] = {
      {{{"If-None-Match", "\"42\""}}, 304},
      {{{"If-None-Match", "W/\"42\""}}, 304},
      {{{"If-None-Match", "\"1\", W/\"x,y\" ,\"42\""}}, 304},
      {{{"If-None-Match", "\"1\""}, {"If-None-Match", "\"42\""}}, 304},
      {{{"If-None-Match", "*"}}, 304},
      {{{"If-None-Match", "\"4\", \"2\""}}, 200},
      {{{"If-None-Match", "42"}}, 200},
      {{{"If-None-Match", "\"42"}}, 200},
      {{{"If-None-Match", ""}}, 200},
      {{{"If-Modified-Since", std::string(kModified)}}, 304},
      // What was fetched while a clock ran ahead is another file.
      {{{"If-Modified-Since", std::string(kLater)}}, 200},
      {{{"If-Modified-Since", std::string(kEarlier)}}, 200},
      {{{"If-Modified-Since", "yesterday"}}, 200},
      {{{"If-None-Match", "\"1\""}, {"If-Modified-Since", std::string(kLater)}}, 200},
      {{{"If-Match", "\"42\""}}, 200},
      {{{"If-Match", "W/\"42\""}}, 412},
      {{{"If-Match", "\"1\""}}, 412},
      {{{"If-Match", "*"}}, 200},
      {{{"If-Unmodified-Since", std::string(kEarlier)}}, 412},
      {{{"If-Unmodified-Since", std::string(kModified)}}, 200},
      {{{"If-None-Match", "\"42\""}, {"Range", "bytes=0-1"}}, 304},
  };
  for (const Row& row : rows) {
    CAPTURE(row.headers[0].value);
    CHECK(served(row.headers).status == row.status);
    const bool has_range = row.headers.back().name == "Range";
    if (!has_range) CHECK(served(row.headers, Method::head).status == row.status);
  }
}

TEST_CASE("304 repeats the validators and has no body") {
  const Response response = served({{"If-None-Match", "\"42\""}});
  CHECK(field(response, "ETag") == "\"42\"");
  CHECK(field(response, "Cache-Control") == "max-age=60");
  CHECK(body_size(response.body) == 0);
}

TEST_CASE("single ranges are served, others ignored or refused") {
  struct Row {
    std::string_view range;
    unsigned status;
    std::uint64_t offset, length;
    std::string_view content_range;
  };
  const Row rows[] = {
      {"bytes=0-0", 206, 1000, 1, "bytes 0-0/100"},
      {"bytes=10-19", 206, 1010, 10, "bytes 10-19/100"},
      {"BYTES=10-19", 206, 1010, 10, "bytes 10-19/100"},
      {"bytes=90-", 206, 1090, 10, "bytes 90-99/100"},
      {"bytes=90-1000", 206, 1090, 10, "bytes 90-99/100"},
      {"bytes=0-99999999999999999999999999", 206, 1000, 100, "bytes 0-99/100"},
      {"bytes=-5", 206, 1095, 5, "bytes 95-99/100"},
      {"bytes=-500", 206, 1000, 100, "bytes 0-99/100"},
      {"bytes=100-", 416, 0, 0, "bytes */100"},
      {"bytes=-0", 416, 0, 0, "bytes */100"},
      {"bytes=99999999999999999999999999-", 416, 0, 0, "bytes */100"},
      {"bytes=0-1,5-6", 200, 1000, 100, "(none)"},
      {"bytes=5-4", 200, 1000, 100, "(none)"},
      {"bytes=-", 200, 1000, 100, "(none)"},
      {"bytes=a-b", 200, 1000, 100, "(none)"},
      {"bytes=", 200, 1000, 100, "(none)"},
      {"bytes=+1-2", 200, 1000, 100, "(none)"},
      {"lines=1-2", 200, 1000, 100, "(none)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.range);
    const Response response = served({{"Range", std::string(row.range)}});
    CHECK(response.status == row.status);
    CHECK(field(response, "Content-Range") == row.content_range);
    if (row.status == 416) continue;
    const auto& range = std::get<FileRange>(response.body);
    CHECK(range.offset == row.offset);
    CHECK(range.length == row.length);
  }
}

TEST_CASE("no range of an empty file can be satisfied") {
  CHECK(std::holds_alternative<RangeUnsatisfiable>(parse_range("bytes=0-", 0)));
  CHECK(std::holds_alternative<RangeUnsatisfiable>(parse_range("bytes=-1", 0)));
}

TEST_CASE("If-Range asks for a part only of the same representation") {
  const Header range = {"Range", "bytes=0-9"};
  CHECK(served({range, {"If-Range", "\"42\""}}).status == 206);
  CHECK(served({range, {"If-Range", std::string(kModified)}}).status == 206);
  CHECK(served({range, {"If-Range", "\"41\""}}).status == 200);
  CHECK(served({range, {"If-Range", "W/\"42\""}}).status == 200);
  CHECK(served({range, {"If-Range", std::string(kLater)}}).status == 200);
}

TEST_CASE("a range of HEAD is ignored") {
  CHECK(served({{"Range", "bytes=0-9"}}, Method::head).status == 200);
}

TEST_CASE("only GET and HEAD can be answered with not modified") {
  const Validators validators{.etag = "\"42\"", .last_modified = std::nullopt};
  CHECK(is_not_modified(make_request(Method::get, "/", {{"If-None-Match", "\"42\""}}), validators));
  CHECK_FALSE(is_not_modified(make_request(Method::post, "/", {{"If-None-Match", "\"42\""}}), validators));
}

}  // namespace http::test
