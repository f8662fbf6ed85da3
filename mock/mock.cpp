// A mock as a process: its folder, its first line, and its end, which may come at any moment.

#include "mock/mock.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "mock/assembly.h"
#include "mock/folder.h"
#include "mock/parent.h"
#include "pki/file.h"
#include "pki/messages/mock.h"
#include "service/clock.h"
#include "service/log.h"
#include "store/environment.h"

namespace mock {

namespace {

namespace json = boost::json;

// Writes to standard output, and looks up between pieces: a slow reader, or none at all, does not
// keep the mock from ending.
void write_out(std::string_view text, const std::atomic<bool>& ending) {
  while (!text.empty() && !ending) {
    pollfd descriptor{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    if (::poll(&descriptor, 1, 100) <= 0) continue;
    // A pipe that poll calls writable takes so much without waiting.
    const auto count = ::write(STDOUT_FILENO, text.data(), std::min<std::size_t>(text.size(), 4096));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) throw SurroundingsError(messages::first_line_unwritable);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// The whole line or nothing: a program that waits for the file finds it complete.
class ReadyFile final {
 public:
  explicit ReadyFile(std::string file) : file_(std::move(file)) {
    if (file_.empty()) return;
    std::filesystem::remove(file_);
    // What cannot be written is said before anything is prepared.
    put("");
    std::filesystem::remove(beside());
  }
  ~ReadyFile() {
    std::error_code ignored;
    if (!file_.empty()) std::filesystem::remove(file_, ignored);
  }
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;
  void write(const std::string& line) const {
    if (file_.empty()) return;
    put(line);
    std::filesystem::rename(beside(), file_);
  }

 private:
  [[nodiscard]] std::string beside() const { return file_ + ".new"; }
  void put(std::string_view text) const {
    const auto saved = pki::save_file(beside(), pki::as_bytes(text), pki::FileSecrecy::owner_only);
    if (saved.has_error()) throw SurroundingsError({messages::ready_file_error, saved.error().message});
  }

  std::string file_;
};

// Whether the process that started the mock still wants it.
class Starter final {
 public:
  Starter(const MockOptions& options, StandardInput input) : holds_(options.hold_open), input_(input) {
    if (holds_ || input == StandardInput::open || options.quiet) return;
    service::log_info(
        "standard input is closed or /dev/null: the mock runs until a signal, or until its parent ends "
        "(--hold-open: until a signal alone)");
  }
  [[nodiscard]] bool is_gone() const {
    if (holds_) return false;
    return input_ == StandardInput::open ? is_standard_input_closed() : parent_.has_ended();
  }

 private:
  bool holds_;
  StandardInput input_;
  ParentWatch parent_;
};

// The signals that end a mock: blocked from the beginning, looked for while it prepares, and left to the
// runtime from then on.
class EndingSignals final {
 public:
  EndingSignals() {
    ::sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
      ::sigaddset(&set_, number);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // Whether one has come; it is taken.
  [[nodiscard]] bool has_come() const {
    const timespec at_once{};
    return ::sigtimedwait(&set_, nullptr, &at_once) > 0;
  }
  void leave_to(http::Runtime& runtime) const {
    runtime.on_signal({SIGINT, SIGTERM, SIGHUP}, [&runtime](int) { runtime.stop(); });
    ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  }

 private:
  sigset_t set_{};
};

// Prepares, then says that everything is ready, on a thread beside the one that hears signals.
class Preparation final {
 public:
  // `finish_beside` is called before the line is written: it waits for what was begun beside.
  Preparation(Assembly& assembly, const ReadyFile& ready_file, const std::function<void()>& finish_beside)
      : assembly_(assembly),
        thread_([this, &ready_file, &finish_beside] { run(ready_file, finish_beside); }) {}
  ~Preparation() { end(); }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  // False when `is_to_end` has said so before. Rethrows what went wrong.
  [[nodiscard]] bool wait(const std::function<bool()>& is_to_end) {
    constexpr std::chrono::milliseconds kLook{20};
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kLook, [this] { return is_prepared_ || failure_; }))
      if (is_to_end()) return false;
    if (failure_) std::rethrow_exception(failure_);
    return true;
  }
  // Waits for the thread, which ends soon.
  void end() {
    ending_ = true;
    assembly_.simulation().cancel();
    if (thread_.joinable()) thread_.join();
  }
  // What went wrong when the line was written.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void run(const ReadyFile& ready_file, const std::function<void()>& finish_beside) {
    try {
      assembly_.prepare();
      finish_beside();
      {
        const std::lock_guard lock(mutex_);
        is_prepared_ = true;
      }
      changed_.notify_all();
      const std::string line = json::serialize(assembly_.simulation().describe()) + "\n";
      ready_file.write(line);
      write_out(line, ending_);
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
      }
      changed_.notify_all();
      assembly_.runtime().stop();
    }
  }

  Assembly& assembly_;
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_prepared_ = false;  // Guarded by mutex_, as is the next.
  std::exception_ptr failure_;
  std::thread thread_;
};

void run_in(const std::filesystem::path& folder, const MockOptions& options, StandardInput input,
            const EndingSignals& signals, const std::function<void()>& wait_for_tidying) {
  const service::SystemClock wall;
  const Starter starter(options, input);
  Ears ears{.on_error = service::log_error};
  if (!options.quiet) ears.on_fault = ears.on_progress = service::log_info;
  if (options.log == RequestLog::requests) ears.on_request = service::log_info;
  const ReadyFile ready_file(options.ready_file);
  Assembly assembly(options, wall, folder, ears);
  http::Runtime& runtime = assembly.runtime();
  Preparation preparation(assembly, ready_file, wait_for_tidying);
  if (!preparation.wait([&] { return signals.has_come() || starter.is_gone(); })) return;
  signals.leave_to(runtime);
  runtime.every(std::chrono::milliseconds{100}, [&] {
    if (starter.is_gone()) runtime.stop();
  });
  runtime.run();
  preparation.end();
  preparation.rethrow();
}

}  // namespace

void run_mock(const MockOptions& options) {
  const StandardInput input = look_at_standard_input();
  service::start_log();
  std::signal(SIGPIPE, SIG_IGN);
  const EndingSignals signals;
  try {
    const auto tidying = std::async(std::launch::async, tidy_stale_folders);
    const TemporaryFolder folder;
    run_in(folder.path(), options, input, signals, [&] { tidying.wait(); });
  } catch (const SurroundingsError&) {
    throw;
  } catch (const pki::ErrorException& error) {
    if (error.error().code != pki::Errc::internal) throw;
    throw SurroundingsError(error.error().message);
  } catch (const std::runtime_error& error) {
    // Ports, files and the store.
    throw SurroundingsError(error.what());
  }
}

}  // namespace mock
