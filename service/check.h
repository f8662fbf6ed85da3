// `jpki check --store`: reads the store from end to end and says what is wrong with it, besides the running
// service.
//
// A new look at the store is one row of kLooks (check.cpp).

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "service/data_folder.h"
#include "store/environment.h"
#include "store/log_check.h"
#include "store/vault.h"

namespace service {

// What a look works with.
struct LookContext {
  const store::ReadTransaction& snapshot;
  const store::Vault& vault;
  // Something wrong, one line; no personal item.
  const std::function<void(std::string)>& report;
};

struct Look {
  std::string_view name;
  std::string_view what;
  // Gives how many records it has looked at.
  std::uint64_t (*run)(const LookContext& context);
};

struct LookResult {
  std::string name;
  std::string what;
  std::uint64_t looked_at = 0;
  // At most kFindingsKept; `found` counts all.
  std::vector<std::string> findings;
  std::uint64_t found = 0;
};

inline constexpr std::size_t kFindingsKept = 100;

[[nodiscard]] std::vector<LookResult> check_store(const store::ReadTransaction& snapshot,
                                                  const store::Vault& vault);
[[nodiscard]] LookResult look_at_log(store::Log& log, const store::LogPosition& position);
// The store of a data folder, whether or not the service runs; of a machine of a cluster its log, too.
[[nodiscard]] pki::Result<std::vector<LookResult>> check_folder(const DataFolder& data);

}  // namespace service
