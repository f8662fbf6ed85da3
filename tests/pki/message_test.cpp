// Messages: the catalogue is complete in both languages, and text is made of it as its entries say.

#include "pki/message.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pki/messages/pki.h"
#include "pki/result.h"

namespace {

using pki::Language;
using pki::Message;

// One entry, and the room that says it.
struct Entry {
  std::string_view room;
  pki::MessageText text;
};

#define JPKI_MESSAGE(id, en, ja) Entry{kRoom, pki::MessageText{#id, en, ja}},

// Every file pki/messages/ROOM.inc.
std::vector<Entry> catalogue() {
  std::vector<Entry> entries;
  const auto add = [&entries](std::initializer_list<Entry> room) {
    entries.insert(entries.end(), room.begin(), room.end());
  };
  {
    constexpr std::string_view kRoom = "admin";
    add({
#include "pki/messages/admin.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "ca";
    add({
#include "pki/messages/ca.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "cli";
    add({
#include "pki/messages/cli.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "crl";
    add({
#include "pki/messages/crl.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "http";
    add({
#include "pki/messages/http.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "keys";
    add({
#include "pki/messages/keys.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "law";
    add({
#include "pki/messages/law.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "mock";
    add({
#include "pki/messages/mock.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "ocsp";
    add({
#include "pki/messages/ocsp.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "pki";
    add({
#include "pki/messages/pki.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "registry";
    add({
#include "pki/messages/registry.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "service";
    add({
#include "pki/messages/service.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "store";
    add({
#include "pki/messages/store.inc"
    });
  }
  {
    constexpr std::string_view kRoom = "verifier";
    add({
#include "pki/messages/verifier.inc"
    });
  }
  return entries;
}

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
  std::set<std::pair<std::string_view, std::string_view>> ids;
  for (const auto& [room, entry] : catalogue()) {
    CAPTURE(room);
    CAPTURE(entry.id);
    CHECK(ids.insert({room, entry.id}).second);
    REQUIRE_FALSE(entry.en.empty());
    CHECK(arguments_named(entry.en) == arguments_named(entry.ja));
    // A sentence within a line `jpki: …` has no full stop at its end; a line of its own has one in both.
    CHECK(entry.en.ends_with('.') == entry.ja.ends_with("。"));
    CHECK_FALSE(entry.ja.ends_with('.'));
    // Japanese where it is said in Japanese.
    const bool only_arguments = entry.en == entry.ja;
    CHECK((only_arguments ||
           std::ranges::any_of(entry.ja, [](char c) { return static_cast<unsigned char>(c) > 0x7F; })));
    if (only_arguments) CHECK(std::ranges::none_of(entry.en, [](char c) { return c >= 'a' && c <= 'z'; }));
  }
}

TEST_CASE("every file of messages is part of the catalogue that is checked") {
  std::set<std::string> checked, there;
  for (const Entry& entry : catalogue())
    checked.emplace(entry.room);
  for (const auto& file : std::filesystem::directory_iterator(JPKI_SOURCE_DIR "/pki/messages"))
    if (file.path().extension() == ".inc") there.insert(file.path().stem().string());
  CHECK(checked == there);
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

TEST_CASE("an exception is given in the language of its reader") {
  const pki::MessageError said({pki::messages::network_host_bits, "192.0.2.1/24"});
  CHECK(pki::message_of(said).in(Language::ja).starts_with("192.0.2.1/24 のプレフィックス"));
  CHECK(std::string(said.what()) == "the bits of 192.0.2.1/24 after the prefix must be zero");
  const pki::ErrorException error(pki::invalid("network", pki::messages::network_form));
  CHECK(pki::message_of(error).id() == "network_form");
  CHECK(pki::message_of(std::runtime_error("broken pipe")).in(Language::ja) == "broken pipe");
}
