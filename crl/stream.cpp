// The two passes, and the frame around them.

#include "crl/stream.h"

#include <stdexcept>

#include "pki/der.h"

namespace crl {

namespace {

// Two of these are the memory that a list of any length takes.
constexpr std::size_t kBufferSize = 256 * 1024;
// Written octets are handed to the disk in pieces of this size while the next ones are made.
constexpr std::uint64_t kWritebackSize = 8 * 1024 * 1024;

struct EntriesSize {
  std::uint64_t count = 0;
  std::uint64_t octets = 0;
};

EntriesSize measure(const OpenEntries& entries) {
  EntriesSize size;
  const NextEntry next = entries();
  while (const auto entry = next()) {
    ++size.count;
    size.octets += EntryEncoder::size_of(*entry);
  }
  return size;
}

// The longest signature: DER of two integers for ECDSA.
std::uint64_t longest_signature(pki::SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case pki::SignatureAlgorithm::rsa_sha256:
      return 256;
    case pki::SignatureAlgorithm::ecdsa_p256_sha256:
      return 72;
    case pki::SignatureAlgorithm::ecdsa_p384_sha384:
      return 104;
  }
  return 256;
}

}  // namespace

std::uint64_t room_after_tbs(pki::SignatureAlgorithm algorithm) {
  const std::uint64_t bits = longest_signature(algorithm) + 1;
  return pki::encode_algorithm_identifier(algorithm).size() + 1 + pki::der::length_of_length(bits) + bits;
}

ListWriter::ListWriter() {
  buffer_.reserve(kBufferSize);
  handed_over_.reserve(kBufferSize);
}

void ListWriter::hash_and_write() {
  hash_->update(handed_over_);
  file_->write(position_, handed_over_);
  const std::uint64_t end = position_ + handed_over_.size();
  if (end / kWritebackSize != position_ / kWritebackSize)
    file_->begin_writeback((end / kWritebackSize - 1) * kWritebackSize, kWritebackSize);
  position_ = end;
}

void ListWriter::drain() {
  if (writing_.valid()) writing_.get();
}

void ListWriter::flush() {
  drain();
  std::swap(buffer_, handed_over_);
  buffer_.clear();
  writing_ = std::async(std::launch::async, [this] { hash_and_write(); });
}

void ListWriter::put(pki::ByteView octets) {
  if (buffer_.size() + octets.size() > kBufferSize) flush();
  pki::append(buffer_, octets);
}

StreamedTbs ListWriter::write(const Job& job, const OpenEntries& entries) {
  const pki::Bytes head = encode_list_head(job.authority, job.description);
  const pki::Bytes extensions = encode_list_extensions(job.authority, job.description);
  const EntriesSize size = measure(entries);
  // Section 5.1.2.6: without entries the field is absent.
  const pki::Bytes list_header =
      size.count == 0 ? pki::Bytes{} : pki::der::header(pki::der::tag::kSequence, size.octets);
  const std::uint64_t content = head.size() + list_header.size() + size.octets + extensions.size();
  const pki::Bytes header = pki::der::header(pki::der::tag::kSequence, content);

  file_ = &job.file;
  position_ = job.offset;
  hash_.emplace(pki::hash_of(job.authority.algorithm));
  buffer_.clear();
  put(header);
  put(head);
  put(list_header);
  EntryEncoder encoder;
  const NextEntry next = entries();
  while (const auto entry = next())
    put(encoder.encode(*entry));
  put(extensions);
  drain();
  std::swap(buffer_, handed_over_);
  hash_and_write();
  const StreamedTbs written{.offset = job.offset,
                            .length = header.size() + content,
                            .entries = size.count,
                            .digest = hash_->finish()};
  if (position_ != written.offset + written.length)
    throw std::logic_error("the two walks over the entries of a CRL differ");
  return written;
}

PlacedList write_signature(PublicationFile& file, const StreamedTbs& tbs, pki::SignatureAlgorithm algorithm,
                           pki::ByteView signature) {
  if (signature.size() > longest_signature(algorithm))
    throw std::logic_error("a signature is longer than its kind");
  pki::der::Writer tail;
  tail.raw(pki::encode_algorithm_identifier(algorithm));
  tail.bit_string(signature);
  const pki::Bytes header = pki::der::header(pki::der::tag::kSequence, tbs.length + tail.view().size());
  const PlacedList placed{.offset = tbs.offset - header.size(),
                          .length = header.size() + tbs.length + tail.view().size()};
  file.write(placed.offset, header);
  file.write(tbs.offset + tbs.length, tail.view());
  return placed;
}

}  // namespace crl
