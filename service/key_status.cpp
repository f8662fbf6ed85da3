// Over the folder of keys and the store beside it.

#include "service/key_status.h"

#include "registry/schema.h"
#include "service/config.h"
#include "store/owner_lock.h"

namespace service {

pki::Result<KeyStatus> read_key_status(const DataFolder& data) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  const ca::KeyFolder keys = data.key_folder();
  KeyStatus status;
  TRY_ASSIGN(status.keeping, keys.keeping());
  TRY_ASSIGN(status.sealing_key, keys.sealing_key_file());
  status.files = keys.list();
  const auto environment = store::Environment::open_beside(
      {.directory = data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
  status.rotation = registry::rotation_state(environment->read());
  return status;
}

pki::Result<std::vector<std::string>> protect_keys(const DataFolder& data, const ca::KeyKeeping& keeping,
                                                   ca::KeyAccess& next) {
  const store::OwnerLock lock(data.store());
  if (keeping.passphrase) TRY(next.passphrase());
  return data.key_folder().protect(keeping, next);
}

}  // namespace service
