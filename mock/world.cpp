// Opening, calling and copying.

#include "mock/world.h"

#include <fcntl.h>
#include <unistd.h>

#include "mock/route.h"
#include "pki/messages/mock.h"
#include "service/open_authority.h"

namespace mock {

namespace fs = std::filesystem;

std::string_view to_string(Door door) {
  switch (door) {
    case Door::verifier:
      return "verifier";
    case Door::https:
      return "https";
    case Door::ops:
      return "ops";
    case Door::admin:
      return "admin";
    case Door::admin_https:
      return "admin-https";
  }
  return "";
}

pki::Result<std::unique_ptr<World>> World::open(const fs::path& folder, const WorldSetting& setting,
                                                const pki::Clock& clock) {
  const service::DataFolder data{folder, setting.keys};
  auto environment = store::Environment::open({.directory = data.store(),
                                               .map_bytes = setting.config.map_bytes,
                                               .durability = store::Durability::temporary},
                                              registry::kSchema);
  TRY_ASSIGN(auto instance, service::Instance::open({.data = data,
                                                     .config = setting.config,
                                                     .durability = store::Durability::temporary,
                                                     .on_error = setting.on_error,
                                                     .make_key = setting.make_key,
                                                     .seed = setting.seed,
                                                     .socket_trust = admin::SocketTrust::everyone,
                                                     .tls_use = service::TlsUse::material},
                                                    clock, std::move(environment)));
  std::unique_ptr<World> world(new World(std::move(instance), clock));
  for (auto& router : world->routers_)
    router = std::make_unique<http::Router>();
  const auto router_of = [&](Door door) -> http::Router& {
    return *world->routers_[static_cast<std::size_t>(door)];
  };
  service::Services& services = world->instance_->services();
  services.mount_verifier(router_of(Door::verifier));
  services.mount_verifier(router_of(Door::https));
  services.mount_verifier_services(router_of(Door::https));
  for (const Door door : {Door::admin, Door::admin_https})
    services.mount_admin(router_of(door));
  world->instance_->mount_ops(router_of(Door::ops), setting.servers);
  world->instance_->look_at_list_files();
  return world;
}

http::Response World::call(Door door, const http::OwnedRequest& request) {
  return call_route(router(door), request);
}

void World::copy_to(const fs::path& folder) {
  const service::DataFolder from = data(), to{folder};
  fs::create_directories(to.store());
  for (const fs::path& own : {to.root, to.store()})
    fs::permissions(own, fs::perms::owner_all);
  const fs::path file = to.store() / "data.mdb";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    throw pki::ErrorException(pki::fail(pki::Errc::internal, {messages::copy_unwritable, file.string()}));
  try {
    instance_->environment().copy_to(descriptor);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
  fs::copy(from.keys(), to.keys(), fs::copy_options::recursive);
  // Published files never change, and are removed by name.
  if (fs::exists(from.crls()))
    fs::copy(from.crls(), to.crls(), fs::copy_options::recursive | fs::copy_options::create_hard_links);
  if (fs::exists(from.config())) fs::copy_file(from.config(), to.config());
}

namespace {

// Published files never change, so they are linked.
void copy_folder(const fs::path& from, const fs::path& to) {
  const service::DataFolder source{from}, target{to};
  fs::create_directories(target.root);
  fs::permissions(target.root, fs::perms::owner_all);
  fs::copy(source.store(), target.store(), fs::copy_options::recursive);
  fs::copy(source.keys(), target.keys(), fs::copy_options::recursive);
  if (fs::exists(source.crls()))
    fs::copy(source.crls(), target.crls(), fs::copy_options::recursive | fs::copy_options::create_hard_links);
  if (fs::exists(source.config())) fs::copy_file(source.config(), target.config());
}

}  // namespace

void World::copy(const fs::path& from, const fs::path& to) {
  try {
    copy_folder(from, to);
  } catch (const fs::filesystem_error&) {
    // The library's own words name no cause that a user could remove; a full disk is the usual one.
    throw pki::ErrorException(pki::fail(pki::Errc::internal, {messages::copy_unwritable, to.string()}));
  }
}

void World::begin_use() {
  const std::lock_guard lock(mutex_);
  ++uses_;
}

void World::end_use() {
  const std::lock_guard lock(mutex_);
  if (--uses_ == 0) unused_.notify_all();
}

void World::wait_until_unused() {
  std::unique_lock lock(mutex_);
  unused_.wait(lock, [this] { return uses_ == 0; });
}

}  // namespace mock
