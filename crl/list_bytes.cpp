// Two heads, a long middle that is only digested, and a tail with the signature.

#include "crl/list_bytes.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "pki/der.h"
#include "pki/hash.h"
#include "pki/messages/crl.h"
#include "pki/signature_algorithm.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

constexpr std::size_t kCopyPiece = std::size_t{256} * 1024;
// Tag and length of two SEQUENCEs.
constexpr std::size_t kHeads = 16;
// signatureAlgorithm and signatureValue; the longest, of RSA-4096, take some 530 bytes.
constexpr std::uint64_t kLongestTail = 4096;

pki::Error damaged(const pki::MessageText& why) {
  return pki::fail(pki::Errc::internal, {messages::list_damaged, why});
}

struct Head {
  std::uint64_t size = 0;
  std::uint64_t content = 0;
};

// Of a SEQUENCE whose content need not be there.
std::optional<Head> read_head(pki::ByteView bytes) {
  if (bytes.size() < 2 || bytes[0] != tag::kSequence) return std::nullopt;
  if (bytes[1] < 0x80) return Head{2, bytes[1]};
  const std::size_t length = bytes[1] & 0x7FU;
  if (length == 0 || length > 4 || bytes.size() < 2 + length) return std::nullopt;
  return Head{2 + length, pki::read_big_endian(bytes.subspan(2, length))};
}

// Where the TBSCertList lies.
struct Part {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

pki::Result<Part> find_tbs(const http::File& file, const registry::CrlRecord& record) {
  const auto first = static_cast<std::size_t>(std::min<std::uint64_t>(record.length, kHeads));
  TRY_ASSIGN(const pki::Bytes bytes, file.read(record.offset, first));
  const auto outer = read_head(bytes);
  if (!outer || outer->size + outer->content != record.length) return damaged(messages::no_certificate_list);
  const auto inner = read_head(pki::ByteView(bytes).subspan(static_cast<std::size_t>(outer->size)));
  if (!inner || inner->size + inner->content >= outer->content) return damaged(messages::no_tbs);
  return Part{record.offset + outer->size, inner->size + inner->content};
}

// Gives a part to each of the hashes, piece by piece.
pki::Result<void> update(std::span<pki::Hash> hashes, const http::File& file, const Part& part) {
  for (std::uint64_t done = 0; done < part.length;) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kCopyPiece, part.length - done));
    TRY_ASSIGN(const pki::Bytes piece, file.read(part.offset + done, size));
    for (pki::Hash& hash : hashes)
      hash.update(piece);
    done += size;
  }
  return {};
}

// Records of the first builds have the digest of the whole list.
pki::Result<void> check_whole_digest(const http::File& file, const registry::CrlRecord& record) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  TRY(update({&hash, 1}, file, {record.offset, record.length}));
  if (!pki::equal(hash.finish(), record.sha256)) return damaged(messages::digest_differs);
  return {};
}

pki::Result<void> check_tail(const pki::Bytes& tail, const registry::DecodedIssuer& authority,
                             pki::ByteView digest) {
  pki::der::Reader reader(tail);
  const auto algorithm = reader.read(tag::kSequence);
  const auto signature = reader.read_bit_string();
  if (!algorithm || !signature || signature->unused != 0 || reader.finish().has_error())
    return damaged(messages::signature_undecodable);
  const auto known = pki::signature_algorithm_from(algorithm->encoding);
  const bool is_right =
      known && *known == authority.algorithm &&
      authority.verification_key.verify_digest(authority.algorithm, digest, signature->bytes);
  if (!is_right) return damaged(messages::signature_unverified);
  return {};
}

}  // namespace

bool holds_all_of(const http::File& file, const registry::CrlRecord& record) {
  struct stat facts{};
  if (::fstat(file.descriptor(), &facts) != 0) return false;
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  return size >= record.offset && size - record.offset >= record.length;
}

pki::Result<void> check_bytes(const http::File& file, const registry::CrlRecord& record,
                              const registry::DecodedIssuer& authority) {
  TRY_ASSIGN(const Part tbs, find_tbs(file, record));
  std::array hashes = {pki::Hash(pki::HashAlgorithm::sha256), pki::Hash(pki::hash_of(authority.algorithm))};
  const bool is_one = pki::hash_of(authority.algorithm) == pki::HashAlgorithm::sha256;
  TRY(update(std::span(hashes).first(is_one ? 1 : 2), file, tbs));
  const pki::Bytes sha256 = hashes[0].finish();
  if (!pki::equal(sha256, record.sha256)) TRY(check_whole_digest(file, record));
  const std::uint64_t rest = record.offset + record.length - tbs.offset - tbs.length;
  if (rest > kLongestTail) return damaged(messages::signature_undecodable);
  TRY_ASSIGN(const pki::Bytes tail, file.read(tbs.offset + tbs.length, static_cast<std::size_t>(rest)));
  return check_tail(tail, authority, is_one ? sha256 : hashes[1].finish());
}

}  // namespace crl
