// The life of a mock: its world, its clock and its people, and what changes them together.
//
// Every change (a leap of the clock, an event, a publication, a snapshot, a reset) has its turn; questions of
// verifiers pass by and see the state before or after it.

#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mock/clock.h"
#include "mock/faults.h"
#include "mock/front.h"
#include "mock/people.h"
#include "mock/scenario.h"
#include "mock/states.h"
#include "mock/timed_responder.h"
#include "mock/verifiers.h"
#include "mock/world.h"

namespace mock {

struct SimulationSetting {
  std::uint64_t seed = 1;
  std::uint32_t residents = 3;
  // As parse_states() gives them.
  std::vector<const ReadyState*> states = {};
  // Played so that it ends at the start.
  std::optional<Scenario> scenario = {};
  service::Config config;
  // The mock's own folder: stores, snapshots and files lie below it.
  std::filesystem::path folder;
  // As clients call the listeners.
  std::string host = "127.0.0.1";
  Openness openness = Openness::loopback;
  // How the clock goes once everything is ready.
  ClockCourse course;
  http::ErrorHandler on_error = {};
  // Hears how far a preparation of seconds is.
  http::ErrorHandler on_progress = {};
};

// What PUT /mock/clock asks for; absent members change nothing.
struct ClockMove {
  std::optional<pki::Time> to;
  std::optional<ClockCourse> course;
  // Makes the lists of every mark on the way, not only of the last.
  bool every_list = false;
};

// A resident's card, taken in hand: one request's worth of it.
struct CardInHand {
  World& world;
  Person& person;
  CardContents contents;
};
using CardAct = std::function<pki::Result<boost::json::object>(CardInHand&)>;

class Simulation final {
 public:
  // All must outlive the object.
  Simulation(SimulationSetting setting, MockClock& clock, Front& front, Faults& faults);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Ceremony, verifier, residents, lists and the snapshot "start", with a clock that stands. Once, before the
  // rest. Throws pki::ErrorException, and what file system and store throw.
  void prepare();
  // A preparation that is going on ends soon, by Errc::conflict. From any thread.
  void cancel() { cancelled_ = true; }
  // From now on the clock goes, and what time brings is done.
  void begin();

  // The first line: every URL, file, resident and state, as they are now.
  [[nodiscard]] boost::json::object describe();
  [[nodiscard]] boost::json::object describe_clock() const;
  [[nodiscard]] boost::json::array describe_residents();
  [[nodiscard]] const boost::json::array& verifiers() const { return verifiers_; }
  [[nodiscard]] const boost::json::array& operators() const { return operators_; }
  [[nodiscard]] std::filesystem::path files() const { return setting_.folder / "files"; }

  // Errc::conflict for a moment that lies behind.
  [[nodiscard]] pki::Result<void> move_clock(const ClockMove& move);
  // Puts a request to the operators' API.
  [[nodiscard]] http::Response administer(http::Method method, std::string_view target,
                                          const std::vector<http::Header>& headers, pki::ByteView body);
  // Issues to a resident who is in the register, and lists the person from now on.
  [[nodiscard]] pki::Result<boost::json::object> enlist(registry::ResidentId resident, bool issue);
  // Plays a scenario from the clock's moment on. On a refusal, whose message names the line, everything is as
  // it was before.
  [[nodiscard]] pki::Result<void> play(const Scenario& scenario);
  // Does something with a resident's card, one act at a time. Errc::not_found for anybody who has none.
  [[nodiscard]] pki::Result<boost::json::object> use_card(std::string_view resident, const CardAct& act);
  [[nodiscard]] boost::json::array describe_cards() const;
  // Keeps the state under a name; an earlier one of that name is replaced. Errc::invalid_value for a name
  // that is no word, and for "start".
  [[nodiscard]] pki::Result<void> take_snapshot(const std::string& name);
  // Puts the state back, and with it the clock, unless that has followed the wall's. Errc::not_found.
  [[nodiscard]] pki::Result<void> reset(const std::string& name);
  [[nodiscard]] boost::json::array describe_snapshots() const;
  // For questions about another time.
  [[nodiscard]] TimedResponder& timed_responder() { return timed_responder_; }

 private:
  struct Snapshot {
    std::filesystem::path folder;
    pki::Time at;
    ClockCourse course;
    std::vector<Person> people;
  };

  // Each with acting_ held.
  [[nodiscard]] std::unique_ptr<World> open(const std::filesystem::path& folder);
  void replace(std::unique_ptr<World> world);
  void hold_ceremony(const std::filesystem::path& folder);
  void keep(const std::string& name);
  pki::Result<void> put_back(const std::string& name);
  pki::Result<void> play_steps(const Scenario& scenario);
  pki::Result<std::size_t> make_scenario_resident(const Scenario& scenario, const ScenarioResident& wish,
                                                  std::uint64_t number);
  pki::Result<void> play_step(const ScenarioStep& step, Person* person);
  [[nodiscard]] pki::Result<boost::json::object> post(std::string_view target,
                                                      const boost::json::object& body);
  void make_people();
  pki::Result<const CardCredential*> credential_of(const Person& person, pki::CertificateKind kind);
  void check_cancelled() const;
  void make_states(Era era);
  pki::Result<void> enter_operators(const CredentialKeys& keys);
  void live_through_eras(pki::Time start);
  // Both CAs begin a generation; nothing is behind the doors meanwhile. On an error the world is as before.
  pki::Result<void> roll(const std::filesystem::path& folder);
  pki::Result<void> give_consent(Person& person, pki::Time given);
  void compromise_former_generation();
  void leap(pki::Time to, bool every_list);
  void step_to(pki::Time to);
  void catch_up();
  [[nodiscard]] std::filesystem::path new_folder(std::string_view what);
  void write_ca_files();
  [[nodiscard]] boost::json::object describe_ca(pki::CaName name);
  [[nodiscard]] std::string url(std::string_view scheme, std::uint16_t port) const;
  void housekeeping_tick();
  void remove_former_folders();

  SimulationSetting setting_;
  MockClock& clock_;
  Front& front_;
  Faults& faults_;
  std::atomic<bool> cancelled_{false};
  // How the keys of every world sign: each is read once, and the same digest has the same signature.
  std::shared_ptr<ca::KeyAccess> keys_;
  mutable std::mutex acting_;
  TimedResponder timed_responder_;
  std::unique_ptr<World> world_;  // Guarded by acting_, as are the next five.
  std::vector<Person> people_;
  std::map<std::string, Snapshot> snapshots_;
  // Read from the files of held certificates, by the certificate's; until another world takes their place.
  std::map<std::string, CardCredential> credentials_;
  std::uint64_t folders_ = 0;
  boost::json::array verifiers_, operators_;
  // Those that the scenario being played has added; guarded by acting_, too.
  std::vector<std::uint64_t> scenario_faults_;
  std::mutex housekeeping_mutex_;
  std::condition_variable housekeeping_wake_;
  bool stopping_ = false;  // Guarded by housekeeping_mutex_, as is the next.
  // Of worlds that others have replaced. Nobody waits for their removal, which goes with the mock's own
  // folder at the latest.
  std::vector<std::filesystem::path> former_folders_;
  std::thread housekeeping_;
};

}  // namespace mock
