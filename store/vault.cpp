// Sealing with the place as associated data.

#include "store/vault.h"

#include <algorithm>
#include <utility>
#include "pki/messages/store.h"

#include "store/environment.h"

namespace store {

namespace {

pki::Bytes place(const Table& table, pki::ByteView key) {
  pki::Bytes bytes = pki::to_bytes(pki::as_bytes(table.name));
  bytes.push_back(0);
  pki::append(bytes, key);
  return bytes;
}

}  // namespace

Vault::Vault(pki::SealingKey key, pki::Rng rng)
    : keys_(std::make_shared<const Keys>(1, std::make_shared<const pki::SealingKey>(std::move(key)))),
      rng_(std::move(rng)) {}

Vault::Vault(std::vector<pki::SealingKey> keys, pki::Rng rng) : rng_(std::move(rng)) {
  if (keys.empty()) throw std::invalid_argument("a vault needs a key");
  Keys shared;
  for (pki::SealingKey& key : keys)
    shared.push_back(std::make_shared<const pki::SealingKey>(std::move(key)));
  keys_ = std::make_shared<const Keys>(std::move(shared));
}

Vault::Vault(pki::Message why) : locked_(std::move(why)), rng_(pki::Rng::system()) {}

std::shared_ptr<const Vault::Keys> Vault::keys() const {
  const std::lock_guard lock(mutex_);
  if (!keys_) throw VaultLocked(*locked_);
  return keys_;
}

pki::Bytes Vault::seal(const Table& table, pki::ByteView key, pki::ByteView plaintext) const {
  const auto all = keys();
  const std::lock_guard lock(mutex_);
  return all->back()->seal(plaintext, place(table, key), rng_);
}

pki::Bytes Vault::open(const Table& table, pki::ByteView key, pki::ByteView sealed) const {
  const auto all = keys();
  const auto right =
      std::ranges::find_if(*all, [&](const auto& one) { return !sealed.empty() && one->id() == sealed[0]; });
  if (right != all->end())
    if (auto opened = (*right)->open(sealed, place(table, key))) return std::move(*opened);
  throw Corruption(pki::Message{messages::sealed_record_unopened, table.name});
}

std::uint8_t Vault::newest() const {
  return keys()->back()->id();
}

void Vault::add(pki::SealingKey key) {
  Keys next = *keys();
  std::erase_if(next, [&](const auto& known) { return known->id() == key.id(); });
  next.push_back(std::make_shared<const pki::SealingKey>(std::move(key)));
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const Keys>(std::move(next));
}

void Vault::drop_old() {
  const auto all = keys();
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const Keys>(Keys{all->back()});
}

}  // namespace store
