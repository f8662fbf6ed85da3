// Two persons where no request can be stored: what works on a data folder that nothing serves from takes the
// credentials of both on one command line.

#pragma once

#include <string>

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/result.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "store/environment.h"

namespace service {

// What one of them has shown.
struct ShownCredential {
  pki::Bytes certificate;  // DER
  pki::PrivateKey key;
};

// The two that a command line names.
struct TwoCredentials {
  ShownCredential officer, supervisor;
};

// Whether an authority asks for two persons: requests.two_persons, and an officer and a supervisor are there.
[[nodiscard]] bool needs_two_persons(const store::ReadTransaction& transaction, const Config& config);
// The same for a data folder. Throws StoreError while another process has the store.
[[nodiscard]] pki::Result<bool> needs_two_persons(const DataFolder& data);

// The names of an officer and of a supervisor who is another, for the audit log. Errc::forbidden for a
// credential that is not an operator's, is not in force, or whose key is not the certificate's.
[[nodiscard]] pki::Result<std::string> check_two_credentials(const store::ReadTransaction& transaction,
                                                             const TwoCredentials& shown, pki::Time now);
[[nodiscard]] pki::Result<std::string> check_two_credentials(const DataFolder& data,
                                                             const TwoCredentials& shown, pki::Time now);

}  // namespace service
