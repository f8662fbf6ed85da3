// The same text in another width, with other signs or spaces is no other text: not in an event, not beside a
// certificate (Ordinance 20, 80, 81).

#include "pki/plain_form.h"

#include <doctest/doctest.h>

#include "law/differing.h"
#include "pki/certificate.h"
#include "pki/recorded_items.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using support::AuthorityWorld;

constexpr const char* kStanding = "good/good";
constexpr const char* kFallen = "affiliationChanged/good";

EventDraft with(EventDraft draft, std::optional<std::string> EventDraft::* item, const char* text) {
  draft.*item = text;
  return draft;
}

}  // namespace

TEST_CASE("ASCII and full-width hyphens, tildes and quotation marks are one") {
  CHECK(pki::register_form("1-2~3") == "１−２〜３");
  CHECK(pki::register_form("1-2~3") == pki::register_form("１－２～３"));
  CHECK(pki::register_form("O'BRIEN \"X\"") == "Ｏ’ＢＲＩＥＮ　”Ｘ”");
  CHECK(pki::register_form("O'BRIEN \"X\"") == pki::register_form("Ｏ＇ＢＲＩＥＮ　＂Ｘ＂"));
}

TEST_CASE("a kana and its mark are one character, composed or not") {
  CHECK(pki::register_form("カ\u3099フ\u3099リエル") == "ガブリエル");
  CHECK(pki::register_form("は\u309Aん") == "ぱん");
  AuthorityWorld world;
  ReportingHolder holder(world, [](registry::Resident& one) { one.alias = "ガブリエル"; });
  CHECK(holder.refused(with(holder.about(Event::alias_change), &EventDraft::alias, "カ\u3099フ\u3099リエル"))
            .code == pki::Errc::refused_by_law);
}

TEST_CASE("an apostrophe is recorded as the one of JIS X 0208, and nothing stands for it") {
  AuthorityWorld world;
  const Holder holder(world, [](registry::Resident& one) { one.name = "O'BRIEN-SMITH ANNE"; });
  const auto der = registry::find_certificate(world.read(), world.vault, holder.sign).value().der;
  const auto items = pki::read_recorded_items(pki::Certificate::decode(der).value()).value();
  CHECK(items.name == "Ｏ’ＢＲＩＥＮ−ＳＭＩＴＨ　ＡＮＮＥ");
  CHECK(items.name_substitutes.find('1') == std::string::npos);
}

TEST_CASE("a hyphen of another width is no difference, in a record without the entry, too") {
  AuthorityWorld world;
  const Holder holder(world, [](registry::Resident& one) {
    one.address = "東京都清瀬市元町1-2-3";
    one.name = "O'BRIEN ANNE";
  });
  registry::IssuedCertificate old =
      registry::find_certificate(world.read(), world.vault, holder.sign).value();
  old.entry.reset();
  CHECK(differing_items(old, world.resident(holder.id), {}).empty());
}

TEST_CASE("the same address, name or alias in another writing is no change and no correction of one") {
  struct Row {
    Event event;
    std::optional<std::string> EventDraft::* item;
    const char* text;
  };
  for (const Row& row :
       {Row{Event::address_change, &EventDraft::address, "東京都清瀬市元町１－２－３ 模擬荘101"},
        Row{Event::address_change, &EventDraft::address, "東京都清瀬市元町１−２−３模擬荘１０１"},
        Row{Event::name_change, &EventDraft::name, "Ｏ’ＢＲＩＥＮ　花子"},
        Row{Event::name_change, &EventDraft::name, "O'BRIEN花子"},
        Row{Event::alias_change, &EventDraft::alias, "マリアロペス"},
        Row{Event::former_name_change, &EventDraft::former_name, "模擬－一"}}) {
    CAPTURE(row.text);
    AuthorityWorld world;
    ReportingHolder holder(world, [](registry::Resident& one) {
      one.address = "東京都清瀬市元町1-2-3　模擬荘１０１";
      one.name = "O'BRIEN 花子";
      one.alias = "マリア ロペス";
      one.former_name = "模擬-一";
    });
    const EventDraft change = with(holder.about(row.event), row.item, row.text);
    CHECK(holder.refused(change).code == pki::Errc::refused_by_law);
    EventDraft correction = with(holder.about(Event::correction), row.item, row.text);
    holder.record(correction, support::with_role(registry::Role::officer));
    CHECK(holder.states() == kStanding);
  }
}

TEST_CASE("a space that stands elsewhere is another name, one between digits another address") {
  CHECK(pki::is_same_name("模擬　太郎", "模擬太郎"));
  CHECK(pki::is_same_name("マリア　ロペス　ガルシア", "マリアロペス　ガルシア"));
  CHECK_FALSE(pki::is_same_name("森　太郎", "森太　郎"));
  CHECK_FALSE(pki::is_same_name("ＡＮＮＥ　ＬＥＥ", "ＡＮＮＥＬＥＥ"));
  CHECK_FALSE(pki::is_same_name("模擬　太郎", "模擬　次郎"));
  CHECK(pki::is_same_address("元町３号模擬荘１０１", "元町３号　模擬荘１０１"));
  CHECK_FALSE(pki::is_same_address("元町１−１　１１号", "元町１−１１　１号"));
  CHECK_FALSE(pki::is_same_address("大字一　二番", "大字一二番"));
  AuthorityWorld world;
  ReportingHolder holder(world, [](registry::Resident& one) { one.name = "森 太郎"; });
  holder.record(with(holder.about(Event::name_change), &EventDraft::name, "森太 郎"));
  CHECK(holder.states() == kFallen);
}

TEST_CASE("minor corrections of an address with ASCII hyphens are those of the address") {
  for (const auto& [kind, address] : {std::pair{"building-name", "東京都清瀬市元町１－２－３　模擬荘"},
                                      std::pair{"plain-form", "東京都清瀬市元町１－２－３"},
                                      std::pair{"lot-number", "東京都清瀬市元町1番地2-3"}}) {
    CAPTURE(kind);
    AuthorityWorld world;
    ReportingHolder holder(world, [](registry::Resident& one) { one.address = "東京都清瀬市元町1-2-3"; });
    EventDraft draft = with(holder.about(Event::minor_correction), &EventDraft::address, address);
    draft.correction = kind;
    holder.record(draft);
    CHECK(holder.states() == kStanding);
  }
}

}  // namespace law
