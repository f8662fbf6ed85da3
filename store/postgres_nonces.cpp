// Nonces as rows of jpki_nonce, whose primary key decides.

#include <algorithm>

#include "pki/messages/store.h"
#include "store/nonce_table.h"
#include "store/postgres_session.h"

namespace store {

namespace {

// The empty row says that the table is old enough. In the order of the key, so that two machines never wait
// for each other; who comes second waits until the first one's commit, and has nothing to insert.
constexpr const char* kTake = R"(
WITH ready AS (SELECT 1 FROM jpki_nonce_memory
               WHERE begun <= clock_timestamp() - make_interval(secs => ($3::bigint)::double precision)),
     taken AS (INSERT INTO jpki_nonce (mark, machine)
               SELECT substring($1::bytea FROM i * 16 + 1 FOR 16) AS one, $2::text
               FROM ready, generate_series(0, octet_length($1::bytea) / 16 - 1) AS i ORDER BY one
               ON CONFLICT DO NOTHING RETURNING mark)
SELECT mark FROM taken UNION ALL SELECT ''::bytea FROM ready)";
constexpr const char* kNewest = "SELECT coalesce(max(number), 0) FROM jpki_nonce";
// In steps, so that no statement takes long.
constexpr const char* kRemove = R"(
DELETE FROM jpki_nonce WHERE number IN
  (SELECT number FROM jpki_nonce WHERE number <= $1::bigint ORDER BY number LIMIT 5000))";

class PostgresNonces final : public NonceTable {
 public:
  PostgresNonces(PostgresOptions options, std::string machine)
      : database_(std::move(options)), machine_(std::move(machine)) {}

  pki::Result<std::vector<bool>> take(std::span<const SharedNonce> nonces, pki::Seconds memory) override {
    pki::Bytes all;
    for (const SharedNonce& nonce : nonces)
      pki::append(all, nonce);
    TRY_ASSIGN(const SqlAnswer answer, database_.ask(kTake, SqlParameters().bytes(all).text(machine_).number(
                                                                static_cast<std::uint64_t>(memory.count()))));
    if (answer.count() == 0) return pki::fail(pki::Errc::too_busy, messages::nonces_too_young);
    std::vector<bool> taken(nonces.size(), false);
    for (std::size_t row = 0; row < answer.count(); ++row) {
      const auto found = std::ranges::find_if(
          nonces, [&](const SharedNonce& nonce) { return pki::equal(nonce, answer.field(row, 0)); });
      if (found != nonces.end()) taken[static_cast<std::size_t>(found - nonces.begin())] = true;
    }
    return taken;
  }
  pki::Result<std::uint64_t> newest() override {
    TRY_ASSIGN(const SqlAnswer answer, database_.ask(kNewest));
    return answer.number(0, 0);
  }
  pki::Result<void> remove_to(std::uint64_t number) override {
    for (;;) {
      TRY_ASSIGN(const SqlAnswer removed, database_.ask(kRemove, SqlParameters().number(number)));
      if (removed.changed() == 0) return {};
    }
  }

 private:
  LogDatabase database_;
  const std::string machine_;
};

}  // namespace

std::unique_ptr<NonceTable> open_postgres_nonces(PostgresOptions options, std::string machine) {
  return std::make_unique<PostgresNonces>(std::move(options), std::move(machine));
}

}  // namespace store
