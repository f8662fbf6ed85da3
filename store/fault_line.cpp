// A signal handler may use async-signal-safe functions and what was prepared for it alone: hence the fixed
// slots, which are the one piece of process-wide state in this folder. Signals are process-wide, too.

#include "store/fault_line.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>

namespace store {

namespace {

constexpr std::size_t kSlots = 8;

struct Slot {
  // `end` is 0 while the slot is free.
  std::atomic<std::uintptr_t> begin = 0, end = 0;
  std::array<char, 512> line{};
  std::size_t length = 0;
};

std::array<Slot, kSlots> slots;
std::mutex slots_mutex;
struct sigaction former_bus, former_segv;
// Where a look of this thread goes on after a fault; null outside can_read().
thread_local sigjmp_buf* way_out = nullptr;

void on_fault(int signal, siginfo_t* info, void* context) {
  if (way_out != nullptr) siglongjmp(*way_out, 1);
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (const Slot& slot : slots)
    if (slot.begin <= address && address < slot.end) {
      static_cast<void>(!::write(STDERR_FILENO, slot.line.data(), slot.length));
      ::_exit(kFaultExitCode);
    }
  const struct sigaction& former = signal == SIGBUS ? former_bus : former_segv;
  if ((former.sa_flags & SA_SIGINFO) != 0) return former.sa_sigaction(signal, info, context);
  // The instruction runs again and meets the default, which ends the process.
  std::signal(signal, SIG_DFL);
}

void install_once() {
  static const bool installed = [] {
    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, &action, &former_bus) == 0 && ::sigaction(SIGSEGV, &action, &former_segv) == 0;
  }();
  static_cast<void>(installed);
}

struct Range {
  std::uintptr_t begin = 0, end = 0;
};

// Where a file is mapped; empty when it is not.
Range mapping_of(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) return {};
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    // 7f0c-7f4c rw-s 00000000 08:01 1234 /path/data.mdb
    std::istringstream fields(line);
    Range range;
    char dash = 0;
    std::string permissions, offset, device;
    std::uint64_t inode = 0;
    fields >> std::hex >> range.begin >> dash >> range.end >> std::dec >> permissions >> offset >> device >>
        inode;
    if (fields && inode == facts.st_ino && line.ends_with(file.filename().string())) return range;
  }
  return {};
}

}  // namespace

bool can_read(void (*look)(void*), void* argument) {
  install_once();
  sigjmp_buf here;
  if (sigsetjmp(here, 1) != 0) {
    way_out = nullptr;
    return false;
  }
  way_out = &here;
  look(argument);
  way_out = nullptr;
  return true;
}

FaultLine::FaultLine(const std::filesystem::path& file) : slot_(kSlots) {
  const Range range = mapping_of(file);
  if (range.end == 0) return;
  install_once();
  const std::lock_guard lock(slots_mutex);
  for (slot_ = 0; slot_ < kSlots; ++slot_)
    if (slots.at(slot_).end == 0) break;
  if (slot_ == kSlots) return;
  Slot& slot = slots.at(slot_);
  std::string line =
      "jpki: the store " + file.string() +
      " cannot be read: it is cut, damaged, or on a failing disk. The process ends. Stop using "
      "this copy and run `jpki restore BACKUP` (docs/operations.md, section 7)\n";
  if (line.size() > slot.line.size()) line = "jpki: the store cannot be read: restore it from a backup\n";
  line.copy(slot.line.data(), line.size());
  slot.length = line.size();
  slot.begin = range.begin;
  slot.end = range.end;
}

FaultLine::~FaultLine() {
  const std::lock_guard lock(slots_mutex);
  if (slot_ < kSlots) slots.at(slot_).end = 0;
}

}  // namespace store
