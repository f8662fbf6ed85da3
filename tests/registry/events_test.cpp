// The stored form of events: its words and their order never change, so that stores of earlier versions are
// read.

#include "registry/events.h"

#include <string>

#include "tests/registry/store.h"

namespace registry {

namespace {

using testing::day;
using testing::kSign;
using testing::Store;

const ResidentId kResident = make_resident_id(1'000'000'001);

// What version 1 wrote, before the vault sealed it: a lapse of the card that a clock brought, with two
// consequences, and a correction that a feed numbered.
constexpr std::string_view kLapse =
    "3081f50c0a636172642d6c617073650c0a323032362d31312d3233180f32303236313132333035303030305a0c046a706b690201"
    "0602"
    "01000c0030390c05636c6f636b0c0b7468697274792d646179730c036475650c14323032362d31312d32325431353a30303a3030"
    "5a0c"
    "0563617573650c013230818030500201010201010201090201010c067265766f6b650c334d79204e756d626572204f7264657220"
    "3134"
    "286969292c204f7264696e616e63652031372c204163742031312c203135283129a0053003020105302c02010102010102010a02"
    "0103"
    "0c0772656c656173650c1543505320342e393b20686f6c642e72656c65617365";
constexpr std::string_view kCorrection =
    "3081be0c106d696e6f722d636f7272656374696f6e0c0a323032362d31312d3234180f32303236313132333035303030305a0c01"
    "7802"
    "010102030204790c06666565642d32306e0c07616464726573730c21e69db1e4baace983bde6b885e780ace5b882e6a8a1e693ac"
    "e794"
    "baefbc91e795aa0c0a636f7272656374696f6e0c116275696c64696e672d72656e616d696e670c046b696e640c047369676e0c06"
    "7265"
    "61736f6e0c0d7370656369666965642d6167653000a80830060c0166020107";

pki::Bytes from_hex(std::string_view text) {
  pki::Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// Puts a record as another version of the program would have.
void put_sealed(Store& store, std::uint64_t sequence, const pki::Bytes& record) {
  store.damage([&](store::WriteTransaction& transaction) {
    const Key key = Key().u64(kResident.value).u64(sequence);
    transaction.put(tables::events, key, store.vault.seal(tables::events, key, record));
  });
}

pki::Bytes stored(const Store& store, std::uint64_t sequence) {
  const Key key = Key().u64(kResident.value).u64(sequence);
  return store.vault.open(tables::events, key, store.read().get(tables::events, key).value());
}

}  // namespace

TEST_CASE("an event of a store of version 1 is read, and written again as it was") {
  Store store;
  put_sealed(store, 1, from_hex(kLapse));
  put_sealed(store, 2, from_hex(kCorrection));
  const auto events = events_of(store.read(), store.vault, kResident);
  REQUIRE(events.size() == 2);
  const EventRecord& lapse = events[0];
  CHECK(lapse.event == Event::card_lapse);
  CHECK(lapse.occurred_on == day(2026, 11, 23));
  CHECK(lapse.actor.role == Role::system);
  CHECK(clock_of(lapse) == DueCause::thirty_days);
  CHECK(item_of(lapse, EventField::due) == "2026-11-22T15:00:00Z");
  CHECK(lapse_cause_of(lapse) == LapseCause::no_move_in);
  REQUIRE(lapse.consequences.size() == 2);
  CHECK(lapse.consequences[0].certificate == CertificateId{kSign, {9}});
  CHECK(lapse.consequences[0].outcome == Outcome::revoke);
  CHECK(lapse.consequences[0].reason == pki::CrlReason::cessation_of_operation);
  CHECK(lapse.consequences[1].kind == pki::CertificateKind::mobile_sign);
  CHECK(lapse.consequences[1].outcome == Outcome::release);
  CHECK_FALSE(lapse.consequences[1].reason.has_value());
  const EventRecord& correction = events[1];
  CHECK(correction.event == Event::minor_correction);
  CHECK(correction.items == std::vector<EventItem>{{EventField::address, "東京都清瀬市模擬町１番"},
                                                   {EventField::correction, "building-renaming"},
                                                   {EventField::kind, "sign"},
                                                   {EventField::reason, "specified-age"}});
  CHECK(kind_of(correction) == pki::CertificateKind::sign);
  CHECK_FALSE(clock_of(correction).has_value());
  CHECK(correction.feed == "f");
  CHECK(correction.feed_sequence == 7);

  store.write([&](store::WriteTransaction& transaction) {
    for (const EventRecord& event : events)
      put_event(transaction, store.vault, event);
  });
  CHECK(stored(store, 1) == from_hex(kLapse));
  CHECK(stored(store, 2) == from_hex(kCorrection));
}

TEST_CASE("a word that no version wrote is corruption, not another event") {
  for (const auto& [from, to] :
       {std::pair{"card-lapse", "card-lapsE"}, std::pair{"clock", "clocK"}, std::pair{"revoke", "revokE"}}) {
    CAPTURE(to);
    Store store;
    std::string record;
    for (const std::uint8_t byte : from_hex(kLapse))
      record += static_cast<char>(byte);
    record.replace(record.find(from), std::string_view(from).size(), to);
    put_sealed(store, 1, pki::to_bytes(pki::as_bytes(record)));
    CHECK_THROWS_AS(static_cast<void>(events_of(store.read(), store.vault, kResident)), store::Corruption);
  }
}

TEST_CASE("every word is read back") {
  for (int i = 0; i <= static_cast<int>(Event::ca_key_compromise); ++i)
    CHECK(parse_event(to_string(static_cast<Event>(i))) == static_cast<Event>(i));
  for (int i = 0; i <= static_cast<int>(Outcome::supersede); ++i)
    CHECK(parse_outcome(to_string(static_cast<Outcome>(i))) == static_cast<Outcome>(i));
  for (int i = 1; i <= 14; ++i)
    CHECK(parse_lapse_cause(to_string(static_cast<LapseCause>(i))) == static_cast<LapseCause>(i));
  for (int i = 0; i <= static_cast<int>(CorrectionKind::building_name); ++i)
    CHECK(parse_correction_kind(to_string(static_cast<CorrectionKind>(i))) == static_cast<CorrectionKind>(i));
  for (int i = 0; i <= static_cast<int>(OtherMunicipalityReason::equivalent); ++i)
    CHECK(parse_other_municipality_reason(to_string(static_cast<OtherMunicipalityReason>(i))) ==
          static_cast<OtherMunicipalityReason>(i));
  for (int i = 0; i <= static_cast<int>(EventField::found_by); ++i)
    CHECK(parse_event_field(to_string(static_cast<EventField>(i))) == static_cast<EventField>(i));
  for (int i = 1; i <= static_cast<int>(DueCause::card_expiry); ++i)
    CHECK(parse_due_cause(to_string(static_cast<DueCause>(i))) == static_cast<DueCause>(i));
  CHECK(parse_correction_kind("building-renaming") == CorrectionKind::building_name);
  CHECK_FALSE(parse_event("address_change").has_value());
  CHECK_FALSE(parse_lapse_cause("0").has_value());
  CHECK_FALSE(parse_lapse_cause("15").has_value());
}

}  // namespace registry
