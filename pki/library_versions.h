// Which libraries this program computes with, for reports.

#pragma once

#include <string>

namespace pki {

// E.g. "Botan 2.19.3, OpenSSL 3.0.17".
[[nodiscard]] std::string library_versions();

}  // namespace pki
