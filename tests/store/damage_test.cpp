// Stores that are cut, rows that were altered, and faults in mapped memory.

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <functional>

#include "registry/issuers.h"
#include "registry/unissued.h"
#include "store/crc32c.h"
#include "store/fault_line.h"
#include "tests/registry/store.h"

namespace store::testing {

using namespace registry::testing;

namespace {

std::string refusal_of(const EnvironmentOptions& options) {
  try {
    Environment::open(options, registry::kSchema);
  } catch (const StoreError& error) {
    return error.what();
  }
  return "";
}

void close(Store& store) {
  store.writer.reset();
  store.environment.reset();
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Runs `work` in a process of its own, which must end with one line about the store.
void check_ends_with_line(const std::filesystem::path& file, const std::function<void()>& work) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    work();
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string words;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(pipe[0], buffer, sizeof(buffer))) > 0;)
    words.append(buffer, static_cast<std::size_t>(got));
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == kFaultExitCode);
  CHECK(says(words, file.string()));
  CHECK(says(words, "jpki restore"));
  CHECK(std::count(words.begin(), words.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("a store that was cut anywhere is refused in words before it is read") {
  Store store;
  for (std::uint64_t serial = 1; serial <= 500; ++serial)
    store.issue(serial);
  close(store);
  const auto file = store.options.directory / "data.mdb";
  const std::uint64_t size = std::filesystem::file_size(file);
  for (const std::uint64_t left : {size * 95 / 100, size * 9 / 10, size / 2, std::uint64_t{8192},
                                   std::uint64_t{5000}, std::uint64_t{0}}) {
    CAPTURE(left);
    const auto copy = store.folder.path() / ("cut-" + std::to_string(left));
    std::filesystem::create_directories(copy);
    std::filesystem::copy_file(file, copy / "data.mdb");
    std::filesystem::resize_file(copy / "data.mdb", left);
    EnvironmentOptions options = store.options;
    options.directory = copy;
    CHECK(says(refusal_of(options), "is cut"));
    CHECK(std::filesystem::file_size(copy / "data.mdb") == left);
  }
  CHECK(refusal_of(store.options) == "");
}

TEST_CASE("every flipped bit of a status row is noticed") {
  Store store;
  store.issue(7);
  const registry::Key key = registry::Key().certificate({kSign, {7}});
  const pki::Bytes row = pki::to_bytes(store.read().get(registry::tables::status, key).value());
  for (std::size_t bit = 0; bit < 8 * row.size(); ++bit) {
    pki::Bytes other = row;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << (bit % 8)));
    store.damage(
        [&](WriteTransaction& transaction) { transaction.put(registry::tables::status, key, other); });
    CHECK_THROWS_AS(static_cast<void>(registry::find_status(store.read(), {kSign, {7}})), Corruption);
  }
}

TEST_CASE("a status row under another serial's key is noticed") {
  Store store;
  store.issue(7);
  store.issue(8);
  const auto row = pki::to_bytes(
      store.read().get(registry::tables::status, registry::Key().certificate({kSign, {7}})).value());
  store.damage([&](WriteTransaction& transaction) {
    transaction.put(registry::tables::status, registry::Key().certificate({kSign, {8}}), row);
  });
  CHECK_THROWS_AS(static_cast<void>(registry::find_status(store.read(), {kSign, {8}})), Corruption);
}

TEST_CASE("CRC-32C is that of RFC 3720, with and without the processor's instruction") {
  CHECK(crc32c(pki::as_bytes("123456789")) == 0xE3069283);
  CHECK(crc32c_by_table(pki::as_bytes("123456789")) == 0xE3069283);
  CHECK(crc32c(pki::Bytes(32, 0)) == 0x8A9136AA);
  pki::Rng rng = pki::Rng::seeded(3);
  for (std::size_t length = 0; length < 70; ++length) {
    const pki::Bytes bytes = rng.bytes(length);
    const pki::ByteView view(bytes);
    CHECK(crc32c(view) == crc32c_by_table(view));
    CHECK(crc32c(view.subspan(length / 3), crc32c(view.first(length / 3))) == crc32c(view));
  }
}

TEST_CASE("a serial that was taken has a row, or is known to stand on no certificate") {
  Store store;
  store.write([](WriteTransaction& transaction) {
    registry::put_issuer(
        transaction, {.id = kSign, .certificate = {}, .key_file = "", .public_url = "", .compromise = {}});
    CHECK(registry::take_serial(transaction, kSign.ca).value == 1);
    registry::skip_serials(transaction, kSign.ca, 64);
  });
  const auto missing = [&](std::uint64_t serial) {
    return registry::is_status_missing(store.read(), {kSign, {serial}});
  };
  store.issue(3);
  store.issue(4);
  store.issue(64);
  for (const std::uint64_t serial : {0U, 1U, 2U, 5U, 63U, 65U, 1000U})
    CHECK_FALSE(missing(serial));
  for (const std::uint64_t serial : {3U, 64U}) {
    store.damage([&](WriteTransaction& transaction) {
      CHECK(transaction.erase(registry::tables::status, registry::Key().certificate({kSign, {serial}})));
    });
    CHECK(missing(serial));
    // Another generation of the name does not answer for it.
    CHECK(registry::is_status_missing(store.read(), {kSign2, {serial}}));
  }
  CHECK_FALSE(registry::is_status_missing(store.read(), {kSign2, {4}}));
  CHECK(registry::missing_statuses(store.read(), kSign.ca) ==
        std::vector<registry::SerialRange>{{3, 3}, {64, 64}});
}

TEST_CASE("unissued serials are joined and cut as their certificates come and go") {
  Store store;
  pki::Rng rng = pki::Rng::seeded(5);
  std::vector<bool> unissued(200, false);
  for (int step = 0; step < 400; ++step) {
    const std::uint64_t serial = 1 + rng.below(unissued.size() - 1);
    store.write([&](WriteTransaction& transaction) {
      if (unissued[serial])
        registry::mark_issued(transaction, kSign.ca, serial);
      else
        registry::mark_unissued(transaction, kSign.ca, {serial, serial});
    });
    unissued[serial] = !unissued[serial];
  }
  std::uint64_t runs = 0;
  for (std::uint64_t serial = 1; serial < unissued.size(); ++serial) {
    CHECK(registry::is_unissued(store.read(), kSign.ca, serial) == unissued[serial]);
    if (unissued[serial] && !unissued[serial - 1]) ++runs;
  }
  CHECK(store.read().count(registry::tables::unissued) == runs);
}

TEST_CASE("a fault in the mapped store ends the process with one line that names it") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "data.mdb";
  support::write_file(file, pki::Bytes(8192, 1));
  check_ends_with_line(file, [&] {
    const int descriptor = ::open(file.c_str(), O_RDONLY);
    const auto* const mapped = static_cast<const volatile std::uint8_t*>(
        ::mmap(nullptr, 1 << 20U, PROT_READ, MAP_SHARED, descriptor, 0));
    const FaultLine line(file);
    static_cast<void>(mapped[1 << 19U]);
  });
}

}  // namespace store::testing
