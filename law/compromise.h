// The compromise of a CA's own key (Act 14, 16-12, 33, 35-12): recording it, and filling in what follows.
//
// It concerns no resident: all certificates of the generation lapse at the moment of recording (Act
// 15(1)(iv), 34(1)(iv)), and the agency makes that public without delay (Act 15(3), 34(3); Ordinance 23, 58).

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "registry/actor.h"
#include "registry/compromise.h"
#include "store/writer.h"

namespace law {

// The word of the CLI and the API for this event.
inline constexpr std::string_view kCompromiseEvent = "ca-key-compromise";

// The articles by which the certificates of a CA are revoked, and those by which the compromise is published.
[[nodiscard]] std::string_view compromise_article(pki::CaName ca);
[[nodiscard]] std::string_view compromise_publication_article(pki::CaName ca);

// Errc::invalid_value (`ca`) when there is no such generation or it is the operations CA's, Errc::forbidden
// when the actor is no officer or supervisor of the agency.
[[nodiscard]] pki::Result<registry::Issuer> find_compromisable_issuer(
    const store::ReadTransaction& transaction, registry::IssuerId issuer, const registry::Actor& actor);

// What was recorded, or had been recorded earlier.
struct CompromiseRecord {
  registry::IssuerId issuer;
  registry::Compromise compromise;
  bool repeated = false;
};

// Records the fact once; a second call changes nothing. Errors as find_compromisable_issuer().
[[nodiscard]] pki::Result<CompromiseRecord> record_compromise(store::CommandContext& context,
                                                              registry::IssuerId issuer);

// How fast rows are filled in: steps are made so large that each takes about `step_time` on the writer's
// thread, commit included, so that no other write waits for long; others have their turn between two steps.
// `batch` is registry::FillingStep's. Fewer than `rows_min` would save nothing:
// a commit has its price, however small it is, and on a slow disk the steps must not shrink without end.
struct BatchPace {
  std::chrono::milliseconds step_time{25};
  std::size_t first_rows = 1500;
  std::size_t rows_min = 1000;
  std::size_t rows_max = 10'000;
  std::size_t batch = 32'768;
};

// Fills in the rows of every compromised generation whose filling is not complete, step by step, until it is
// done or `is_stopping` says so. Gives the generations that were completed; an error of the writer ends it,
// and the next call goes on where this one ended. Not from the writer's thread.
[[nodiscard]] pki::Result<std::vector<registry::IssuerId>> fill_in_compromises(
    const store::Environment& environment, store::Writer& writer, const std::function<bool()>& is_stopping,
    const BatchPace& pace = {});

}  // namespace law
