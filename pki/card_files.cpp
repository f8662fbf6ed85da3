// Files of a simulated card.

#include "pki/card_files.h"

#include "pki/file.h"
#include "pki/pkcs12.h"

namespace pki {

Result<CardFiles> write_card(const std::filesystem::path& folder, const CardContent& content) {
  // A certificate for signing holds name, address, date of birth and sex: its files are the holder's alone.
  if (std::filesystem::create_directories(folder))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  const std::string name(to_string(content.kind));
  CardFiles files{.certificate = folder / (name + ".cer"), .key = {}, .p12 = {}};
  TRY(save_file(files.certificate, content.certificate, FileSecrecy::owner_only));
  if (!content.key) return files;
  files.key = folder / (name + ".key");
  TRY(save_file(*files.key, as_bytes(content.key->to_pem()), FileSecrecy::owner_only));
  files.p12 = folder / (name + ".p12");
  const Bytes p12 = make_pkcs12(*content.key,
                                {.friendly_name = "JPKI-SIM " + name,
                                 .certificate = content.certificate,
                                 .chain = {content.ca_certificate}},
                                content.p12_password, content.p12_hashing);
  TRY(save_file(*files.p12, p12, FileSecrecy::owner_only));
  return files;
}

}  // namespace pki
