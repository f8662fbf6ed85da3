// One walk, and the frame around it.

#include "crl/stream.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "crl/parallel.h"
#include "pki/der.h"
#include "pki/messages/crl.h"

namespace crl {

namespace {

// Buffers of this size are the memory that a list of any length takes: one when a thread writes it alone.
constexpr std::size_t kBufferSize = 512 * 1024;
// As many for each thread when several write one list.
constexpr std::size_t kBuffersPerThread = 4;
// Written bytes are handed to the disk in pieces of this size while the next ones are made.
constexpr std::uint64_t kWritebackSize = 4 * 1024 * 1024;
// Identifier and length of anything that fits into a file: 4 bytes of length are 4 GiB.
constexpr std::size_t kLongestHeader = 6;

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

struct EntriesSize {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

// What stands around the entries of one list.
class Frame final {
 public:
  explicit Frame(const ListJob& job)
      : algorithm_(job.issuer.algorithm),
        head_(encode_list_head(job.issuer, job.description)),
        extensions_(encode_list_extensions(job.issuer, job.description)) {}

  // From the end of the list before to the first entry.
  [[nodiscard]] std::size_t room_before() const {
    return kRoomBeforeTbs + kLongestHeader + head_.size() + kLongestHeader;
  }
  // From the last entry to the list after.
  [[nodiscard]] std::size_t room_after() const { return extensions_.size() + room_after_tbs(algorithm_); }

  // The bytes of TBSCertList before the first entry.
  [[nodiscard]] pki::Bytes before(const EntriesSize& entries) const {
    // Section 5.1.2.6: without entries the field is absent.
    const pki::Bytes list_header =
        entries.count == 0 ? pki::Bytes{} : pki::der::header(pki::der::tag::kSequence, entries.bytes);
    pki::Bytes before = pki::der::header(
        pki::der::tag::kSequence, head_.size() + list_header.size() + entries.bytes + extensions_.size());
    pki::append(before, head_);
    pki::append(before, list_header);
    return before;
  }
  [[nodiscard]] pki::ByteView after() const { return extensions_; }

 private:
  pki::SignatureAlgorithm algorithm_;
  pki::Bytes head_;
  pki::Bytes extensions_;
};

void write_and_begin_writeback(PublicationFile& file, std::uint64_t offset, pki::ByteView bytes) {
  file.write(offset, bytes);
  const std::uint64_t mark = (offset + bytes.size()) / kWritebackSize;
  if (mark != offset / kWritebackSize) file.begin_writeback((mark - 1) * kWritebackSize, kWritebackSize);
}

// Encodes entries behind the `used` bytes at the beginning of `buffer`. A full buffer goes to `flush`, which
// takes the bytes; what is left at the end stays, and its size is returned.
template <typename Flush>
std::size_t encode_entries(pki::Bytes& buffer, std::size_t used, const NextEntries& next, Flush&& flush) {
  for (std::span<const ListEntry> entries = next(); !entries.empty(); entries = next())
    for (const ListEntry& entry : entries) {
      if (buffer.size() - used < kLongestEntry) {
        flush(pki::ByteView(buffer).first(used));
        used = 0;
      }
      used +=
          encode_entry(std::span<std::uint8_t, kLongestEntry>(buffer.data() + used, kLongestEntry), entry);
    }
  return used;
}

// Counts what passes.
NextEntries counted(const NextEntries& next, std::uint64_t& count) {
  return [&next, &count] {
    const std::span<const ListEntry> entries = next();
    count += entries.size();
    return entries;
  };
}

// Puts the parts of a list that several threads encode at once behind one another. A part that is finished
// before its turn waits in its buffer, not its thread.
class PartOrder final {
 public:
  PartOrder(PublicationFile& file, std::uint64_t position, std::size_t threads)
      : file_(file), position_(position), begins_{position}, buffers_left_(kBuffersPerThread * threads) {}

  // A buffer for one part. To be asked for before the part is taken: then the part whose turn it is has one,
  // and a buffer comes free.
  pki::Bytes buffer() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return buffers_left_ > 0 || !free_.empty() || failed_; });
    stop_if_failed();
    if (free_.empty()) {
      --buffers_left_;
      return pki::Bytes(kBufferSize);
    }
    pki::Bytes buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  // Bytes of a part that is not whole yet: waits for its turn.
  void write(std::uint64_t part, pki::ByteView bytes) {
    std::uint64_t place = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return turn_ == part || failed_; });
      stop_if_failed();
      place = std::exchange(position_, position_ + bytes.size());
    }
    write_and_begin_writeback(file_, place, bytes);
  }
  // The last bytes of a part: the first `size` of its buffer. Writes whatever can be written now.
  void finish(std::uint64_t part, pki::Bytes buffer, std::size_t size) {
    std::unique_lock lock(mutex_);
    waiting_.emplace(part, Finished{std::move(buffer), size});
    for (auto next = waiting_.find(turn_); next != waiting_.end(); next = waiting_.find(turn_)) {
      Finished finished = std::move(next->second);
      waiting_.erase(next);
      const std::uint64_t place = std::exchange(position_, position_ + finished.size);
      begins_.push_back(position_);
      ++turn_;
      lock.unlock();
      write_and_begin_writeback(file_, place, pki::ByteView(finished.buffer).first(finished.size));
      lock.lock();
      free_.push_back(std::move(finished.buffer));
      changed_.notify_all();
    }
  }
  // A part will never be whole: the threads that wait for it go on.
  void fail() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    changed_.notify_all();
  }
  // After all parts are finished.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  // The place of each part, and the end behind them.
  [[nodiscard]] const std::vector<std::uint64_t>& begins() const { return begins_; }

 private:
  struct Finished {
    pki::Bytes buffer;
    std::size_t size;
  };

  void stop_if_failed() const {
    if (failed_) throw pki::MessageError(messages::other_part_failed);
  }

  PublicationFile& file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t turn_ = 0;                     // Guarded by mutex_.
  std::uint64_t position_;                     // Guarded by mutex_.
  std::vector<std::uint64_t> begins_;          // Guarded by mutex_.
  std::map<std::uint64_t, Finished> waiting_;  // Guarded by mutex_.
  std::vector<pki::Bytes> free_;               // Guarded by mutex_.
  std::size_t buffers_left_;                   // Guarded by mutex_.
  bool failed_ = false;                        // Guarded by mutex_.
};

// Takes parts and writes them until there are no more.
class PartWriter final {
 public:
  PartWriter(const NextPart& next, PartOrder& order) : next_(next), order_(order) {}

  // Thread-safe for distinct part numbers.
  void work(std::size_t thread) {
    try {
      std::uint64_t count = 0;
      while (write_part(thread, count)) {
      }
      count_ += count;
    } catch (...) {
      order_.fail();
      throw;
    }
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // The first distribution point of each part.
  [[nodiscard]] const std::vector<pki::DistributionPoint>& firsts() const { return firsts_; }

 private:
  struct Part {
    std::uint64_t number;
    NextEntries entries;
  };

  std::optional<Part> take(std::size_t thread) {
    const std::lock_guard lock(mutex_);
    auto part = next_(thread);
    if (!part) return std::nullopt;
    firsts_.push_back(part->first);
    return Part{firsts_.size() - 1, std::move(part->entries)};
  }

  // False when there is none left.
  bool write_part(std::size_t thread, std::uint64_t& count) {
    pki::Bytes buffer = order_.buffer();
    const auto part = take(thread);
    if (!part) return false;
    const auto flush = [&](pki::ByteView bytes) { order_.write(part->number, bytes); };
    const std::size_t left = encode_entries(buffer, 0, counted(part->entries, count), flush);
    order_.finish(part->number, std::move(buffer), left);
    return true;
  }

  const NextPart& next_;
  PartOrder& order_;
  std::mutex mutex_;
  std::vector<pki::DistributionPoint> firsts_;  // Guarded by mutex_: of the parts taken.
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace

std::uint64_t room_after_tbs(pki::SignatureAlgorithm algorithm) {
  const std::uint64_t bits = longest_signature(algorithm) + 1;
  return pki::encode_algorithm_identifier(algorithm).size() + 1 + pki::der::length_of_length(bits) + bits;
}

ListWriter::ListWriter() : buffer_(kBufferSize) {}

StreamedTbs ListWriter::write(const ListJob& job, const NextEntries& next) {
  const Frame frame(job);
  const std::size_t room = frame.room_before();
  // Held from the first bytes written to the last: a list stands in one piece.
  std::unique_lock lock(job.file.mutex, std::defer_lock);
  std::uint64_t begin = 0, position = 0;
  const auto flush = [&](pki::ByteView bytes) {
    if (!lock.owns_lock()) {
      lock.lock();
      begin = position = job.file.end;
    }
    write_and_begin_writeback(job.file.file, position, bytes);
    position += bytes.size();
  };
  std::fill_n(buffer_.begin(), room, std::uint8_t{0});
  std::uint64_t count = 0;
  std::size_t used = encode_entries(buffer_, room, counted(next, count), flush);
  if (buffer_.size() - used < frame.after().size()) {
    flush(pki::ByteView(buffer_).first(used));
    used = 0;
  }
  std::ranges::copy(frame.after(), buffer_.begin() + static_cast<std::ptrdiff_t>(used));
  used += frame.after().size();
  // A list that fits into the buffer is written at once, and others need not wait for that.
  const bool is_short = !lock.owns_lock();
  if (is_short) {
    lock.lock();
    begin = position = job.file.end;
  }
  const std::uint64_t entries_end = position + used - frame.after().size();
  const EntriesSize size{.count = count, .bytes = entries_end - begin - room};
  job.file.end = position + used + room_after_tbs(job.issuer.algorithm);
  if (is_short) lock.unlock();

  const pki::Bytes before = frame.before(size);
  StreamedTbs tbs{.offset = begin + room - before.size(),
                  .length = before.size() + size.bytes + frame.after().size(),
                  .entries = count,
                  .entries_begin = before.size(),
                  .entries_length = size.bytes,
                  .cuts = {}};
  if (is_short) {
    std::ranges::copy(before, buffer_.begin() + static_cast<std::ptrdiff_t>(room - before.size()));
    write_and_begin_writeback(job.file.file, tbs.offset,
                              pki::ByteView(buffer_).subspan(room - before.size(), tbs.length));
  } else {
    job.file.file.write(position, pki::ByteView(buffer_).first(used));
    job.file.file.write(tbs.offset, before);
  }
  return tbs;
}

StreamedTbs write_encoded(const ListJob& job, const EncodedEntries& entries) {
  const Frame frame(job);
  pki::Bytes before = frame.before({.count = entries.count, .bytes = entries.content.size()});
  const std::uint64_t length = before.size() + entries.content.size() + frame.after().size();
  std::uint64_t begin = 0;
  {
    const std::lock_guard lock(job.file.mutex);
    begin = job.file.end + kRoomBeforeTbs;
    job.file.end = begin + length + room_after_tbs(job.issuer.algorithm);
  }
  PublicationFile& file = job.file.file;
  const StreamedTbs tbs{.offset = begin,
                        .length = length,
                        .entries = entries.count,
                        .entries_begin = before.size(),
                        .entries_length = entries.content.size(),
                        .cuts = {}};
  if (length <= kBufferSize) {
    pki::append(before, entries.content);
    pki::append(before, frame.after());
    write_and_begin_writeback(file, begin, before);
  } else {
    file.write(begin, before);
    std::uint64_t position = begin + before.size();
    for (pki::ByteView rest = entries.content; !rest.empty();) {
      const pki::ByteView piece = rest.first(std::min<std::size_t>(rest.size(), kWritebackSize));
      write_and_begin_writeback(file, position, piece);
      position += piece.size();
      rest = rest.subspan(piece.size());
    }
    file.write(position, frame.after());
  }
  return tbs;
}

StreamedTbs write_in_parts(const ListJob& job, const NextPart& next, std::size_t threads) {
  const Frame frame(job);
  const std::lock_guard lock(job.file.mutex);
  const std::uint64_t begin = job.file.end + frame.room_before();
  PartOrder order(job.file.file, begin, threads);
  PartWriter writer(next, order);
  in_parallel(threads, [&](std::size_t thread) { writer.work(thread); });
  const std::uint64_t end = order.position();
  const EntriesSize size{.count = writer.count(), .bytes = end - begin};
  const pki::Bytes before = frame.before(size);
  job.file.file.write(end, frame.after());
  job.file.file.write(begin - before.size(), before);
  // The rest goes to the disk while the list is checked.
  job.file.file.begin_writeback(begin, end - begin);
  job.file.end = end + frame.room_after();
  StreamedTbs tbs{.offset = begin - before.size(),
                  .length = before.size() + size.bytes + frame.after().size(),
                  .entries = size.count,
                  .entries_begin = before.size(),
                  .entries_length = size.bytes,
                  .cuts = {}};
  for (std::size_t i = 0; i < writer.firsts().size(); ++i)
    tbs.cuts.push_back({writer.firsts()[i], order.begins()[i] - begin});
  return tbs;
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
