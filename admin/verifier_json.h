// A verifier as the admin API shows it.

#pragma once

#include <vector>

#include "admin/json.h"
#include "pki/message.h"
#include "verifier/verifiers.h"

namespace admin {

// Name, classes with their steps, how it is recognised, and its standing at a moment, explained in
// `language`.
[[nodiscard]] json::object to_json(const verifier::Verifier& verifier, pki::Time now, pki::Language language);
// By class: whether it is active, and the dates of its steps.
[[nodiscard]] json::object classes_to_json(const verifier::Verifier& verifier,
                                           const verifier::Standing& standing, pki::Date today);
// The field `class`: names of verifier classes; empty when absent.
[[nodiscard]] pki::Result<std::vector<verifier::VerifierClass>> read_classes(FieldReader& fields);

}  // namespace admin
