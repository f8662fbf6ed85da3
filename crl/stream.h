// Writing a list of any length with the memory of a short one.
//
// DER puts the length in front, so the entries are walked twice: once for their size, once to encode, hash
// and write them. The signature comes later and elsewhere: its place after the TBSCertList is left free, and
// so is the place of the outer header before it, whose length is known only with the signature's.

#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>

#include "crl/authority.h"
#include "crl/encode.h"
#include "crl/store.h"
#include "pki/bytes.h"
#include "pki/hash.h"

namespace crl {

// Gives the next entry, nothing at the end.
using NextEntry = std::function<std::optional<ListEntry>()>;
// Begins a walk over the entries; two walks give the same.
using OpenEntries = std::function<NextEntry()>;

// The octets to be left free before and after a TBSCertList for the rest of the CertificateList.
inline constexpr std::uint64_t kRoomBeforeTbs = 8;
[[nodiscard]] std::uint64_t room_after_tbs(pki::SignatureAlgorithm algorithm);

// A TBSCertList in a publication file, not yet signed.
struct StreamedTbs {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t entries = 0;
  // By hash_of(authority.algorithm).
  pki::Bytes digest;
};

// A whole CertificateList in a publication file.
struct PlacedList {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// Writes one TBSCertList after another. For one thread; while a long list is encoded into one buffer, another
// thread hashes and writes the one before.
class ListWriter final {
 public:
  ListWriter();
  // Where a list goes and what it is.
  struct Job {
    PublicationFile& file;
    std::uint64_t offset;
    const Authority& authority;
    const ListDescription& description;
  };
  // Throws std::system_error when the file refuses.
  StreamedTbs write(const Job& job, const OpenEntries& entries);

 private:
  void put(pki::ByteView octets);
  // Hands the buffer over, after waiting for the one before.
  void flush();
  // Waits for what was handed over.
  void drain();
  void hash_and_write();

  pki::Bytes buffer_;
  pki::Bytes handed_over_;
  PublicationFile* file_ = nullptr;
  std::uint64_t position_ = 0;
  std::optional<pki::Hash> hash_;
  // Last, so that its end is waited for while the rest is still there.
  std::future<void> writing_;
};

// Completes a list around its TBSCertList. May be called from any thread.
PlacedList write_signature(PublicationFile& file, const StreamedTbs& tbs, pki::SignatureAlgorithm algorithm,
                           pki::ByteView signature);

}  // namespace crl
