// Refusals in the audit log: one entry for each sort in a minute, and how many were left out.

#include "service/refusal_audit.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include "registry/schema.h"
#include "store/audit.h"
#include "tests/support/command.h"

namespace service {

namespace {

class SettableClock final : public pki::Clock {
 public:
  [[nodiscard]] pki::Time now() const override { return pki::from_unix(now_.load()); }
  [[nodiscard]] std::int64_t now_milliseconds() const override { return now_.load() * 1000; }
  void advance(pki::Seconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'800'000'000};
};

ocsp::Refusal repeat_of(std::uint64_t credential) {
  return {{.verifier = 7, .credential = pki::SerialNumber{credential}}, ocsp::RefusalKind::repeated_nonce};
}

}  // namespace

TEST_CASE(
    "a refusal that repeats within a minute is counted, and the next entry says how many were left out") {
  const support::TemporaryFolder folder;
  const auto environment = store::Environment::create({.directory = folder.path() / "store",
                                                       .map_bytes = std::size_t{16} << 20U,
                                                       .durability = store::Durability::temporary},
                                                      registry::kSchema);
  SettableClock clock;
  {
    store::Writer writer(*environment, clock);
    const auto report = make_refusal_audit(writer, clock);
    for (int i = 0; i < 100; ++i)
      report(repeat_of(1));
    report(repeat_of(2));
    report({{.verifier = 7, .credential = pki::SerialNumber{1}}, ocsp::RefusalKind::missing_nonce});
    clock.advance(kRefusalRepeats);
    report(repeat_of(1));
  }
  std::vector<std::vector<std::string>> subjects;
  const auto transaction = environment->read();
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous())
    subjects.insert(subjects.begin(), entries.row().subjects);
  REQUIRE(subjects.size() == 4);
  const std::vector<std::string> first = {"verifier 7", "credential 1"};
  CHECK(subjects.front() == first);
  // 99 repeats: said by the entry of another credential that came next.
  CHECK(subjects[1] == std::vector<std::string>{"verifier 7", "credential 2", "refusals left out 99"});
  CHECK(subjects[2] == first);
  CHECK(subjects[3] == first);
}

}  // namespace service
