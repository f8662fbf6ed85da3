// Lives that relying parties meet. Each begins so long ago that it ends at the start of the mock.

#include "mock/scenario.h"

#include <array>

namespace mock {

namespace {

constexpr std::array kLibrary = {
    LibraryScenario{"moved-yesterday", R"(title = "Moved yesterday: the signing certificate has fallen"
[[resident]]
as = "mover"
[[step]]
after = "P30D"
event = "address-change"
resident = "mover"
municipality = "131121"
address = "東京都世田谷区模擬町二丁目５番"
[[step]]
after = "P1D"
publish = true
)"},
    LibraryScenario{"married", R"(title = "Took another name, and a new signing certificate"
[[resident]]
as = "spouse"
[[step]]
after = "P10D"
event = "name-change"
resident = "spouse"
name = "改姓　花子"
[[step]]
after = "P1D"
renew = "sign"
resident = "spouse"
)"},
    LibraryScenario{"died", R"(title = "Died last week; the record came two days later"
[[resident]]
as = "deceased"
[[step]]
after = "P20D"
event = "death"
resident = "deceased"
date = "today-P2D"
[[step]]
after = "P7D"
publish = true
)"},
    LibraryScenario{"lost-and-found", R"(title = "Lost the card, called, and found it"
[[resident]]
as = "loser"
[[step]]
after = "P3D"
event = "hold"
resident = "loser"
kind = "auth"
[[step]]
after = "PT4H"
publish = true
[[step]]
after = "P1D"
event = "release"
resident = "loser"
kind = "auth"
)"},
    LibraryScenario{"renewed-early", R"(title = "Renewed early: the former certificates are superseded"
[[resident]]
as = "early"
[[step]]
after = "P40D"
renew = "auth"
resident = "early"
[[step]]
renew = "sign"
resident = "early"
)"},
    LibraryScenario{
        "left-the-country",
        R"(title = "Gave notice of leaving Japan with the card; certificates of the window go on abroad"
[[resident]]
as = "emigrant"
[[step]]
after = "P5D"
event = "overseas-exit"
resident = "emigrant"
planned = "today+P10D"
card_handed_in = true
[[step]]
after = "P1D"
renew = "auth"
resident = "emigrant"
[[step]]
renew = "sign"
resident = "emigrant"
[[step]]
after = "P20D"
publish = true
)"},
    LibraryScenario{"under-15", R"(title = "Twelve years old: authentication alone"
[[resident]]
as = "child"
birth = "today-P12Y"
card = "auth"
)"},
    LibraryScenario{"expired-this-morning", R"(title = "The card's last day was yesterday"
[[resident]]
as = "late"
card_expires = "today+P29D"
[[step]]
after = "P30D"
publish = true
)"},
    LibraryScenario{"slow-authority", R"(title = "Answers come late, and one in three not at all"
[[resident]]
as = "patient"
[[step]]
fault = "slow"
milliseconds = 2000
[[step]]
fault = "drop"
probability = 0.33
)"},
    LibraryScenario{"previous-generation", R"(title = "Issued before the CAs began another generation"
[[resident]]
as = "veteran"
[[step]]
after = "P60D"
new_generation = true
[[step]]
after = "P1D"
publish = true
)"},
    LibraryScenario{"pinless-at-the-clinic",
                    R"(title = "Forgot the PIN and locked it; at the clinic the face is enough"
[[resident]]
as = "forgetful"
birth = "today-P82Y"
[[step]]
after = "P2D"
lock = "auth"
resident = "forgetful"
)"},
    LibraryScenario{"backdated-consent", R"(title = "The thief signed a consent with a date before the theft"
[[resident]]
as = "robbed"
[[step]]
after = "P12D"
event = "key-notice"
resident = "robbed"
date = "today-P2D"
[[step]]
consent = "today-P5D"
resident = "robbed"
[[step]]
after = "P1D"
renew = "auth"
resident = "robbed"
[[step]]
renew = "sign"
resident = "robbed"
[[step]]
publish = true
)"},
    LibraryScenario{"stolen-card", R"(title = "The card was stolen; the holder said so two days later"
[[resident]]
as = "victim"
[[step]]
after = "P12D"
event = "key-notice"
resident = "victim"
date = "today-P2D"
[[step]]
after = "PT1H"
publish = true
)"}};

}  // namespace

std::span<const LibraryScenario> scenario_library() {
  return kLibrary;
}

}  // namespace mock
