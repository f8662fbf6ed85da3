// The states of certificates that a mock has ready, by name: what a relying party must be able to tell apart.
//
// Those that need a past are made in it: the mock's clock begins that long before, and runs through what
// falls due. docs/mock.md lists them.

#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mock/people.h"

namespace mock {

// When a state's certificates are issued, in the order of preparation.
enum class Era : std::uint8_t {
  compromised_generation,  // By a generation whose key is compromised at the end of the era.
  previous_generation,     // By the generation before the current one.
  past,                    // By the current generation, kPast before the start.
  now,
};
inline constexpr pki::Seconds kPast = std::chrono::days{60};
// How long before the start each era begins.
[[nodiscard]] pki::Seconds age_of(Era era);

// What the maker of a state works with.
class StateMaker final {
 public:
  StateMaker(const CardShop& shop, std::uint64_t number) : shop_(shop), number_(number) {}

  // Enters the next invented resident, changed by `change`.
  pki::Result<void> add(const std::function<void(registry::Resident&)>& change = {});
  pki::Result<void> issue(pki::CertificateKind kind, ca::IssueMode mode = ca::IssueMode::initial);
  pki::Result<void> issue_both() { return mock::issue_both(shop_, person_); }
  // Applies for a mobile certificate with the card's signing key, and issues it.
  pki::Result<void> issue_mobile(pki::CertificateKind kind);
  // Records an event about the resident, as the resident's municipality would.
  pki::Result<void> record(std::string_view event,
                           const std::function<void(boost::json::object&)>& items = {});
  // Puts another serial into the last certificate and signs it with the CA's key: the registry knows nothing
  // of it.
  pki::Result<void> forge_serial();
  // Leaves serials alone: nothing was ever issued under them.
  void imagine_serials();

  [[nodiscard]] pki::Time now() const { return shop_.world.clock().now(); }
  [[nodiscard]] pki::Date day(int days) const { return pki::add_days(pki::jst_date(now()), days); }
  [[nodiscard]] Person& person() { return person_; }

 private:
  CardShop shop_;
  std::uint64_t number_;
  Person person_;
};

struct ReadyState {
  std::string_view name;
  // What has brought it, in words; empty where nothing has.
  std::string_view cause;
  Era era = Era::now;
  std::function<pki::Result<void>(StateMaker&)> make;
};

// In the order in which they are listed and prepared.
[[nodiscard]] std::span<const ReadyState> ready_states();

// The states that a list names: all, or names with commas between. Errc::invalid_value names the unknown one
// and lists the known.
[[nodiscard]] pki::Result<std::vector<const ReadyState*>> parse_states(std::string_view list);

}  // namespace mock
