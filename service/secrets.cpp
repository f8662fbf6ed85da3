// Reading one line from each kind of source.

#include "service/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "pki/messages/keys.h"
#include "pki/secret_memory.h"
#include "service/config.h"

namespace service {

namespace {

// More than one line of a secret can be.
constexpr std::size_t kMost = 4096;

std::string last_error() {
  return std::generic_category().message(errno);
}

// Up to the end of the first line; absent when the descriptor cannot be read.
std::optional<std::string> read_line(int descriptor) {
  std::string text;
  for (char c = 0; text.size() < kMost;) {
    const ssize_t got = ::read(descriptor, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    text.push_back(c);
    if (c == '\n') break;
  }
  return text;
}

pki::Result<pki::Secret> from_descriptor(int descriptor, const char* option) {
  auto text = read_line(descriptor);
  if (!text)
    return pki::invalid("passphrase", {pki::messages::secret_descriptor_unread, std::to_string(descriptor),
                                       last_error(), std::string(option)});
  return pki::secret_from_line(*text);
}

pki::Result<pki::Secret> from_file(const std::string& file) {
  const auto refused = [&] {
    return pki::invalid("passphrase", {pki::messages::secret_file_unread, file, last_error()});
  };
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return refused();
  struct stat status{};
  const bool is_open_to_others =
      ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077U) != 0;
  auto text = is_open_to_others ? std::string() : read_line(descriptor);
  ::close(descriptor);
  if (is_open_to_others)
    return pki::fail(pki::Errc::forbidden, {pki::messages::secret_file_open_to_others, file});
  if (!text) return refused();
  return pki::secret_from_line(*text);
}

// A terminal that does not show what is typed, as long as the object lives. Ctrl-C becomes a character: what
// has the terminal in this state must not be ended by it.
class SilentTerminal final {
 public:
  SilentTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    ::tcsetattr(descriptor_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (descriptor_ < 0) return;
    ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    ::close(descriptor_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  pki::Result<pki::Secret> ask(std::string_view question) {
    say(question);
    auto text = read_line(descriptor_);
    say("\n");
    constexpr char kInterrupt = '\x03';
    if (!text || text->find(kInterrupt) != std::string::npos)
      return pki::invalid("passphrase", pki::messages::input_broken_off);
    return pki::secret_from_line(*text);
  }

 private:
  void say(std::string_view text) const {
    static_cast<void>(::write(descriptor_, text.data(), text.size()) == 0);
  }

  int descriptor_;
  termios before_{};
};

pki::Result<pki::Secret> ask(SecretKind kind, Terminal terminal, pki::Language language) {
  SilentTerminal screen;
  const bool is_pin = kind == SecretKind::pin;
  const pki::Message question = is_pin ? pki::messages::ask_pin : pki::messages::ask_passphrase;
  TRY_ASSIGN(pki::Secret secret, screen.ask(question.in(language)));
  if (terminal != Terminal::twice || is_pin) return secret;
  TRY_ASSIGN(const pki::Secret again, screen.ask(pki::Message(pki::messages::ask_again).in(language)));
  if (again.text() != secret.text()) return pki::invalid("passphrase", pki::messages::passphrases_differ);
  return secret;
}

std::string file_of(const SecretOptions& options, SecretKind kind) {
  const bool is_pin = kind == SecretKind::pin;
  const std::string& named = is_pin ? options.pin_file : options.passphrase_file;
  if (!named.empty()) return named;
  if (std::error_code missing; !options.config.empty() && std::filesystem::exists(options.config, missing))
    if (const auto config = read_config(options.config)) {
      const std::string& configured = is_pin ? config->keys.pin_file : config->keys.passphrase_file;
      if (!configured.empty()) return configured;
    }
  const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials == nullptr) return {};
  const auto file = std::filesystem::path(credentials) / (is_pin ? "jpki-pin" : "jpki-passphrase");
  std::error_code missing;
  return std::filesystem::exists(file, missing) ? file.string() : std::string();
}

int descriptor_of(const SecretOptions& options, SecretKind kind) {
  return kind == SecretKind::pin ? options.pin_fd : options.passphrase_fd;
}

}  // namespace

bool has_terminal() {
  return ::isatty(STDIN_FILENO) != 0 && ::access("/dev/tty", R_OK | W_OK) == 0;
}

bool has_source(const SecretOptions& options, SecretKind kind) {
  return descriptor_of(options, kind) >= 0 || !file_of(options, kind).empty();
}

pki::Result<pki::Secret> find_secret(const SecretOptions& options, SecretKind kind, Terminal terminal) {
  const bool is_pin = kind == SecretKind::pin;
  if (const int descriptor = descriptor_of(options, kind); descriptor >= 0)
    return from_descriptor(descriptor, is_pin ? "jpki … --pin-fd 3" : "jpki … --passphrase-fd 3");
  if (const std::string file = file_of(options, kind); !file.empty()) return from_file(file);
  if (terminal != Terminal::no && has_terminal()) return ask(kind, terminal, options.language);
  return is_pin ? pki::invalid("pin", pki::messages::pin_not_given)
                : pki::invalid("passphrase", pki::messages::passphrase_not_given);
}

std::shared_ptr<ca::KeyAccess> make_key_access(SecretOptions options, Terminal terminal) {
  return std::make_shared<ca::KeyAccess>(
      [options, terminal] { return find_secret(options, SecretKind::passphrase, terminal); },
      [options, terminal] { return find_secret(options, SecretKind::pin, terminal); });
}

}  // namespace service
