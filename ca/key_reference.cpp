// Lines of text, so that people can read them.

#include "ca/key_reference.h"

#include "pki/private_key.h"
#include "pki/random.h"

namespace ca {

namespace {

constexpr std::string_view kMark = "# A key on a token: it is used there and never leaves it.\n";
constexpr std::string_view kPublicKey = "PUBLIC KEY";

// The rest of the line that begins with "name: ".
std::string value_of(std::string_view text, std::string_view name) {
  const std::string begin = "\n" + std::string(name) + ": ";
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + begin.size());
  return std::string(rest.substr(0, rest.find('\n')));
}

}  // namespace

bool is_key_reference(std::string_view text) {
  return text.starts_with(kMark);
}

std::string write_key_reference(const KeyReference& reference) {
  std::string text(kMark);
  text.append("token: ").append(reference.token).append("\nlabel: ").append(reference.key.label);
  text.append("\nid: ").append(pki::to_hex(reference.key.id)).append("\n");
  if (!reference.wrapped.empty()) text += "wrapped: " + pki::to_hex(reference.wrapped) + "\n";
  if (!reference.public_key.empty()) text += pki::encode_pem(kPublicKey, reference.public_key);
  return text;
}

std::optional<KeyReference> read_key_reference(std::string_view text) {
  if (!is_key_reference(text)) return std::nullopt;
  const auto id = pki::from_hex(value_of(text, "id")), wrapped = pki::from_hex(value_of(text, "wrapped"));
  const auto keys = pki::decode_pem_blocks(text, kPublicKey);
  KeyReference reference{.token = value_of(text, "token"),
                         .key = {value_of(text, "label"), {}},
                         .public_key = {},
                         .wrapped = {}};
  if (!id || id->empty() || !wrapped || !keys || keys->size() > 1 || reference.token.empty())
    return std::nullopt;
  reference.key.id = *id;
  reference.wrapped = *wrapped;
  if (!keys->empty()) reference.public_key = keys->front();
  return reference;
}

pki::TokenKeyName new_token_key(const std::string& file) {
  constexpr std::size_t kIdSize = 16;
  return {file.substr(0, file.rfind('.')), pki::Rng::system().bytes(kIdSize)};
}

}  // namespace ca
