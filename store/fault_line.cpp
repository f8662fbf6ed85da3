// A signal handler may use async-signal-safe functions and what was prepared for it alone: hence the fixed
// slots, which are the one piece of process-wide state in this folder. Signals are process-wide, too.

#include "store/fault_line.h"

#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <optional>
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

struct Range {
  std::uintptr_t begin = 0, end = 0;

  [[nodiscard]] bool has(std::uintptr_t address) const { return begin <= address && address < end; }
};

std::array<Slot, kSlots> slots;
std::mutex slots_mutex;
Range lmdb_code;  // Before the handler is installed; empty where LMDB is no library of its own.
struct sigaction former_bus, former_segv;
// Where a look of this thread goes on after a fault; null outside can_read().
thread_local sigjmp_buf* way_out = nullptr;

// Where the instruction is that has met the fault; 0 where that is not known.
std::uintptr_t instruction_of([[maybe_unused]] const void* context) {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.pc);
#else
  return 0;
#endif
}

[[noreturn]] void end_with(const Slot& slot) {
  static_cast<void>(!::write(STDERR_FILENO, slot.line.data(), slot.length));
  ::_exit(kFaultExitCode);
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (way_out != nullptr) siglongjmp(*way_out, 1);
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (const Slot& slot : slots)
    if (slot.begin <= address && address < slot.end) end_with(slot);
  // A damaged page has led LMDB to an address outside the file. Which of several stores it was is not known.
  if (lmdb_code.has(instruction_of(context)))
    for (const Slot& slot : slots)
      if (slot.end != 0) end_with(slot);
  const struct sigaction& former = signal == SIGBUS ? former_bus : former_segv;
  if ((former.sa_flags & SA_SIGINFO) != 0) return former.sa_sigaction(signal, info, context);
  // The instruction runs again and meets the default, which ends the process.
  std::signal(signal, SIG_DFL);
}

// A line of /proc/self/maps: 7f0c-7f4c rw-s 00000000 08:01 1234 /path/data.mdb
struct Mapping {
  Range range;
  std::string permissions;
  std::uint64_t inode = 0;

  static std::optional<Mapping> read(const std::string& line) {
    std::istringstream fields(line);
    Mapping mapping;
    char dash = 0;
    std::string offset, device;
    fields >> std::hex >> mapping.range.begin >> dash >> mapping.range.end >> std::dec >>
        mapping.permissions >> offset >> device >> mapping.inode;
    return fields ? std::optional(mapping) : std::nullopt;
  }
};

// The first mapping whose line `is_it` accepts; empty without one.
template <typename Predicate>
Range find_mapping(Predicate is_it) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (const auto mapping = Mapping::read(line); mapping && is_it(line, *mapping)) return mapping->range;
  return {};
}

// Where a file is mapped; empty when it is not.
Range mapping_of(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) return {};
  return find_mapping([&](const std::string& line, const Mapping& mapping) {
    return mapping.inode == facts.st_ino && line.ends_with(file.filename().string());
  });
}

void install_once() {
  static const bool installed = [] {
    lmdb_code = find_mapping([](const std::string& line, const Mapping& mapping) {
      return mapping.permissions.find('x') != std::string::npos &&
             line.find("/liblmdb.so") != std::string::npos;
    });
    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, &action, &former_bus) == 0 && ::sigaction(SIGSEGV, &action, &former_segv) == 0;
  }();
  static_cast<void>(installed);
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
