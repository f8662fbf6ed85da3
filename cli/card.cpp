// Files of a simulated card.

#include "cli/card.h"

#include "cli/command.h"
#include "pki/pkcs12.h"

namespace cli {

CardFiles write_card(const std::filesystem::path& folder, const CardContent& content) {
  std::filesystem::create_directories(folder);
  const std::string name(pki::to_string(content.kind));
  CardFiles files{.certificate = folder / (name + ".cer"), .key = {}, .p12 = {}};
  write_file(files.certificate, content.certificate, FileSecrecy::open);
  if (!content.key) return files;
  files.key = folder / (name + ".key");
  write_file(*files.key, pki::as_bytes(content.key->to_pem()), FileSecrecy::owner_only);
  files.p12 = folder / (name + ".p12");
  const pki::Bytes p12 = pki::make_pkcs12(*content.key,
                                          {.friendly_name = "JPKI-SIM " + name,
                                           .certificate = content.certificate,
                                           .chain = {content.ca_certificate}},
                                          content.p12_password);
  write_file(*files.p12, p12, FileSecrecy::owner_only);
  return files;
}

}  // namespace cli
