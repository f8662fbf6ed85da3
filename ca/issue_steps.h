// The values that one issue goes through. Each is made by Issuance from the one before, moved, never copied,
// and spent when the next is made, as Boulder's issuance token is.

#pragma once

#include <memory>
#include <stdexcept>
#include <utility>

#include "ca/certificate_builder.h"
#include "ca/issue_terms.h"
#include "registry/actor.h"
#include "registry/issuance.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace ca {

// What an issue has come to so far; which members are set depends on the step that holds it.
struct IssueDraft {
  // From the decision on.
  registry::StoredResident resident;
  registry::Actor actor;
  IssueTerms terms;
  registry::Municipality municipality;
  // All but its serial and subject, which the preparation adds.
  EndEntityRequest certificate;
  // From the preparation on: the bytes that will be signed, and the intent that names their hash.
  pki::Bytes tbs;
  registry::Intent intent;
  // Once it is signed: DER.
  pki::Bytes der;
};

class Issuance;

// A draft that has reached one step. `Step` distinguishes the steps, so that no function takes the wrong one.
template <typename Step>
class IssueStep final {
 public:
  IssueStep(IssueStep&&) noexcept = default;
  IssueStep& operator=(IssueStep&&) noexcept = default;
  IssueStep(const IssueStep&) = delete;
  IssueStep& operator=(const IssueStep&) = delete;
  ~IssueStep() = default;

  [[nodiscard]] const IssueDraft& draft() const { return *check(); }

 private:
  friend class Issuance;
  explicit IssueStep(std::unique_ptr<IssueDraft> draft) : draft_(std::move(draft)) {}
  // Spends the step.
  [[nodiscard]] std::unique_ptr<IssueDraft> spend() {
    static_cast<void>(check());
    return std::move(draft_);
  }
  [[nodiscard]] IssueDraft* check() const {
    if (!draft_) throw std::logic_error("a step of an issue was taken twice");
    return draft_.get();
  }

  std::unique_ptr<IssueDraft> draft_;
};

// The certificate may be issued, on these terms.
using IssueDecision = IssueStep<struct DecidedStep>;
// Encoded with its serial and passed by the lint.
using PreparedCertificate = IssueStep<struct PreparedStep>;
// Its intent is durable: it may be signed.
using RecordedIntent = IssueStep<struct RecordedStep>;
// Signed, the signature verified; it must be recorded before it leaves.
using SignedCertificate = IssueStep<struct SignedStep>;

}  // namespace ca
