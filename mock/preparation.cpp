// How a simulation comes to be: ceremony, the eras of its ready-made states, residents, lists.

#include <algorithm>
#include <iterator>

#include "mock/operators.h"
#include "mock/simulation.h"
#include "pki/messages/mock.h"
#include "pki/test_keys.h"
#include "service/init.h"

namespace mock {

namespace fs = std::filesystem;

namespace {

constexpr const char* kTestKeyHeading =
    "# jpki TEST KEY: published with the program, so worthless. Never use it for anything real.\n";
constexpr const char* kStartSnapshot = "start";
// The people of ready-made states are numbered from here, so that --residents moves none of them.
constexpr std::uint64_t kFirstOfStates = 200'000;
// Kiyose, where the first resident lives.
constexpr std::uint32_t kFirstMunicipality = 132217;

}  // namespace

ca::KeySource test_keys(std::uint64_t seed) {
  return [seed](std::string_view purpose, pki::KeyAlgorithm algorithm) {
    return pki::make_test_key(algorithm, seed, purpose);
  };
}

void Simulation::hold_ceremony(const fs::path& folder) {
  // Closed again: World::open opens it.
  pki::or_throw(service::initialise({.data = service::DataFolder{folder, keys_},
                                     .config = setting_.config,
                                     .durability = store::Durability::temporary,
                                     .make_key = test_keys(setting_.seed),
                                     .key_heading = kTestKeyHeading,
                                     .operations = ca::Validity{kFirstMoment, kLastMoment}},
                                    clock_));
}

void Simulation::check_cancelled() const {
  if (cancelled_) throw pki::ErrorException(pki::fail(pki::Errc::conflict, messages::ended_while_prepared));
}

pki::Result<void> Simulation::enter_operators(const CredentialKeys& keys) {
  OperatorSetting setting{.folder = files(), .municipalities = {kFirstMunicipality}, .keys = keys};
  service::Instance& instance = world_->instance();
  for (const Person& person : people_)
    if (const auto resident =
            registry::find_resident(instance.environment().read(), instance.vault(), person.id))
      setting.municipalities.insert(resident->municipality);
  TRY_ASSIGN(operators_, make_operators(*world_, setting));
  return {};
}

void Simulation::make_states(Era era) {
  const CardShop shop{.world = *world_, .seed = setting_.seed, .folder = files()};
  for (const ReadyState* state : setting_.states) {
    if (state->era != era) continue;
    check_cancelled();
    StateMaker maker(shop, kFirstOfStates + static_cast<std::uint64_t>(state - ready_states().data()));
    if (const auto made = state->make(maker); made.has_error())
      throw pki::ErrorException(
          pki::invalid("states", {messages::state_not_made, state->name, made.error().message}));
    maker.person().state = state->name;
    maker.person().cause = state->cause;
    people_.push_back(std::move(maker.person()));
  }
}

pki::Result<void> Simulation::roll(const fs::path& folder) {
  World* const shown = front_.show(nullptr);
  world_->wait_until_unused();
  timed_responder_.forget();
  credentials_.clear();
  world_.reset();
  pki::Result<void> rolled = {};
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth}) {
    const auto begun =
        service::begin_generation(service::DataFolder{folder, keys_}, ca, test_keys(setting_.seed), clock_);
    if (begun.has_error() && !rolled.has_error()) rolled = begun.error();
  }
  world_ = open(folder);
  if (shown != nullptr) front_.show(world_.get());
  return rolled;
}

void Simulation::compromise_former_generation() {
  for (const char* issuer : {"sign-1", "auth-1"}) {
    const std::string body = R"({"event":"ca-key-compromise","ca":")" + std::string(issuer) + "\"}";
    const http::Response recorded = world_->call(
        Door::admin, http::make_request(http::Method::post, "/v1/events", {}, pki::as_bytes(body)));
    if (recorded.status != 201)
      throw pki::ErrorException(pki::fail(pki::Errc::internal, {messages::compromise_not_recorded, issuer}));
  }
  world_->instance().apply_time();
}

void Simulation::live_through_eras(pki::Time start) {
  const fs::path folder = world_->data().root;
  for (const Era era : {Era::compromised_generation, Era::previous_generation, Era::past}) {
    const bool is_needed = std::ranges::count(setting_.states, era, &ReadyState::era) > 0;
    if (!is_needed) continue;
    step_to(start - age_of(era));
    make_states(era);
    if (era == Era::past) continue;
    step_to(clock_.now() + std::chrono::days{1});
    pki::or_throw(roll(folder));
    if (era == Era::compromised_generation) compromise_former_generation();
  }
  step_to(start);
}

void Simulation::prepare() {
  const std::lock_guard lock(acting_);
  fs::create_directories(files());
  const pki::Time start = clock_.now();
  pki::Seconds era_age{0};
  for (const ReadyState* state : setting_.states)
    era_age = std::max(era_age, age_of(state->era));
  if (setting_.scenario) pki::or_throw(check_moment("scenario", setting_.scenario->end(start)));
  // The eras come first, then the scenario, which ends at the start.
  const pki::Time play_from = setting_.scenario ? start - (setting_.scenario->end(start) - start) : start;
  clock_.freeze_at(play_from - era_age);
  std::vector<std::string> purposes = verifier_key_purposes();
  std::ranges::copy(operator_key_purposes(), std::back_inserter(purposes));
  auto keys_to_come = begin_credential_keys(setting_.seed, std::move(purposes));
  const fs::path making = new_folder("world");
  hold_ceremony(making);
  world_ = open(making);
  const CredentialKeys credential_keys = keys_to_come.get();
  verifiers_ = pki::or_throw(
      make_verifiers(*world_, {.folder = files(), .openness = setting_.openness, .keys = credential_keys}));
  if (era_age.count() > 0) live_through_eras(play_from);
  if (setting_.scenario) {
    pki::or_throw(play_steps(*setting_.scenario));
    step_to(start);
  }
  make_states(Era::now);
  make_people();
  pki::or_throw(enter_operators(credential_keys));
  // Responders that this has outlived.
  if (clock_.now() > play_from - era_age) world_->instance().catch_up();
  pki::or_throw(world_->instance().publisher().publish(crl::PublicationKind::complete_and_delta));
  // The world goes on from the snapshot, so that a reset leads to the very same one.
  const fs::path snapshot = new_folder("snapshot");
  world_->copy_to(snapshot);
  snapshots_[kStartSnapshot] = {
      .folder = snapshot, .at = start, .course = setting_.course, .people = people_};
  const fs::path first = new_folder("world");
  World::copy(snapshot, first);
  replace(open(first));
  write_ca_files();
  pki::or_throw(front_.listen_https());
}

}  // namespace mock
