// Writing a list of any length with the memory of a short one, in one walk over its entries.
//
// DER puts lengths in front, and the length of a list is known only when its last entry is. So entries are
// written behind room for what stands before them, and that is written last, to end where they begin. The
// signature comes later and elsewhere: its place after the TBSCertList is left free, and so is the place of
// the outer header before it. What is signed is the digest of what stands in the file (crl/maker), so nothing
// is hashed here.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "crl/encode.h"
#include "crl/entry_cut.h"
#include "crl/store.h"
#include "pki/bytes.h"
#include "registry/decoded_issuer.h"

namespace crl {

// Gives the next entries, none at the end. They are valid until the next call.
using NextEntries = std::function<std::span<const ListEntry>()>;

// A publication file that grows by one list after another, from several threads.
struct GrowingFile {
  GrowingFile(const std::filesystem::path& folder, registry::IssuerId issuer, registry::CrlKind kind,
              std::uint64_t number)
      : file(folder, issuer, kind, number) {}

  PublicationFile file;
  std::mutex mutex;
  std::uint64_t end = 0;  // Guarded by mutex: where the next list's room begins.
};

// A TBSCertList in a publication file, not yet signed.
struct StreamedTbs {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t entries = 0;
  // The content of revokedCertificates, from the beginning of the TBSCertList.
  std::uint64_t entries_begin = 0;
  std::uint64_t entries_length = 0;
  // Where its parts begin, when it was written in parts.
  std::vector<EntryCut> cuts;
};

// A whole CertificateList in a publication file.
struct PlacedList {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// The bytes left free before and after a TBSCertList for the rest of the CertificateList.
inline constexpr std::uint64_t kRoomBeforeTbs = 8;
[[nodiscard]] std::uint64_t room_after_tbs(pki::SignatureAlgorithm algorithm);

// Where a list goes and what it is.
struct ListJob {
  GrowingFile& file;
  const registry::DecodedIssuer& issuer;
  const ListDescription& description;
};

// Writes one TBSCertList after another. For one thread; the others may write into the same file meanwhile.
class ListWriter final {
 public:
  ListWriter();
  // Throws pki::MessageError when the file refuses.
  StreamedTbs write(const ListJob& job, const NextEntries& next);

 private:
  pki::Bytes buffer_;
};

// Entries that stand encoded somewhere: the content of a revokedCertificates.
struct EncodedEntries {
  pki::ByteView content;
  std::uint64_t count = 0;
};

// Writes a list of entries that another list has, by another key. May be called from any thread.
StreamedTbs write_encoded(const ListJob& job, const EncodedEntries& entries);

// Some entries of a long list: those of a few distribution points.
struct ListPart {
  pki::DistributionPoint first;
  NextEntries entries;
};

// Gives the next part of a list, nothing when all parts are taken. Called by one thread at a time, `thread`
// says which; the entries are asked for by that thread alone.
using NextPart = std::function<std::optional<ListPart>(std::size_t thread)>;

// Writes a long list by several threads, each a part at a time. The entries stand in the order of the parts.
StreamedTbs write_in_parts(const ListJob& job, const NextPart& next, std::size_t threads);

// Completes a list around its TBSCertList. May be called from any thread.
PlacedList write_signature(PublicationFile& file, const StreamedTbs& tbs, pki::SignatureAlgorithm algorithm,
                           pki::ByteView signature);

}  // namespace crl
