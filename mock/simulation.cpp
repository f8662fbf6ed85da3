// Snapshots, resets, and the thread that does what time brings.

#include "mock/simulation.h"

#include <algorithm>
#include <cctype>

#include "ca/key_access.h"
#include "pki/messages/mock.h"
#include "pki/signer.h"

namespace mock {

namespace fs = std::filesystem;

namespace {

constexpr const char* kStart = "start";

// How often housekeeping wakes, and after how many beats it does everything while the clock runs as the wall
// clock.
constexpr std::chrono::milliseconds kBeat{250};
constexpr unsigned kBeatsOfTime = 4, kBeatsOfAll = 20;

bool is_word(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

// ECDSA by Botan, which takes k from key and digest (RFC 6979); OpenSSL 3.0 draws it.
std::shared_ptr<const pki::Signer> make_repeatable_signer(const pki::PrivateKey& key) {
  return pki::is_rsa(key.algorithm()) ? pki::make_openssl_signer(key) : pki::make_botan_signer(key);
}

}  // namespace

Simulation::Simulation(SimulationSetting setting, MockClock& clock, Front& front, Faults& faults)
    : setting_(std::move(setting)),
      clock_(clock),
      front_(front),
      faults_(faults),
      keys_(std::make_shared<ca::KeyAccess>(make_repeatable_signer)) {}

Simulation::~Simulation() {
  {
    const std::lock_guard lock(housekeeping_mutex_);
    stopping_ = true;
  }
  housekeeping_wake_.notify_all();
  if (housekeeping_.joinable()) housekeeping_.join();
  const std::lock_guard lock(acting_);
  replace(nullptr);
}

fs::path Simulation::new_folder(std::string_view what) {
  return setting_.folder / (std::string(what) + "-" + std::to_string(++folders_));
}

std::unique_ptr<World> Simulation::open(const fs::path& folder) {
  return pki::or_throw(World::open(folder,
                                   {.config = setting_.config,
                                    .make_key = test_keys(setting_.seed),
                                    .keys = keys_,
                                    .seed = setting_.seed,
                                    .on_error = setting_.on_error,
                                    .servers = front_.servers()},
                                   clock_));
}

void Simulation::replace(std::unique_ptr<World> world) {
  front_.show(world.get());
  if (world_) {
    world_->wait_until_unused();
    timed_responder_.forget();
    credentials_.clear();
    const fs::path folder = world_->data().root;
    world_.reset();
    const std::lock_guard lock(housekeeping_mutex_);
    former_folders_.push_back(folder);
  }
  world_ = std::move(world);
}

void Simulation::begin() {
  clock_.go(setting_.course);
  housekeeping_ = std::thread([this] { housekeeping_tick(); });
}

void Simulation::catch_up() {
  world_->instance().catch_up();
  if (const auto renewed = front_.renew_https(); renewed.has_error() && setting_.on_error)
    setting_.on_error("the new certificate of HTTPS cannot be used: " + renewed.error().text());
}

void Simulation::remove_former_folders() {
  std::vector<fs::path> folders;
  {
    const std::lock_guard lock(housekeeping_mutex_);
    folders.swap(former_folders_);
  }
  std::error_code ignored;
  for (const fs::path& folder : folders)
    fs::remove_all(folder, ignored);
}

void Simulation::housekeeping_tick() {
  unsigned beat = 0;
  std::unique_lock lock(housekeeping_mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      const std::lock_guard acting(acting_);
      const ClockCourse course = clock_.course();
      const bool is_fast = course.mode == ClockMode::running && course.rate > 1;
      if (is_fast || beat % kBeatsOfAll == 0)
        catch_up();
      else if (beat % kBeatsOfTime == 0)
        world_->instance().apply_time();
      remove_former_folders();
    } catch (const std::exception& error) {
      if (setting_.on_error)
        setting_.on_error(std::string("what time brings could not be done: ") + error.what());
    }
    ++beat;
    lock.lock();
    housekeeping_wake_.wait_for(lock, kBeat, [this] { return stopping_; });
  }
}

http::Response Simulation::administer(http::Method method, std::string_view target,
                                      const std::vector<http::Header>& headers, pki::ByteView body) {
  const std::lock_guard lock(acting_);
  return world_->call(Door::admin, http::make_request(method, target, headers, body));
}

pki::Result<boost::json::object> Simulation::enlist(registry::ResidentId resident, bool issue) {
  const std::lock_guard lock(acting_);
  Person person{.id = resident};
  if (issue) TRY(issue_both({.world = *world_, .seed = setting_.seed, .folder = files()}, person));
  people_.push_back(person);
  return mock::describe(*world_, person);
}

pki::Result<void> Simulation::take_snapshot(const std::string& name) {
  if (!is_word(name) || name == kStart) return pki::invalid("name", {messages::snapshot_name_form, kStart});
  const std::lock_guard lock(acting_);
  keep(name);
  return front_.renew_https();
}

void Simulation::keep(const std::string& name) {
  const fs::path folder = new_folder("snapshot");
  world_->instance().apply_time();
  world_->copy_to(folder);
  if (const auto before = snapshots_.find(name); before != snapshots_.end())
    fs::remove_all(before->second.folder);
  snapshots_[name] = {.folder = folder, .at = clock_.now(), .course = clock_.course(), .people = people_};
  // The world goes on from the snapshot, so that a reset leads to the very same one: an authority that was
  // opened takes other serials and numbers than one that has gone on.
  const fs::path next = new_folder("world");
  World::copy(folder, next);
  replace(open(next));
}

pki::Result<void> Simulation::reset(const std::string& name) {
  const std::lock_guard lock(acting_);
  faults_.clear();
  return put_back(name);
}

pki::Result<void> Simulation::put_back(const std::string& name) {
  const auto found = snapshots_.find(name);
  if (found == snapshots_.end()) return pki::fail(pki::Errc::not_found, {messages::snapshot_unknown, name});
  const Snapshot& snapshot = found->second;
  const fs::path folder = new_folder("world");
  World::copy(snapshot.folder, folder);
  // A clock that has followed the wall's does so again, and what was due since is done; another one goes
  // back.
  const bool follows = snapshot.course.mode == ClockMode::following;
  if (!follows) clock_.freeze_at(snapshot.at);
  clock_.go(snapshot.course);
  replace(open(folder));
  people_ = snapshot.people;
  if (follows) catch_up();
  return front_.renew_https();
}

boost::json::array Simulation::describe_snapshots() const {
  const std::lock_guard lock(acting_);
  boost::json::array list;
  for (const auto& [name, snapshot] : snapshots_)
    if (is_word(name))
      list.push_back(boost::json::object{{"name", name}, {"at", pki::to_rfc3339(snapshot.at)}});
  return list;
}

}  // namespace mock
