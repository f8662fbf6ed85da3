// What a key ceremony has made, as a text to sign and file.

#pragma once

#include <string>

#include "ca/key_folder.h"
#include "pki/time.h"
#include "store/environment.h"

namespace service {

// Who and when, versions of the program and its libraries, how the keys are kept, and for each certificate
// its name, algorithm, validity and SHA-256. No secret.
[[nodiscard]] std::string ceremony_report(const store::ReadTransaction& transaction,
                                          const ca::KeyKeeping& keeping, pki::Time now);

}  // namespace service
