// Accept-Encoding as clients send it, and as they should not.

#include "http/content_coding.h"

#include <doctest/doctest.h>

namespace http {

namespace {

ContentCoding of(const std::vector<Header>& headers) {
  return preferred_coding(*make_request(Method::get, "/", headers));
}

ContentCoding of(const char* value) {
  return of({{"Accept-Encoding", value}});
}

}  // namespace

TEST_CASE("gzip is chosen where it is accepted, by name or by the star") {
  for (const char* value :
       {"gzip", "GZip", "x-gzip", "deflate, gzip, br", "gzip;q=1.0", "gzip ; q=0.001", "*", "*;q=0.5",
        "identity;q=0.5, gzip;q=0.5", "identity;q=0, *", "br;q=1.0,gzip;q=0.8,*;q=0.1", ", ,gzip"})
    CHECK_MESSAGE(of(value) == ContentCoding::gzip, value);
  CHECK(of({{"Accept-Encoding", "br"}, {"accept-encoding", "gzip"}}) == ContentCoding::gzip);
}

TEST_CASE("otherwise the list goes out as it is") {
  for (const char* value :
       {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "gzip;q=0, *", "*;q=0", "gzip;q=0.4, identity",
        "gzip;q=2", "gzip;q=1.001", "gzip;q=", "gzip;q=x", "gzip;level=9", "gzipped", "gzip;q=0.0001"})
    CHECK_MESSAGE(of(value) == ContentCoding::identity, value);
  CHECK(of(std::vector<Header>{}) == ContentCoding::identity);
}

}  // namespace http
