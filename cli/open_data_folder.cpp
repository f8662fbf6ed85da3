// Takes the folder and what opens its keys from the common options.

#include "cli/open_data_folder.h"

#include "service/secrets.h"

namespace cli {

service::SecretOptions secret_options(const CommonOptions& common, const std::filesystem::path& config) {
  return {.passphrase_fd = common.secrets.passphrase_fd,
          .pin_fd = common.secrets.pin_fd,
          .passphrase_file = common.secrets.passphrase_file,
          .pin_file = common.secrets.pin_file,
          .config = config,
          .language = common.language};
}

service::DataFolder open_data_folder(const CommonOptions& common, const std::filesystem::path& config) {
  service::DataFolder data = common.data_folder();
  data.access = service::make_key_access(secret_options(common, config.empty() ? data.config() : config));
  return data;
}

}  // namespace cli
