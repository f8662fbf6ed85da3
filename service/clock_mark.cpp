// A heading, a line for each value, and a checksum of the lines before.

#include "service/clock_mark.h"

#include <algorithm>
#include <sstream>
#include <system_error>

#include "pki/file.h"
#include "pki/ownership.h"
#include "store/crc32c.h"

namespace service {

namespace {

constexpr std::string_view kMarkHeading = "jpki clock mark 1\n";
constexpr std::string_view kCheck = "check ";
constexpr std::int64_t kMinute = 60'000;
constexpr std::size_t kHoursMax = 64;

std::filesystem::path file_of(const DataFolder& data) {
  return data.store() / "clock-mark";
}

std::string check_of(std::string_view text) {
  return std::string(kCheck) + std::to_string(store::crc32c(pki::as_bytes(text))) + "\n";
}

std::string encode(std::string_view boot, const ClockMark& mark) {
  std::ostringstream text;
  text << kMarkHeading << "boot " << boot << "\ntrust " << static_cast<int>(mark.trust) << "\ninherited "
       << mark.is_inherited << "\nelapsed " << mark.elapsed << "\nlatest " << mark.latest << "\noffset "
       << mark.offset << "\nwall " << mark.wall_offset << "\nfurthest " << mark.furthest << "\n";
  if (mark.corrected_at) text << "corrected " << *mark.corrected_at << "\n";
  for (const BelievedOffsets& hour : mark.day)
    text << "hour " << hour.until << " " << hour.least << " " << hour.greatest << "\n";
  return text.str() + check_of(text.str());
}

// The lines between heading and checksum. Each name is known, or the mark is of another version.
class MarkReader final {
 public:
  bool read(std::istream& lines) {
    for (std::string name; lines >> name;)
      if (!read_value(lines, name)) return false;
    return !boot.empty() && seen_ == kNumbers;
  }

  std::string boot;
  ClockMark mark;

 private:
  static constexpr int kNumbers = 7;

  bool read_value(std::istream& lines, const std::string& name) {
    if (name == "boot") return static_cast<bool>(lines >> boot);
    if (name == "hour") {
      BelievedOffsets hour;
      if (!(lines >> hour.until >> hour.least >> hour.greatest) || mark.day.size() == kHoursMax) return false;
      mark.day.push_back(hour);
      return true;
    }
    std::int64_t number = 0;
    if (!(lines >> number)) return false;
    if (name == "corrected") {
      mark.corrected_at = number;
      return true;
    }
    ++seen_;
    return take_number(name, number);
  }

  bool take_number(std::string_view name, std::int64_t number) {
    if (name == "trust") {
      mark.trust = static_cast<ClockTrust>(number);
      return number >= 0 && number <= static_cast<int>(ClockTrust::unknown);
    }
    if (name == "inherited") {
      mark.is_inherited = number != 0;
      return true;
    }
    std::int64_t* const place = name == "elapsed"    ? &mark.elapsed
                                : name == "latest"   ? &mark.latest
                                : name == "offset"   ? &mark.offset
                                : name == "wall"     ? &mark.wall_offset
                                : name == "furthest" ? &mark.furthest
                                                     : nullptr;
    if (place == nullptr) return false;
    *place = number;
    return true;
  }

  int seen_ = 0;
};

}  // namespace

std::string boot_id() {
  const auto text = pki::read_file("/proc/sys/kernel/random/boot_id");
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

std::optional<LeftClock> read_clock_mark(const DataFolder& data, std::string_view boot) {
  const auto text = pki::read_file(file_of(data));
  if (!text || !text->starts_with(kMarkHeading)) return std::nullopt;
  const std::size_t end = text->rfind(kCheck);
  if (end == std::string::npos || text->substr(end) != check_of(text->substr(0, end))) return std::nullopt;
  std::istringstream lines(text->substr(kMarkHeading.size(), end - kMarkHeading.size()));
  MarkReader reader;
  if (!reader.read(lines)) return std::nullopt;
  return LeftClock{.mark = std::move(reader.mark), .is_of_this_boot = reader.boot == boot};
}

pki::Result<void> write_clock_mark(const DataFolder& data, std::string_view boot, const ClockMark& mark) {
  TRY(pki::replace_file(file_of(data), pki::as_bytes(encode(boot.empty() ? "-" : boot, mark)),
                        pki::FileSecrecy::owner_only));
  pki::give_to_owner_of_folder(file_of(data));
  return {};
}

void remove_clock_mark(const DataFolder& data) {
  std::error_code ignored;
  std::filesystem::remove(file_of(data), ignored);
}

ClockMarkKeeper::ClockMarkKeeper(const DataFolder& data, const TrustedClock& clock)
    : data_(data), clock_(clock), boot_(boot_id()) {}

pki::Result<void> ClockMarkKeeper::keep() {
  const ClockMark mark = clock_.mark();
  const bool is_due =
      !written_ || written_->trust != mark.trust || mark.elapsed - written_->elapsed >= kMinute;
  if (!is_due) return {};
  return keep_now();
}

pki::Result<void> ClockMarkKeeper::keep_now() {
  ClockMark mark = clock_.mark();
  TRY(write_clock_mark(data_, boot_, mark));
  written_ = std::move(mark);
  return {};
}

}  // namespace service
