// Digests by Botan, which uses the processor's SHA instructions where there are any.

#include "pki/hash.h"

#include <botan/hash.h>

#include <array>

namespace pki {

namespace {

// One for each thread, at its start between two digests: to find a function by its name costs more than the
// digest of a short message.
Botan::HashFunction& function_of(HashAlgorithm algorithm) {
  thread_local std::array<std::unique_ptr<Botan::HashFunction>, 4> functions;
  auto& function = functions.at(static_cast<std::size_t>(algorithm));
  if (!function) function = Botan::HashFunction::create_or_throw(to_string(algorithm));
  return *function;
}

}  // namespace

Hash::Hash(HashAlgorithm algorithm) : function_(function_of(algorithm).copy_state()) {}
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

void Hash::update(ByteView bytes) {
  function_->update(bytes.data(), bytes.size());
}

Bytes Hash::finish() {
  Bytes out(function_->output_length());
  function_->final(out.data());
  return out;
}

Bytes digest(HashAlgorithm algorithm, ByteView bytes) {
  Botan::HashFunction& function = function_of(algorithm);
  // Before the function is used: nothing may be thrown that leaves a message half digested.
  Bytes out(function.output_length());
  function.update(bytes.data(), bytes.size());
  function.final(out.data());
  return out;
}

std::size_t digest_size(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return 20;
    case HashAlgorithm::sha256:
      return 32;
    case HashAlgorithm::sha384:
      return 48;
    case HashAlgorithm::sha512:
      return 64;
  }
  return 0;
}

std::optional<HashAlgorithm> hash_algorithm_from(const Oid& oid) {
  for (const auto algorithm :
       {HashAlgorithm::sha1, HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512})
    if (oid_of(algorithm) == oid) return algorithm;
  return std::nullopt;
}

Oid oid_of(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return oids::kSha1;
    case HashAlgorithm::sha256:
      return oids::kSha256;
    case HashAlgorithm::sha384:
      return oids::kSha384;
    case HashAlgorithm::sha512:
      return oids::kSha512;
  }
  return {};
}

const char* to_string(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return "SHA-1";
    case HashAlgorithm::sha256:
      return "SHA-256";
    case HashAlgorithm::sha384:
      return "SHA-384";
    case HashAlgorithm::sha512:
      return "SHA-512";
  }
  return "";
}

}  // namespace pki
