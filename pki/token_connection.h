// One token: its module, its sessions, its login, and their renewal after it was away. For token*.cpp only.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "pki/token.h"
#include "pki/token_calls.h"

namespace pki {

// A call of the module that failed, or a token that is not there.
class TokenFault : public std::runtime_error {
 public:
  enum class Kind {
    absent,  // No such module, token or key.
    away,    // It may be there again later.
    pin_refused,
    refused,  // The token does not do it.
  };

  TokenFault(Kind kind, Message message)
      : std::runtime_error(message.in(Language::en)), kind_(kind), message_(std::move(message)) {}
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const Message& message() const { return message_; }
  [[nodiscard]] Error error() const;

 private:
  Kind kind_;
  Message message_;
};

// What a session offers to the work that has it. Methods throw TokenFault.
class TokenSession final {
 public:
  TokenSession(TokenConnection& connection, CK_SESSION_HANDLE handle)
      : connection_(connection), handle_(handle) {}

  // The functions of the module.
  [[nodiscard]] CK_FUNCTION_LIST& functions() const;
  [[nodiscard]] CK_SESSION_HANDLE handle() const { return handle_; }
  // Throws for anything but CKR_OK; `call` names the function.
  void check(CK_RV answer, const char* call) const;
  // The object with this class and id; throws `absent` when there is none. Remembered until the token is
  // away.
  [[nodiscard]] CK_OBJECT_HANDLE find(CK_OBJECT_CLASS object_class, const TokenKeyName& name) const;
  // As find(), by the attributes; absent when there is none.
  [[nodiscard]] std::optional<CK_OBJECT_HANDLE> search(std::vector<CK_ATTRIBUTE> attributes) const;

 private:
  TokenConnection& connection_;
  CK_SESSION_HANDLE handle_;
};

class TokenConnection final : public std::enable_shared_from_this<TokenConnection> {
 public:
  TokenConnection(std::string uri, std::unique_ptr<P11KitUri, void (*)(P11KitUri*)> parsed,
                  Token::PinSource pin);
  ~TokenConnection();
  TokenConnection(const TokenConnection&) = delete;
  TokenConnection& operator=(const TokenConnection&) = delete;

  [[nodiscard]] const std::string& uri() const { return uri_; }
  // The token's label, for messages.
  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] std::optional<std::string> fault() const;

  // What a call does decides how long it is waited for.
  enum class Effort : std::uint8_t { little, makes_keys };
  // Gives `work` a session, on another thread. When it throws `away`, the connection is made again and `work`
  // runs once more, so it must not mind a first half-run. Throws TokenFault, `away` also for a token that
  // says nothing: `work` may then still be running, so it must own all that it uses.
  template <typename Work>
  auto use(Work work, Effort effort = Effort::little) {
    using Outcome = std::invoke_result_t<const Work&, const TokenSession&>;
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    run([self = shared_from_this(), outcome,
         work = std::move(work)] { outcome->emplace(self->attempt(work)); },
        effort);
    return std::move(**outcome);
  }

 private:
  friend class TokenSession;
  // A session from the pool; goes back there, unless the token turned out to be away.
  struct Lease {
    explicit Lease(TokenConnection& owner);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    template <typename Work>
    auto run(const Work& work) {
      try {
        return work(TokenSession(owner, handle));
      } catch (const TokenFault& fault) {
        is_good = fault.kind() != TokenFault::Kind::away;
        throw;
      }
    }
    TokenConnection& owner;
    CK_SESSION_HANDLE handle = 0;
    bool is_good = true;
  };

  void run(std::function<void()> work, Effort effort);
  // Twice, if need be.
  template <typename Work>
  auto attempt(const Work& work) {
    for (bool is_first = true;; is_first = false) {
      std::uint64_t epoch = 0;
      try {
        const std::shared_lock connected = connect(epoch);
        Lease lease(*this);
        auto outcome = lease.run(work);
        note_success();
        return outcome;
      } catch (const TokenFault& fault) {
        const bool is_away = fault.kind() == TokenFault::Kind::away;
        if (is_away) disconnect(epoch);
        if (!is_away || !is_first || epoch == 0) {
          note_failure(fault);
          throw;
        }
      }
    }
  }

  // Returns with the connection held open, and its number.
  std::shared_lock<std::shared_mutex> connect(std::uint64_t& epoch);
  // Forgets the connection of that number; waits until nobody uses it.
  void disconnect(std::uint64_t epoch);
  // The rest with gate_ held exclusively.
  void open();
  void close();
  void load_modules();
  void find_slot();
  void log_in();
  [[nodiscard]] CK_SESSION_HANDLE open_session() const;
  void check(CK_RV answer, const char* call) const;
  void note_success();
  void note_failure(const TokenFault& fault);

  const std::string uri_;
  const std::unique_ptr<P11KitUri, void (*)(P11KitUri*)> parsed_;
  std::string label_;
  const Token::PinSource pin_source_;

  // Shared: the module is used; exclusive: it is started or ended.
  std::shared_mutex gate_;
  // Guarded by gate_.
  std::vector<CK_FUNCTION_LIST*> modules_;
  CK_FUNCTION_LIST* functions_ = nullptr;  // Of the module with the token; null: not connected.
  CK_SLOT_ID slot_ = 0;
  std::uint64_t epoch_ = 0;
  std::optional<Secret> pin_;
  std::optional<TokenFault> pin_fault_;
  // When connecting failed last: it is not tried at every request.
  std::optional<std::chrono::steady_clock::time_point> failed_at_;
  std::optional<TokenFault> failure_;

  mutable std::mutex pool_mutex_;
  // Guarded by pool_mutex_.
  std::vector<CK_SESSION_HANDLE> idle_;
  std::map<std::pair<CK_OBJECT_CLASS, Bytes>, CK_OBJECT_HANDLE> objects_;
  std::optional<std::string> fault_;

  TokenCalls calls_;
};

}  // namespace pki
