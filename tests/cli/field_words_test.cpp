// The words of tables: in English those of the JSON, in Japanese complete.

#include "cli/field_words.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "cli/command.h"
#include "law/rule.h"
#include "pki/crl_reason.h"

namespace cli {

namespace {

bool has_japanese(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
}

}  // namespace

TEST_CASE("the values stand below each other, and empty fields have no line") {
  const json::object resident{{"id", "10000000006"},
                              {"name", "模擬　太郎"},
                              {"sex", "male"},
                              {"card_lapsed_on", "2026-12-01"},
                              {"alias", nullptr}};
  const FieldNames fields = {"id", "name", "sex", "alias", "card_lapsed_on"};
  CHECK(field_lines(resident, fields, Language::en) ==
        "id:             10000000006\n"
        "name:           模擬　太郎\n"
        "sex:            male\n"
        "card_lapsed_on: 2026-12-01\n");
  CHECK(field_lines(resident, fields, Language::ja) ==
        "住民票コード:   10000000006\n"
        "氏名:           模擬　太郎\n"
        "性別:           男\n"
        "カードの失効日: 2026-12-01\n");
}

TEST_CASE("a name that is a word of the table is a name all the same") {
  const json::object resident{{"name", "good"}, {"state", "held"}};
  CHECK(field_lines(resident, {"state", "name"}, Language::ja) == "状態: 一時保留\n氏名: good\n");
}

TEST_CASE("every word that a certificate's state, kind or reason can be is in Japanese") {
  for (const char* const state : {"good", "held", "revoked", "expired"})
    CHECK(has_japanese(value_text(state, Language::ja)));
  for (const auto kind : {pki::CertificateKind::sign, pki::CertificateKind::auth,
                          pki::CertificateKind::mobile_sign, pki::CertificateKind::mobile_auth}) {
    CHECK(has_japanese(value_text(pki::to_string(kind), Language::ja)));
    CHECK(value_text(pki::to_string(kind), Language::en) == pki::to_string(kind));
  }
  for (const int code : {0, 1, 2, 3, 4, 5, 6, 8, 9, 10}) {
    const auto reason = pki::to_string(static_cast<pki::CrlReason>(code));
    CAPTURE(reason);
    CHECK(has_japanese(value_text(reason, Language::ja)));
  }
}

}  // namespace cli
