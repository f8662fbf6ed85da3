// Calls of a token on threads of their own, which are waited for no longer than they deserve. For token*.cpp
// only.
//
// PKCS#11 has no time limit: a call to a token whose device or network is gone may come back in a minute or
// never, and cannot be broken off. A thread that waited for it would be blocked with it: the threads that
// sign, the operators' workers, the end of the service. So a call is made by another thread, and is given up,
// not ended, when it takes too long: that thread goes on waiting, and keeps alive what the call uses.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace pki {

// How long a call is waited for while the token finishes no call at all, and in any case.
struct CallPatience {
  std::chrono::milliseconds silence, whole;
};

class TokenCalls final {
 public:
  TokenCalls();
  // Waits for no call that was given up.
  ~TokenCalls();
  TokenCalls(const TokenCalls&) = delete;
  TokenCalls& operator=(const TokenCalls&) = delete;

  enum class Outcome : std::uint8_t {
    done,
    given_up,  // It may yet be done.
    refused,   // Calls that were given up have not come back; one is let in now and then, to see.
  };
  // Runs `work`; throws what it throws. `work` must own what it uses, since it may go on after this returns.
  Outcome run(std::function<void()> work, CallPatience patience);

  // While it exists, no call is given up: a person is being asked for something.
  class Pause final {
   public:
    explicit Pause(TokenCalls& calls);
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    TokenCalls& calls_;
  };

 private:
  struct State;
  // The threads hold it, too: a call may outlive this object.
  std::shared_ptr<State> state_;
};

}  // namespace pki
