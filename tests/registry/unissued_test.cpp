// Serials that were taken and are on no certificate: kept as ranges, walked one by one.

#include "registry/unissued.h"

#include "tests/registry/store.h"

namespace registry::testing {

namespace {

std::vector<std::uint64_t> unissued(const Store& store, pki::CaName ca, SerialRange within) {
  std::vector<std::uint64_t> serials;
  const auto snapshot = store.read();
  for (UnissuedCursor cursor(snapshot, ca, within); cursor.valid(); cursor.next())
    serials.push_back(cursor.serial());
  return serials;
}

}  // namespace

TEST_CASE("the unissued serials of a range come in order, of one CA name alone") {
  using Serials = std::vector<std::uint64_t>;
  Store store;
  store.write([](store::WriteTransaction& transaction) {
    mark_unissued(transaction, pki::CaName::sign, {10, 14});
    mark_unissued(transaction, pki::CaName::sign, {20, 21});
    mark_unissued(transaction, pki::CaName::sign, {30, 30});
    mark_unissued(transaction, pki::CaName::auth, {11, 40});
    mark_issued(transaction, pki::CaName::sign, 12);
  });
  CHECK(unissued(store, pki::CaName::sign, {1, 100}) == Serials{10, 11, 13, 14, 20, 21, 30});
  CHECK(unissued(store, pki::CaName::sign, {11, 20}) == Serials{11, 13, 14, 20});
  CHECK(unissued(store, pki::CaName::sign, {12, 12}).empty());
  CHECK(unissued(store, pki::CaName::sign, {15, 19}).empty());
  CHECK(unissued(store, pki::CaName::sign, {31, 100}).empty());
  CHECK(unissued(store, pki::CaName::sign, {30, 29}).empty());
  CHECK(unissued(store, pki::CaName::auth, {39, 100}) == Serials{39, 40});
  CHECK(unissued(store, pki::CaName::operations, {1, 100}).empty());
}

}  // namespace registry::testing
