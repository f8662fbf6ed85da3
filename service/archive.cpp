// ustar (POSIX.1-1988), with GNU's base-256 sizes for members of 8 GiB and more.

#include "service/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <system_error>

#include "pki/hash.h"
#include "pki/messages/service.h"

namespace service {

namespace {

constexpr std::size_t kBlock = 512, kBuffer = std::size_t{1} << 20U;
constexpr std::size_t kNameAt = 0, kNameSize = 100, kModeAt = 100, kSizeAt = 124, kSizeSize = 12,
                      kTimeAt = 136, kSumAt = 148, kTypeAt = 156, kMagicAt = 257;
constexpr std::string_view kManifest = "MANIFEST";
constexpr std::uint64_t kOctalMost = (std::uint64_t{1} << 33U) - 1;

using Block = std::array<std::uint8_t, kBlock>;

[[noreturn]] void refuse(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor final {
 public:
  Descriptor(const std::filesystem::path& file, int flags)
      : value_(::open(file.c_str(), flags | O_CLOEXEC, 0600)) {
    if (value_ < 0) refuse("opening " + file.string());
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

void put_octal(Block& block, std::size_t at, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width - 1; i > 0; --i, value /= 8)
    block[at + i - 1] = static_cast<std::uint8_t>('0' + value % 8);
}

std::uint64_t sum_of(Block block) {
  std::fill_n(block.begin() + kSumAt, 8, std::uint8_t{' '});
  std::uint64_t sum = 0;
  for (const std::uint8_t byte : block)
    sum += byte;
  return sum;
}

Block header_of(const std::string& name, std::uint64_t length) {
  if (name.size() >= kNameSize) throw std::logic_error("a name too long for an archive: " + name);
  Block block{};
  std::ranges::copy(pki::as_bytes(name), block.begin() + kNameAt);
  put_octal(block, kModeAt, 8, 0600);
  put_octal(block, kModeAt + 8, 8, 0);
  put_octal(block, kModeAt + 16, 8, 0);
  if (length <= kOctalMost) {
    put_octal(block, kSizeAt, kSizeSize, length);
  } else {
    block[kSizeAt] = 0x80;
    for (std::size_t i = 0; i < 8; ++i)
      block[kSizeAt + kSizeSize - 1 - i] = static_cast<std::uint8_t>(length >> (8 * i));
  }
  put_octal(block, kTimeAt, 12, 0);
  block[kTypeAt] = '0';
  std::memcpy(block.data() + kMagicAt, "ustar\00000", 8);
  put_octal(block, kSumAt, 7, sum_of(block));
  block[kSumAt + 7] = ' ';
  return block;
}

std::uint64_t read_octal(const Block& block, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width && block[at + i] >= '0' && block[at + i] <= '7'; ++i)
    value = 8 * value + static_cast<std::uint64_t>(block[at + i] - '0');
  return value;
}

std::uint64_t length_in(const Block& block) {
  if (block[kSizeAt] != 0x80) return read_octal(block, kSizeAt, kSizeSize);
  return pki::read_big_endian(pki::ByteView(block).subspan(kSizeAt + 4, 8));
}

std::uint64_t padded(std::uint64_t length) {
  return (length + kBlock - 1) / kBlock * kBlock;
}

// Fills as much as there is.
std::size_t read_at(int descriptor, std::uint64_t offset, std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        ::pread(descriptor, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse("reading an archive");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// Hands the bytes of a range out, piece by piece; false when the file ends before it does.
bool for_each_piece(int descriptor, std::uint64_t offset, std::uint64_t length,
                    const std::function<void(pki::ByteView)>& visit) {
  pki::Bytes buffer(kBuffer);
  while (length > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer.size()));
    if (read_at(descriptor, offset, std::span(buffer).first(wanted)) != wanted) return false;
    visit(pki::ByteView(buffer).first(wanted));
    offset += wanted;
    length -= wanted;
  }
  return true;
}

void write_all(int descriptor, pki::ByteView bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse("writing " + what);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::string manifest_of(const std::vector<ArchiveMember>& members) {
  std::string text;
  for (const ArchiveMember& member : members)
    text += pki::to_hex(member.sha256) + " " + std::to_string(member.length) + " " + member.name + "\n";
  return text;
}

std::string identity_of(std::string_view manifest) {
  return pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(manifest)));
}

pki::Error damaged(const std::filesystem::path& file, const std::string& why) {
  return pki::fail(pki::Errc::malformed, {messages::backup_broken, file.string(), why});
}

}  // namespace

ArchiveWriter::ArchiveWriter(const std::filesystem::path& file)
    : file_(file), aside_(file.string() + ".part") {
  if (std::filesystem::exists(file))
    throw pki::ErrorException(pki::fail(pki::Errc::already_exists, {messages::file_exists, file.string()}));
  descriptor_ = ::open(aside_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor_ < 0) refuse("creating " + aside_.string());
}

ArchiveWriter::~ArchiveWriter() {
  ::close(descriptor_);
  if (!finished_) ::unlink(aside_.c_str());
}

void ArchiveWriter::write(pki::ByteView bytes) {
  write_all(descriptor_, bytes, aside_.string());
}

void ArchiveWriter::add(const std::string& name, const std::function<void(int)>& fill) {
  const off_t start = ::lseek(descriptor_, 0, SEEK_CUR);
  write(Block{});
  fill(descriptor_);
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  ArchiveMember member{.name = name,
                       .offset = static_cast<std::uint64_t>(start) + kBlock,
                       .length = static_cast<std::uint64_t>(end - start) - kBlock,
                       .sha256 = {}};
  // What stands in the file is what is vouched for.
  pki::Hash hash(pki::HashAlgorithm::sha256);
  for_each_piece(descriptor_, member.offset, member.length, [&](pki::ByteView piece) { hash.update(piece); });
  member.sha256 = hash.finish();
  const Block header = header_of(name, member.length);
  if (::pwrite(descriptor_, header.data(), header.size(), start) != static_cast<ssize_t>(header.size()))
    refuse("writing " + aside_.string());
  write(pki::Bytes(padded(member.length) - member.length, 0));
  members_.push_back(std::move(member));
}

void ArchiveWriter::add_text(const std::string& name, std::string_view content) {
  add(name, [&](int) { write(pki::as_bytes(content)); });
}

void ArchiveWriter::add_file(const std::string& name, const std::filesystem::path& source) {
  const Descriptor from(source, O_RDONLY);
  struct stat facts{};
  if (::fstat(from.get(), &facts) != 0) refuse("reading " + source.string());
  add(name, [&](int) {
    for_each_piece(from.get(), 0, static_cast<std::uint64_t>(facts.st_size),
                   [&](pki::ByteView piece) { write(piece); });
  });
}

std::string ArchiveWriter::finish() {
  const std::string manifest = manifest_of(members_);
  add_text(std::string(kManifest), manifest);
  write(pki::Bytes(2 * kBlock, 0));
  if (::fsync(descriptor_) != 0 || ::rename(aside_.c_str(), file_.c_str()) != 0)
    refuse("writing " + file_.string());
  finished_ = true;
  const Descriptor folder(file_.has_parent_path() ? file_.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  if (::fsync(folder.get()) != 0) refuse("writing " + file_.string());
  return identity_of(manifest);
}

pki::Result<ArchiveReader> ArchiveReader::open(const std::filesystem::path& file) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(file, missing))
    return pki::invalid("FILE", {messages::backup_missing, file.string()});
  ArchiveReader reader;
  reader.file_ = file;
  const Descriptor descriptor(file, O_RDONLY);
  std::uint64_t at = 0;
  for (;;) {
    Block block{};
    if (read_at(descriptor.get(), at, block) != kBlock) return damaged(file, "it is cut");
    if (std::ranges::all_of(block, [](std::uint8_t byte) { return byte == 0; })) break;
    if (read_octal(block, kSumAt, 8) != sum_of(block)) return damaged(file, "a header is damaged");
    ArchiveMember member{.name = {}, .offset = at + kBlock, .length = length_in(block), .sha256 = {}};
    const auto name_end = std::find(block.begin(), block.begin() + kNameSize, std::uint8_t{0});
    member.name.assign(block.begin(), name_end);
    pki::Hash hash(pki::HashAlgorithm::sha256);
    if (!for_each_piece(descriptor.get(), member.offset, member.length,
                        [&](pki::ByteView piece) { hash.update(piece); }))
      return damaged(file, "it is cut within " + member.name);
    member.sha256 = hash.finish();
    at = member.offset + padded(member.length);
    reader.members_.push_back(std::move(member));
  }
  if (reader.members_.empty() || reader.members_.back().name != kManifest)
    return damaged(file, "it has no list of members at its end");
  const std::string manifest = reader.text(reader.members_.back());
  reader.members_.pop_back();
  if (manifest_of(reader.members_) != manifest)
    return damaged(file, "a member does not have the digest that the list at the end says");
  reader.identity_ = identity_of(manifest);
  return reader;
}

const ArchiveMember* ArchiveReader::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &ArchiveMember::name);
  return found == members_.end() ? nullptr : &*found;
}

std::string ArchiveReader::text(const ArchiveMember& member) const {
  const Descriptor from(file_, O_RDONLY);
  std::string content;
  for_each_piece(from.get(), member.offset, member.length,
                 [&](pki::ByteView piece) { content += pki::as_text(piece); });
  return content;
}

void ArchiveReader::extract(const ArchiveMember& member, const std::filesystem::path& to) const {
  const Descriptor from(file_, O_RDONLY), out(to, O_WRONLY | O_CREAT | O_EXCL);
  for_each_piece(from.get(), member.offset, member.length,
                 [&](pki::ByteView piece) { write_all(out.get(), piece, to.string()); });
  if (::fsync(out.get()) != 0) refuse("writing " + to.string());
}

}  // namespace service
