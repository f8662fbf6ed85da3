// One authority behind the mock's doors: the open instance of a data folder, and the paths that it serves.
//
// A reset puts another world in its place, so requests hold on to the one that they began with (Use), and a
// world ends when the last of them has.

#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "http/router.h"
#include "http/server.h"
#include "service/instance.h"

namespace mock {

// Where a request comes in.
enum class Door : std::uint8_t { verifier, https, ops, admin, admin_https };
inline constexpr std::size_t kDoors = 5;
// verifier, https, ops, admin, admin-https.
[[nodiscard]] std::string_view to_string(Door door);

struct WorldSetting {
  service::Config config;
  ca::KeySource make_key;
  // How its keys sign.
  std::shared_ptr<ca::KeyAccess> keys = nullptr;
  std::uint64_t seed = 1;
  http::ErrorHandler on_error = {};
  // For /metrics.
  std::vector<const http::Server*> servers = {};
};

class World final {
 public:
  // Opens the data folder that initialise() or a snapshot has left. `clock` must outlive the world.
  static pki::Result<std::unique_ptr<World>> open(const std::filesystem::path& folder,
                                                  const WorldSetting& setting, const pki::Clock& clock);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] service::Instance& instance() { return *instance_; }
  [[nodiscard]] const service::DataFolder& data() const { return instance_->data(); }
  [[nodiscard]] const pki::Clock& clock() const { return clock_; }
  [[nodiscard]] const http::Router& router(Door door) const {
    return *routers_[static_cast<std::size_t>(door)];
  }
  // The answer to a request at a door, waited for. Not from a serving thread.
  [[nodiscard]] http::Response call(Door door, const http::OwnedRequest& request);

  // Copies store, keys and lists into a new folder, which open() can open. Nothing may be written meanwhile.
  void copy_to(const std::filesystem::path& folder);
  // Copies such a folder, of which no world is open, into a new one.
  static void copy(const std::filesystem::path& from, const std::filesystem::path& to);

  // One request, or another task that needs the world to stay.
  class Use final {
   public:
    explicit Use(World& world) : world_(&world) { world.begin_use(); }
    ~Use() { world_->end_use(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    [[nodiscard]] World& operator*() const { return *world_; }
    [[nodiscard]] World* operator->() const { return world_; }

   private:
    World* world_;
  };
  // Waits until it is not in use; call when no new use can begin.
  void wait_until_unused();

 private:
  World(std::unique_ptr<service::Instance> instance, const pki::Clock& clock)
      : instance_(std::move(instance)), clock_(clock) {}
  void begin_use();
  void end_use();

  std::unique_ptr<service::Instance> instance_;
  const pki::Clock& clock_;
  std::array<std::unique_ptr<http::Router>, kDoors> routers_;
  std::mutex mutex_;
  std::condition_variable unused_;
  std::size_t uses_ = 0;  // Guarded by mutex_.
};

}  // namespace mock
