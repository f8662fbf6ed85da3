// Loading, finding, logging in, and doing all of it again.

#include "pki/token_connection.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "pki/messages/pki.h"

namespace pki {

namespace {

// How long a failed connection is not tried again. Many requests may wait for one that takes its time.
constexpr std::chrono::seconds kBetweenTries{1};
// How long a token may say nothing before what it was asked for is given up; RSA keys take their time.
constexpr std::chrono::seconds kSilence{10}, kMaking{120};
// Of calls that wait for one another at a slow token, the last one's share.
constexpr int kInTurn = 6;
// Sessions kept open; more work opens more, and closes them.
constexpr std::size_t kIdleMost = 64;

// After which the whole connection is made again: what a token and its module say when one of them was gone.
bool is_away(CK_RV answer) {
  switch (answer) {
    case CKR_HOST_MEMORY:
    case CKR_GENERAL_ERROR:
    case CKR_FUNCTION_FAILED:
    case CKR_DEVICE_ERROR:
    case CKR_DEVICE_MEMORY:
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_COUNT:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_CRYPTOKI_NOT_INITIALIZED:
      return true;
    default:
      return false;
  }
}

bool is_pin_refusal(CK_RV answer) {
  return answer == CKR_PIN_INCORRECT || answer == CKR_PIN_LOCKED || answer == CKR_PIN_EXPIRED ||
         answer == CKR_PIN_INVALID || answer == CKR_PIN_LEN_RANGE;
}

std::string words_of(CK_RV answer) {
  const char* const text = p11_kit_strerror(answer);
  return text == nullptr ? "code " + std::to_string(answer) : text;
}

// PKCS#11 pads its texts with blanks.
template <std::size_t kSize>
std::string unpadded(const unsigned char (&text)[kSize]) {
  std::string out(reinterpret_cast<const char*>(text), strnlen(reinterpret_cast<const char*>(text), kSize));
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

}  // namespace

Error TokenFault::error() const {
  switch (kind_) {
    case Kind::absent:
      return fail(Errc::not_found, message_);
    case Kind::away:
      return fail(Errc::too_busy, message_);
    case Kind::pin_refused:
      return invalid("pin", message_);
    case Kind::refused:
      break;
  }
  return fail(Errc::unsupported, message_);
}

CK_FUNCTION_LIST& TokenSession::functions() const {
  return *connection_.functions_;
}

void TokenSession::check(CK_RV answer, const char* call) const {
  connection_.check(answer, call);
}

std::optional<CK_OBJECT_HANDLE> TokenSession::search(std::vector<CK_ATTRIBUTE> attributes) const {
  check(functions().C_FindObjectsInit(handle_, attributes.data(), attributes.size()), "C_FindObjectsInit");
  CK_OBJECT_HANDLE found = 0;
  CK_ULONG count = 0;
  const CK_RV answer = functions().C_FindObjects(handle_, &found, 1, &count);
  check(functions().C_FindObjectsFinal(handle_), "C_FindObjectsFinal");
  check(answer, "C_FindObjects");
  return count == 0 ? std::nullopt : std::optional(found);
}

CK_OBJECT_HANDLE TokenSession::find(CK_OBJECT_CLASS object_class, const TokenKeyName& name) const {
  const std::pair key{object_class, name.id};
  {
    const std::lock_guard lock(connection_.pool_mutex_);
    if (const auto known = connection_.objects_.find(key); known != connection_.objects_.end())
      return known->second;
  }
  CK_OBJECT_CLASS wanted = object_class;
  Bytes id = name.id;
  const auto found =
      search({{CKA_CLASS, &wanted, sizeof wanted}, {CKA_ID, id.data(), static_cast<CK_ULONG>(id.size())}});
  if (!found)
    throw TokenFault(TokenFault::Kind::absent,
                     {messages::token_key_missing, connection_.label(), std::string(name.label)});
  const std::lock_guard lock(connection_.pool_mutex_);
  connection_.objects_[key] = *found;
  return *found;
}

TokenConnection::TokenConnection(std::string uri, std::unique_ptr<P11KitUri, void (*)(P11KitUri*)> parsed,
                                 Token::PinSource pin)
    : uri_(std::move(uri)),
      parsed_(std::move(parsed)),
      label_(unpadded(p11_kit_uri_get_token_info(parsed_.get())->label)),
      pin_source_(std::move(pin)) {}

TokenConnection::~TokenConnection() {
  close();
}

void TokenConnection::run(std::function<void()> work, Effort effort) {
  const std::chrono::milliseconds silence = effort == Effort::makes_keys ? kMaking : kSilence;
  if (calls_.run(std::move(work), {.silence = silence, .whole = kInTurn * silence}) ==
      TokenCalls::Outcome::done)
    return;
  const TokenFault silent(TokenFault::Kind::away, {messages::token_away, label_, "it does not answer"});
  note_failure(silent);
  throw silent;
}

void TokenConnection::check(CK_RV answer, const char* call) const {
  if (answer == CKR_OK) return;
  if (is_pin_refusal(answer))
    throw TokenFault(TokenFault::Kind::pin_refused, {messages::token_pin_refused, label_, words_of(answer)});
  if (is_away(answer))
    throw TokenFault(TokenFault::Kind::away, {messages::token_away, label_, words_of(answer)});
  throw TokenFault(TokenFault::Kind::refused,
                   {messages::token_failed, label_, std::string(call), words_of(answer)});
}

std::optional<std::string> TokenConnection::fault() const {
  const std::lock_guard lock(pool_mutex_);
  return fault_;
}

void TokenConnection::note_success() {
  const std::lock_guard lock(pool_mutex_);
  fault_.reset();
}

void TokenConnection::note_failure(const TokenFault& fault) {
  const std::lock_guard lock(pool_mutex_);
  fault_ = fault.what();
}

std::shared_lock<std::shared_mutex> TokenConnection::connect(std::uint64_t& epoch) {
  for (;;) {
    {
      std::shared_lock shared(gate_);
      if (functions_ != nullptr) {
        epoch = epoch_;
        return shared;
      }
    }
    const std::unique_lock alone(gate_);
    if (functions_ == nullptr) open();
  }
}

void TokenConnection::disconnect(std::uint64_t epoch) {
  const std::unique_lock alone(gate_);
  if (epoch != 0 && epoch == epoch_) close();
}

void TokenConnection::open() {
  if (pin_fault_) throw *pin_fault_;
  const auto now = std::chrono::steady_clock::now();
  if (failed_at_ && now - *failed_at_ < kBetweenTries) throw *failure_;
  try {
    load_modules();
    find_slot();
    log_in();
    ++epoch_;
    failed_at_.reset();
  } catch (const TokenFault& fault) {
    close();
    if (fault.kind() == TokenFault::Kind::pin_refused) pin_fault_ = fault;
    failed_at_ = std::chrono::steady_clock::now();
    failure_ = fault;
    // One that was used before is not wrongly named: it is away.
    if (epoch_ > 0 && fault.kind() != TokenFault::Kind::pin_refused)
      failure_ = TokenFault(TokenFault::Kind::away, {messages::token_away, label_, fault.message()});
    throw TokenFault(*failure_);
  }
}

void TokenConnection::load_modules() {
  const char* const path = p11_kit_uri_get_module_path(parsed_.get());
  if (path != nullptr) {
    CK_FUNCTION_LIST* const module = p11_kit_module_load(path, 0);
    const CK_RV started = module == nullptr ? CKR_GENERAL_ERROR : p11_kit_module_initialize(module);
    if (started != CKR_OK) {
      const char* const why = p11_kit_message();
      const std::string words = module == nullptr && why != nullptr ? std::string(why) : words_of(started);
      if (module != nullptr) p11_kit_module_release(module);
      throw TokenFault(TokenFault::Kind::absent, {messages::token_module_unloaded, std::string(path), words});
    }
    modules_.push_back(module);
    return;
  }
  // What is not to be had of the other modules of this machine is not our concern.
  CK_FUNCTION_LIST** const list = p11_kit_modules_load(nullptr, 0);
  for (CK_FUNCTION_LIST** at = list; at != nullptr && *at != nullptr; ++at) {
    if (p11_kit_module_initialize(*at) == CKR_OK)
      modules_.push_back(*at);
    else
      p11_kit_module_release(*at);
  }
  std::free(list);  // NOLINT(cppcoreguidelines-no-malloc): the array is the caller's, its modules are
                    // released one by one
}

void TokenConnection::find_slot() {
  for (CK_FUNCTION_LIST* const module : modules_) {
    CK_ULONG count = 0;
    if (module->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK) continue;
    std::vector<CK_SLOT_ID> slots(count);
    if (module->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) continue;
    slots.resize(std::min<std::size_t>(count, slots.size()));
    for (const CK_SLOT_ID slot : slots) {
      CK_TOKEN_INFO token{};
      if (module->C_GetTokenInfo(slot, &token) != CKR_OK || (token.flags & CKF_TOKEN_INITIALIZED) == 0 ||
          p11_kit_uri_match_token_info(parsed_.get(), &token) != 1)
        continue;
      functions_ = module;
      slot_ = slot;
      return;
    }
  }
  throw TokenFault(TokenFault::Kind::absent, {messages::token_missing, label_});
}

void TokenConnection::log_in() {
  if (!pin_) {
    const TokenCalls::Pause asking(calls_);
    auto given = pin_source_();
    if (given.has_error()) throw TokenFault(TokenFault::Kind::pin_refused, given.error().message);
    pin_ = std::move(*given);
  }
  const CK_SESSION_HANDLE session = open_session();
  std::string pin = pin_->text();
  const CK_RV answer = functions_->C_Login(session, CKU_USER, reinterpret_cast<unsigned char*>(pin.data()),
                                           static_cast<CK_ULONG>(pin.size()));
  ::explicit_bzero(pin.data(), pin.size());
  if (answer != CKR_USER_ALREADY_LOGGED_IN) check(answer, "C_Login");
  // The login lasts as long as a session is open.
  const std::lock_guard lock(pool_mutex_);
  idle_.push_back(session);
}

CK_SESSION_HANDLE TokenConnection::open_session() const {
  CK_SESSION_HANDLE session = 0;
  check(functions_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
        "C_OpenSession");
  return session;
}

void TokenConnection::close() {
  functions_ = nullptr;
  {
    const std::lock_guard lock(pool_mutex_);
    idle_.clear();
    objects_.clear();
  }
  // Ends their sessions, too.
  for (CK_FUNCTION_LIST* const module : modules_) {
    p11_kit_module_finalize(module);
    p11_kit_module_release(module);
  }
  modules_.clear();
}

TokenConnection::Lease::Lease(TokenConnection& of) : owner(of) {
  {
    const std::lock_guard lock(owner.pool_mutex_);
    if (!owner.idle_.empty()) {
      handle = owner.idle_.back();
      owner.idle_.pop_back();
      return;
    }
  }
  handle = owner.open_session();
}

TokenConnection::Lease::~Lease() {
  if (is_good) {
    const std::lock_guard lock(owner.pool_mutex_);
    if (owner.idle_.size() < kIdleMost) {
      owner.idle_.push_back(handle);
      return;
    }
  }
  owner.functions_->C_CloseSession(handle);
}

}  // namespace pki
