// Operators made while nothing serves: the first two of `jpki init`, and the officer of `jpki operator
// recover`.
//
// Only a user who may read the data folder's keys can do this: it needs no second person, and the
// audit log says that it was done so.

#pragma once

#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "store/environment.h"

namespace service {

struct OfflineOperator {
  std::string name;
  registry::Role role = registry::Role::officer;
  pki::Bytes certification_request;  // PKCS#10
};

struct OfflineCredential {
  pki::Bytes certificate, ca;  // DER
};

// Adds operators to an authority that was just made. Gives a credential for each, in their order.
[[nodiscard]] pki::Result<std::vector<OfflineCredential>> add_first_operators(
    const DataFolder& data, const Config& config, std::unique_ptr<store::Environment> environment,
    const std::vector<OfflineOperator>& operators, const pki::Clock& clock);

// Gives an officer or a supervisor a new credential and revokes the others; enables that operator, or adds an
// officer when there is none of this name. Errc::conflict for an operator that is neither. Throws StoreError
// while another process has the store.
[[nodiscard]] pki::Result<OfflineCredential> recover_officer(const DataFolder& data, const std::string& name,
                                                             const pki::Bytes& certification_request,
                                                             const pki::Clock& clock);

}  // namespace service
