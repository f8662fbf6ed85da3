// Answers given under an Idempotency-Key, so that a repeated request is answered and not done again.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "store/environment.h"
#include "store/vault.h"

namespace store {

// What was answered to a request, and the SHA-256 of that request: another request under the same key is a
// mistake of the caller.
struct RememberedAnswer {
  pki::Bytes request_hash;
  std::uint64_t http_status = 200;
  std::string body;
  // Absent in what an earlier version wrote.
  std::optional<pki::Time> recorded_at = {};
};

// `scope` keeps the keys of different operators apart.
[[nodiscard]] std::optional<RememberedAnswer> find_answer(const ReadTransaction& transaction,
                                                          const Vault& vault, std::string_view scope,
                                                          std::string_view key);
void remember_answer(WriteTransaction& transaction, const Vault& vault, std::string_view scope,
                     std::string_view key, const RememberedAnswer& answer);

// A request as far as its Idempotency-Key goes: a command that carries it is done once, and its answer is
// remembered with what it wrote. Without a key nothing is asked and nothing remembered.
struct IdempotencyClaim {
  std::string scope = {};
  // Empty: the request has none.
  std::string key = {};
  pki::Bytes request_hash = {};  // SHA-256

  // Errc::conflict when the key has been answered by now.
  [[nodiscard]] pki::Result<void> check(const ReadTransaction& transaction, const Vault& vault) const;
  void remember(WriteTransaction& transaction, const Vault& vault, std::uint64_t http_status,
                std::string body, pki::Time now) const;
};

// When the answer under a key of the table was given; nothing when there is none or it does not say.
[[nodiscard]] std::optional<pki::Time> answer_recorded_at(const ReadTransaction& transaction,
                                                          const Vault& vault, pki::ByteView table_key);

}  // namespace store
