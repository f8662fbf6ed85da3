// Accept-Language: which of the two languages a client prefers.

#include "http/language.h"

#include <doctest/doctest.h>

using http::preferred_language;
using pki::Language;

TEST_CASE("English is the language of a client that asks for nothing, or for neither language") {
  for (const char* value : {"", "en", "en-US", "fr", "fr, de;q=0.5", "*", "jam", "jax-JP"}) {
    CAPTURE(value);
    CHECK(preferred_language(value) == Language::en);
  }
}

TEST_CASE("a range names a language with its regions, in any case") {
  for (const char* value : {"ja", "ja-JP", "JA-jp", "fr, ja;q=0.1", "ja-JP-u-ca-japanese"}) {
    CAPTURE(value);
    CHECK(preferred_language(value) == Language::ja);
  }
}

TEST_CASE("the higher weight decides, the order where both weigh the same") {
  CHECK(preferred_language("en, ja;q=0.9") == Language::en);
  CHECK(preferred_language("en;q=0.8, ja;q=0.9") == Language::ja);
  CHECK(preferred_language("en;q=0.899,ja;q=0.9") == Language::ja);
  CHECK(preferred_language("ja,en") == Language::ja);
  CHECK(preferred_language("en,ja") == Language::en);
  CHECK(preferred_language("ja;q=0.5, *;q=0.8") == Language::en);
  CHECK(preferred_language("ja;q=0.8, *;q=0.5") == Language::ja);
  CHECK(preferred_language("ja;q=0.2, en-GB;q=0.1, ja-JP;q=0.7, en;q=0.6") == Language::ja);
}

TEST_CASE("a weight of 0 excludes a language") {
  CHECK(preferred_language("ja;q=0") == Language::en);
  CHECK(preferred_language("ja;q=0.000, en;q=0") == Language::en);
  CHECK(preferred_language("en;q=0, ja;q=0.001") == Language::ja);
}

TEST_CASE("what is no list of weighted ranges means nothing") {
  for (const char* value : {"ja;q=2", "ja;q=1.001", "ja;q=", "ja;q=0.1234", "ja;q=0,9", "ja;q=high"}) {
    CAPTURE(value);
    CHECK(preferred_language(value) == Language::en);
  }
}
