// Messages: the catalogue is complete in both languages, and text is made of it as its entries say.

#include "pki/message.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "pki/messages/pki.h"
#include "pki/result.h"

namespace {

using pki::Language;
using pki::Message;

#define JPKI_MESSAGE(id, en, ja) pki::MessageText{#id, en, ja},
constexpr pki::MessageText kCatalogue[] = {
#include "pki/messages/pki.inc"
#include "pki/messages/store_log.inc"
};
#undef JPKI_MESSAGE

// How often each argument is named: {"0": 1, "1": 2}.
std::map<char, int> arguments_named(std::string_view text) {
  std::map<char, int> named;
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '{' && text[i + 2] == '}' && text[i + 1] >= '0' && text[i + 1] <= '9')
      ++named[text[i + 1]];
  return named;
}

}  // namespace

TEST_CASE("every message has an id of its own and says the same with the same arguments in both languages") {
  std::set<std::string_view> ids;
  for (const pki::MessageText& entry : kCatalogue) {
    CAPTURE(entry.id);
    CHECK(ids.insert(entry.id).second);
    CHECK_FALSE(entry.en.empty());
    CHECK(arguments_named(entry.en) == arguments_named(entry.ja));
    // A sentence within a line `jpki: …`: no full stop at its end, and Japanese where it is said in Japanese.
    CHECK(entry.en.back() != '.');
    CHECK_FALSE(entry.ja.ends_with("。"));
    const bool only_arguments = entry.en == entry.ja;
    CHECK((only_arguments ||
           std::ranges::any_of(entry.ja, [](char c) { return static_cast<unsigned char>(c) > 0x7F; })));
    if (only_arguments) CHECK(std::ranges::none_of(entry.en, [](char c) { return c >= 'a' && c <= 'z'; }));
  }
  CHECK(ids.size() > 50);
}

TEST_CASE("a message takes its arguments by number, and messages as arguments in the same language") {
  constexpr pki::MessageText kMoved{"moved", "{0} moved to {1}", "{1}に{0}が転入しました"};
  constexpr pki::MessageText kPlace{"place", "Kiyose", "清瀬市"};
  const Message message{kMoved, "10000000006", Message{kPlace}};
  CHECK(message.in(Language::en) == "10000000006 moved to Kiyose");
  CHECK(message.in(Language::ja) == "清瀬市に10000000006が転入しました");
  CHECK(message.id() == "moved");
}

TEST_CASE("braces that name no argument are themselves, in entries and in arguments") {
  constexpr pki::MessageText kExample{"example", R"(write {"code": "{0}"} or {1})",
                                      R"({"code": "{0}"} または {1} と記述)"};
  CHECK(Message{kExample, "{0}"}.in(Language::en) == R"(write {"code": "{0}"} or {1})");
}

TEST_CASE("text without an entry is the same in every language") {
  const pki::Error error = pki::fail(pki::Errc::not_found, "/srv/jpki: No such file or directory");
  CHECK(error.text() == error.text(Language::ja));
  CHECK(error.message.id().empty());
}

TEST_CASE("an error of a room is given in the language of its reader") {
  const pki::Error error = pki::invalid("network", {pki::messages::network_host_bits, "192.0.2.1/24"});
  CHECK(error.text() == "the bits of 192.0.2.1/24 after the prefix must be zero");
  CHECK(error.text(Language::ja) == "192.0.2.1/24 のプレフィックスより後のビットは 0 でなければなりません");
}
