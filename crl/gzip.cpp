// zlib, from file to file in pieces.

#include "crl/gzip.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "pki/messages/crl.h"
#include "store/environment.h"

namespace crl {

namespace {

constexpr std::size_t kGzipPiece = std::size_t{256} * 1024;
constexpr int kLevel = 6;
// 15: the greatest window; 16 more: with the header and trailer of gzip, whose date zlib leaves at zero.
constexpr int kWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;

// A deflate stream of zlib and its end.
class Stream final {
 public:
  Stream() {
    if (::deflateInit2(&stream_, kLevel, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
      throw pki::MessageError(messages::zlib_refuses);
  }
  ~Stream() { ::deflateEnd(&stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Compresses a piece, the last one with Z_FINISH, and gives what comes out to `sink`.
  template <typename Sink>
  void put(pki::Bytes& piece, int flush, Sink&& sink) {
    stream_.next_in = piece.data();
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      stream_.next_out = out_.data();
      stream_.avail_out = static_cast<uInt>(out_.size());
      ::deflate(&stream_, flush);
      sink(pki::ByteView(out_).first(out_.size() - stream_.avail_out));
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
  pki::Bytes out_ = pki::Bytes(kGzipPiece);
};

}  // namespace

// The file of the copies: it loses its name as soon as it is open.
class GzipCopies::Pack final {
 public:
  explicit Pack(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "gzip.tmp").string();
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor_ < 0)
      throw pki::MessageError({messages::cannot_create, path, std::generic_category().message(errno)});
    auto reader = http::File::open(path);
    ::unlink(path.c_str());
    if (reader.has_value()) reader_ = std::make_shared<const http::File>(std::move(*reader));
    if (!reader_) {
      ::close(descriptor_);
      throw store::StoreError(reader.error().message);
    }
  }
  ~Pack() { ::close(descriptor_); }
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  // Appends the compressed list. After an exception the next one overwrites what was written of it.
  http::FileRange append(const http::FileRange& list) {
    Stream stream;
    std::uint64_t at = end_;
    const auto sink = [&](pki::ByteView bytes) { at = write(at, bytes); };
    for (std::uint64_t done = 0; done < list.length;) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kGzipPiece, list.length - done));
      auto piece = list.file->read(list.offset + done, length);
      if (piece.has_error()) throw store::StoreError(piece.error().message);
      done += length;
      stream.put(*piece, done == list.length ? Z_FINISH : Z_NO_FLUSH, sink);
    }
    http::FileRange copy{reader_, end_, at - end_};
    end_ = at;
    return copy;
  }
  [[nodiscard]] std::uint64_t size() const { return end_; }

 private:
  std::uint64_t write(std::uint64_t offset, pki::ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0)
        throw pki::MessageError(
            {messages::cannot_write, messages::compressed_copies, std::generic_category().message(errno)});
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return offset;
  }

  int descriptor_ = -1;
  std::shared_ptr<const http::File> reader_;
  std::uint64_t end_ = 0;
};

GzipCopies::Digest GzipCopies::key_of(pki::ByteView sha256) {
  Digest key{};
  std::ranges::copy(sha256.first(std::min(sha256.size(), key.size())), key.begin());
  return key;
}

std::optional<GzipCopy> GzipCopies::find(pki::ByteView sha256) const {
  const std::lock_guard lock(mutex_);
  const auto found = copies_.find(key_of(sha256));
  if (found == copies_.end()) return std::nullopt;
  return found->second;
}

GzipCopy GzipCopies::make(pki::ByteView sha256, const http::FileRange& list) {
  const std::lock_guard lock(making_);
  if (auto made = find(sha256)) return *made;
  if (!pack_ || pack_->size() >= limits_.bytes) {
    pack_ = std::make_shared<Pack>(folder_);
    // Answers on their way keep the former file.
    const std::lock_guard copies_lock(mutex_);
    copies_.clear();
  }
  GzipCopy copy;
  const http::FileRange made = pack_->append(list);
  if (made.length < list.length) copy.range = made;
  remember(key_of(sha256), copy);
  return copy;
}

void GzipCopies::remember(const Digest& key, const GzipCopy& copy) {
  const std::lock_guard lock(mutex_);
  if (copies_.size() >= limits_.copies) copies_.clear();
  copies_.emplace(key, copy);
}

}  // namespace crl
