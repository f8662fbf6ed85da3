// The table of ready-made states.

#include "mock/states.h"

#include <algorithm>

#include "pki/messages/mock.h"

namespace mock {

namespace {

namespace json = boost::json;
using enum pki::CertificateKind;

using Items = std::function<void(json::object&)>;
using Make = std::function<pki::Result<void>(StateMaker&)>;

// Both certificates, then an event.
Make after(std::string_view event, Items items = {}, std::function<void(registry::Resident&)> resident = {}) {
  return [=](StateMaker& maker) -> pki::Result<void> {
    TRY(maker.add(resident));
    TRY(maker.issue_both());
    return maker.record(event, items);
  };
}

// Both certificates of a resident who is special in some way.
Make both(std::function<void(registry::Resident&)> resident = {}) {
  return [=](StateMaker& maker) -> pki::Result<void> {
    TRY(maker.add(resident));
    return maker.issue_both();
  };
}

Items with(const char* item, const char* value) {
  return [=](json::object& items) { items[item] = value; };
}

// A day so long before the start, in an event that is recorded kPast before it.
Items planned(int days_before_start) {
  return [=](json::object& items) { items["planned-in"] = 60 - days_before_start; };
}

std::string long_address() {
  std::string address = "東京都清瀬市模擬町一丁目１番　";
  const std::size_t characters = 15;
  for (std::size_t count = characters; count < 200; ++count)
    address += count % 10 == 0 ? "棟" : "長";
  return address;
}

pki::Result<void> make_mobile(StateMaker& maker) {
  TRY(maker.add());
  TRY(maker.issue_both());
  TRY(maker.issue_mobile(mobile_auth));
  return maker.issue_mobile(mobile_sign);
}

pki::Result<void> make_superseded(StateMaker& maker) {
  TRY(maker.add());
  TRY(maker.issue_both());
  TRY(maker.issue(auth, ca::IssueMode::renewal));
  return maker.issue(sign, ca::IssueMode::renewal);
}

pki::Result<void> make_card_ending(StateMaker& maker, int days) {
  TRY(maker.add([&](registry::Resident& resident) { resident.card_expires = maker.day(days); }));
  return maker.issue_both();
}

pki::Result<void> make_auth_only(StateMaker& maker) {
  TRY(maker.add([&](registry::Resident& resident) {
    resident.birth = pki::Date{pki::jst_date(maker.now()).year() - std::chrono::years{10},
                               std::chrono::January, std::chrono::day{15}};
  }));
  return maker.issue(auth);
}

pki::Result<void> make_unknown(StateMaker& maker) {
  TRY(maker.add());
  TRY(maker.issue(auth));
  TRY(maker.forge_serial());
  TRY(maker.issue(sign));
  return maker.forge_serial();
}

pki::Result<void> make_never_issued(StateMaker& maker) {
  TRY(maker.add());
  maker.imagine_serials();
  return {};
}

pki::Result<void> make_abroad(StateMaker& maker) {
  TRY(maker.add([&](registry::Resident& resident) {
    resident.residency = registry::Residency::abroad;
    resident.left_japan = maker.day(-30);
    resident.address.clear();
  }));
  return maker.issue_both();
}

pki::Result<void> make_released(StateMaker& maker) {
  TRY(maker.add());
  TRY(maker.issue_both());
  TRY(maker.record("hold", with("kind", "auth")));
  return maker.record("release", with("kind", "auth"));
}

void foreigner(registry::Resident& resident) {
  resident.name = "ＮＧＵＹＥＮ　ＶＡＮ　ＡＮ";
  resident.alias = "田中　安";
  resident.is_foreign = true;
}

const std::vector<ReadyState>& table() {
  static const std::vector<ReadyState> states = {
      {"good", "", Era::now, both()},
      {"revoked-address-change", "address-change", Era::now,
       after("address-change",
             [](json::object& items) {
               items["address"] = "東京都清瀬市元町一丁目１番";
               items["municipality"] = "132217";
             })},
      {"revoked-name-change", "name-change", Era::now, after("name-change", with("name", "改姓　花子"))},
      {"revoked-birth-date-change", "birth-date-change", Era::now,
       after("birth-date-change", with("birth", "1979-03-04"))},
      {"revoked-sex-change", "sex-change", Era::now, after("sex-change", with("sex", "unknown"))},
      {"revoked-former-name-change", "former-name-change", Era::now,
       after("former-name-change", with("former_name", "旧姓"))},
      {"revoked-alias-change", "alias-change", Era::now,
       after("alias-change", with("alias", "鈴木　安"), foreigner)},
      {"revoked-move-out", "move-out, thirty days over", Era::past, after("move-out", planned(40))},
      {"revoked-overseas-exit", "overseas-exit", Era::past, after("overseas-exit", planned(40))},
      {"revoked-death", "death", Era::now, after("death")},
      {"revoked-deletion", "deletion", Era::now, after("deletion")},
      {"revoked-card-lapse", "card-lapse, cause 13", Era::now, after("card-lapse", with("cause", "13"))},
      {"revoked-card-return", "card-return", Era::now, after("card-return")},
      {"revoked-undelivered", "undelivered", Era::now, after("undelivered")},
      {"revoked-holder-application", "holder-application", Era::now, after("holder-application")},
      {"revoked-key-notice", "key-notice", Era::now, after("key-notice")},
      {"revoked-record-error", "record-error", Era::now, after("record-error")},
      {"held", "hold", Era::now, after("hold")},
      {"released", "hold, release", Era::now, make_released},
      {"expired", "the card's last day was yesterday", Era::past,
       [](StateMaker& maker) { return make_card_ending(maker, 59); }},
      {"about-to-expire", "the card's last day is today", Era::now,
       [](StateMaker& maker) { return make_card_ending(maker, 0); }},
      {"superseded", "renewal", Era::past, make_superseded},
      {"previous-generation", "issued before the CAs' rollover", Era::previous_generation, both()},
      {"compromised-generation", "ca-key-compromise", Era::compromised_generation, both()},
      {"unknown-to-ca", "signed by the CA's key, not on its record", Era::now, make_unknown},
      {"never-issued", "serials that no certificate has", Era::now, make_never_issued},
      {"mobile", "", Era::now, make_mobile},
      {"auth-only", "ten years old", Era::now, make_auth_only},
      {"foreigner", "", Era::now, both(foreigner)},
      {"former-name", "", Era::now,
       both([](registry::Resident& resident) { resident.former_name = "旧姓"; })},
      {"substitutes", "characters outside JIS X 0208 and 0212", Era::now,
       both([](registry::Resident& resident) { resident.name = "髙﨑　𠮷"; })},
      {"long-address", "200 characters", Era::now,
       both([](registry::Resident& resident) { resident.address = long_address(); })},
      {"abroad", "left Japan a month ago", Era::now, make_abroad}};
  return states;
}

}  // namespace

pki::Seconds age_of(Era era) {
  using std::chrono::days;
  switch (era) {
    case Era::compromised_generation:
      return days{120};
    case Era::previous_generation:
      return days{90};
    case Era::past:
      return kPast;
    case Era::now:
      break;
  }
  return pki::Seconds{0};
}

std::span<const ReadyState> ready_states() {
  return table();
}

pki::Result<std::vector<const ReadyState*>> parse_states(std::string_view list) {
  std::vector<const ReadyState*> chosen;
  std::string known;
  for (const ReadyState& state : table()) {
    known += (known.empty() ? "" : ", ") + std::string(state.name);
    if (list == "all") chosen.push_back(&state);
  }
  if (list == "all") return chosen;
  for (bool is_last = list.empty(); !is_last;) {
    const std::size_t comma = list.find(',');
    const std::string_view name = list.substr(0, comma);
    is_last = comma == std::string_view::npos;
    if (!is_last) list.remove_prefix(comma + 1);
    const auto found = std::ranges::find(table(), name, &ReadyState::name);
    if (found == table().end()) return pki::invalid("states", {messages::state_unknown, name, known});
    chosen.push_back(&*found);
  }
  // As they are prepared: in the order of the table, each once.
  std::ranges::sort(chosen);
  chosen.erase(std::ranges::unique(chosen).begin(), chosen.end());
  return chosen;
}

}  // namespace mock
