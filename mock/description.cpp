// The first line of a mock, and what it names.

#include <unistd.h>

#include "mock/simulation.h"
#include "pki/file.h"
#include "registry/crls.h"

namespace mock {

namespace json = boost::json;

std::string Simulation::url(std::string_view scheme, std::uint16_t port) const {
  const bool is_ipv6 = setting_.host.find(':') != std::string::npos;
  return std::string(scheme) + "://" + (is_ipv6 ? "[" + setting_.host + "]" : setting_.host) + ":" +
         std::to_string(port);
}

// Beside the residents' files, so that they outlast resets, and can be fetched.
void Simulation::write_ca_files() {
  service::Instance& instance = world_->instance();
  const auto transaction = instance.environment().read();
  for (const registry::SigningIssuer& ca : instance.authority().generations()) {
    const std::string id = to_string(ca.id());
    pki::or_throw(pki::save_file(files() / (id + ".cer"), ca.certificate(), pki::FileSecrecy::open));
    pki::or_throw(pki::save_file(files() / (id + ".pem"),
                                 pki::as_bytes(pki::encode_pem("CERTIFICATE", ca.certificate())),
                                 pki::FileSecrecy::open));
    const auto key = pki::or_throw(pki::read_file(world_->data().keys() / ca.record().key_file));
    pki::or_throw(pki::save_file(files() / (id + ".key"), pki::as_bytes(key), pki::FileSecrecy::owner_only));
    if (const auto responder = registry::find_responder(transaction, ca.id()))
      pki::or_throw(pki::save_file(files() / ("responder-" + id + ".cer"), responder->certificate,
                                   pki::FileSecrecy::open));
  }
}

json::object Simulation::describe_ca(pki::CaName name) {
  const registry::SigningIssuer& ca = world_->instance().authority().current(name);
  const std::string id = to_string(ca.id());
  const ca::Profile& profile = world_->instance().authority().profile();
  const registry::CrlScope whole{ca.id(), pki::kWholeGeneration};
  return {{"cer", (files() / (id + ".cer")).string()},
          {"key", (files() / (id + ".key")).string()},
          {"ocsp", profile.ocsp_uri(name)},
          {"responder", (files() / ("responder-" + id + ".cer")).string()},
          {"full_crl", registry::list_uri(profile.config().public_url, whole, registry::CrlKind::complete)},
          {"delta_crl", registry::list_uri(profile.config().public_url, whole, registry::CrlKind::delta)},
          {"id", id}};
}

json::array Simulation::describe_residents() {
  const std::lock_guard lock(acting_);
  json::array residents;
  for (const Person& person : people_)
    residents.push_back(mock::describe(*world_, person));
  return residents;
}

json::object Simulation::describe() {
  json::array residents = describe_residents();
  const std::lock_guard lock(acting_);
  write_ca_files();
  json::object states;
  for (const Person& person : people_) {
    json::value& list = states[person.state];
    if (!list.is_array()) list = json::array();
    list.get_array().push_back(json::value(to_string(person.id)));
  }
  const std::string control = url("http", front_.control_port());
  const std::string operations =
      to_string(world_->instance().authority().current(pki::CaName::operations).id());
  return {{"pid", static_cast<std::int64_t>(::getpid())},
          {"admin", (setting_.folder / "admin.sock").string()},
          {"admin_https", url("https", front_.port(Door::admin_https))},
          {"ca",
           json::object{{"sign", describe_ca(pki::CaName::sign)}, {"auth", describe_ca(pki::CaName::auth)}}},
          {"verifier", url("http", front_.port(Door::verifier))},
          {"https", url("https", front_.port(Door::https))},
          {"ops_ca", (files() / (operations + ".pem")).string()},
          {"ops", url("http", front_.port(Door::ops))},
          {"control", control},
          {"files", json::object{{"folder", files().string()}, {"url", control + "/mock/files"}}},
          {"clock", describe_clock()},
          {"seed", setting_.seed},
          {"verifiers", verifiers_},
          {"operators", operators_},
          {"residents", std::move(residents)},
          {"states", std::move(states)},
          {"p12_password", kPassword}};
}

}  // namespace mock
