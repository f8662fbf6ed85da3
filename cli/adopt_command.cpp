// jpki cert adopt.

#include "cli/command.h"
#include "pki/messages/cli.h"
#include "pki/private_key.h"

namespace cli {

namespace {

// DER, or the first certificate of a PEM file.
pki::Bytes read_certificate_file(const std::string& file) {
  const std::string text = read_text_file(file);
  const auto blocks = pki::decode_pem_blocks(text, "CERTIFICATE");
  if (blocks.has_value() && !blocks->empty()) return blocks->front();
  return pki::to_bytes(pki::as_bytes(text));
}

int adopt(const CommonOptions& common, const std::string& file, const std::string& resident) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(
      client.post("/v1/certificates/adoptions",
                  {{"certificate", pki::to_base64(read_certificate_file(file))}, {"resident", resident}}));
  print(common, answer,
        common.say(messages::certificate_adopted, text_field(answer, "certificate"),
                   text_field(answer, "resident"), text_field(answer, "state")));
  return kDone;
}

}  // namespace

void add_adopt_command(CommandLine& line, const Command& cert) {
  const CommonOptions& common = line.common;
  auto file = std::make_shared<std::string>(), resident = std::make_shared<std::string>();
  const Command adopt_one =
      add_command(line, cert, "adopt", "Bring back a certificate that a restored store has forgotten",
                  "jpki cert adopt sign.cer --resident 10000000006");
  adopt_one.add_option("FILE", *file, "The certificate, DER or PEM; its signature is the proof").required();
  adopt_one.add_option("--resident", *resident, "Whose it is").required();
  on_run(line, adopt_one, [&common, file, resident] { return adopt(common, *file, *resident); });
}

}  // namespace cli
