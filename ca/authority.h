// The CA generations of a store with their keys in use.

#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "ca/key_folder.h"
#include "ca/profile.h"
#include "registry/signing_issuer.h"
#include "store/environment.h"

namespace ca {

// Usable from any thread. Generations are added while the service runs and never leave, so that what
// current() and find() give stays.
class Authority final {
 public:
  // The generations given, by CA name and generation.
  Authority(Profile profile, std::vector<registry::SigningIssuer> generations);
  // Every generation of the store, with its key from `keys`.
  static pki::Result<Authority> load(const store::ReadTransaction& transaction, const KeyFolder& keys,
                                     Profile profile);

  [[nodiscard]] const Profile& profile() const { return profile_; }
  // Those in use, by CA name and generation; copies share everything.
  [[nodiscard]] std::vector<registry::SigningIssuer> generations() const;
  // The newest generation of a CA name: the one that issues.
  [[nodiscard]] const registry::SigningIssuer& current(pki::CaName ca) const;
  // The newest one of this state of the store: what a commit begins is in use for who reads that commit.
  [[nodiscard]] const registry::SigningIssuer& current(const store::ReadTransaction& transaction,
                                                       pki::CaName ca) const;
  // Null for one that is not here; also one that is announced.
  [[nodiscard]] const registry::SigningIssuer* find(registry::IssuerId id) const;

  // A generation that is about to be put on record: found by its id from now on.
  void announce(registry::SigningIssuer generation);
  // It is on record, and in use from now on.
  void begin(registry::IssuerId id);
  // It was not put on record. Nothing may have found it.
  void withdraw(registry::IssuerId id);

 private:
  struct Entry {
    registry::SigningIssuer issuer;
    bool is_in_use = true;
  };
  struct State {
    std::mutex mutex;
    std::list<Entry> entries;  // Guarded by mutex; by CA name and generation.
  };

  Profile profile_;
  std::unique_ptr<State> state_;
};

// Of every generation that has one, with its key from `keys`: the machine's own or the generation's first.
[[nodiscard]] pki::Result<std::vector<registry::SigningResponder>> load_responders(
    const store::ReadTransaction& transaction, const KeyFolder& keys, std::string_view machine = {});

}  // namespace ca
