// Making, recording and putting to use.

#include "service/rollover.h"

#include <filesystem>

#include "pki/messages/service.h"
#include "registry/serials.h"

namespace service {

namespace {

// A CA's certificate, its responder's and two link certificates.
constexpr std::uint64_t kSerialsOfGeneration = 4;

}  // namespace

class Rollover::Pending final : public admin::PendingGeneration {
 public:
  Pending(RolloverServices& services, const ca::Succession& succession, std::unique_lock<std::mutex> turn)
      : services_(services), succession_(succession), turn_(std::move(turn)) {}
  // A commit whose outcome the writer could not tell may be on record all the same.
  ~Pending() override {
    if (is_in_use_) return;
    try {
      if (registry::find_issuer(services_.parts.environment.read(), succession_.id)) {
        put_to_use();
        return;
      }
    } catch (const std::exception&) {
      // Unreadable: the keys may be needed.
      return;
    }
    services_.parts.authority.withdraw(succession_.id);
    std::error_code ignored;
    for (const std::string& name : key_files_)
      std::filesystem::remove(services_.keys.path_of(name), ignored);
  }

  pki::Result<void> make();
  pki::Result<void> record(store::CommandContext& context) override;
  void put_to_use() override;

 private:
  // As ca::KeySource, and remembers the file's name.
  [[nodiscard]] pki::PrivateKey make_key(std::string_view name, pki::KeyAlgorithm algorithm);
  void report(std::string_view what) const {
    if (services_.on_error) services_.on_error(what);
  }

  RolloverServices& services_;
  const ca::Succession succession_;
  std::unique_lock<std::mutex> turn_;
  std::vector<std::string> key_files_;
  std::optional<ca::NewGeneration> made_;
  ca::PointNames points_;
  bool is_in_use_ = false;
};

pki::PrivateKey Rollover::Pending::make_key(std::string_view name, pki::KeyAlgorithm algorithm) {
  const std::filesystem::path file = services_.keys.path_of(std::string(name));
  if (std::filesystem::exists(file))
    throw pki::ErrorException(pki::fail(pki::Errc::conflict, {messages::rollover_file_left, file.string()}));
  auto key = services_.make_key(name, algorithm);
  key_files_.emplace_back(name);
  return key;
}

pki::Result<void> Rollover::Pending::make() {
  const AuthorityParts& parts = services_.parts;
  {
    const store::ReadTransaction snapshot = parts.environment.read();
    TRY_ASSIGN(points_, ca::name_points(snapshot, parts.authority.profile(),
                                        registry::all_municipalities(snapshot), succession_.id));
  }
  TRY_ASSIGN(const pki::SerialNumber first,
             registry::reserve_serials(parts.writer, succession_.id.ca, kSerialsOfGeneration));
  std::uint64_t taken = 0;
  const ca::KeySource source = [this](std::string_view name, pki::KeyAlgorithm algorithm) {
    return make_key(name, algorithm);
  };
  const std::string no_heading;
  TRY_ASSIGN(made_, ca::make_generation({.profile = parts.authority.profile(),
                                         .keys = services_.keys,
                                         .make_key = source,
                                         .key_heading = no_heading,
                                         .id = succession_.id,
                                         .now = parts.clock.now(),
                                         .next_serial = [&]() -> pki::Result<pki::SerialNumber> {
                                           return pki::SerialNumber{first.value + taken++};
                                         },
                                         .predecessor = succession_.with_links
                                                            ? parts.authority.find(succession_.predecessor)
                                                            : nullptr}));
  if (made_->responder)
    TRY(services_.ocsp.announce_responder({succession_.id, made_->issuer.certificate(),
                                           made_->responder->certificate, made_->responder_signer}));
  parts.authority.announce(made_->issuer);
  return {};
}

pki::Result<void> Rollover::Pending::record(store::CommandContext& context) {
  const auto current = registry::current_issuer(context.transaction, succession_.id.ca);
  if (!current || current->id != succession_.predecessor)
    return pki::fail(pki::Errc::conflict, messages::rollover_overtaken);
  ca::put_generation(context.transaction, *made_, points_);
  context.subjects = {"issuer " + to_string(succession_.id)};
  return {};
}

void Rollover::Pending::put_to_use() {
  is_in_use_ = true;
  services_.parts.authority.begin(succession_.id);
  if (succession_.id.ca == pki::CaName::operations) {
    if (services_.on_operations_ca) services_.on_operations_ca();
    return;
  }
  services_.ocsp.begin_announced();
  services_.publisher.add(made_->issuer);
  // Its certificates name lists of their own: the first ones are made at once.
  const auto run = services_.publisher.publish_due(services_.parts.clock.now());
  if (run.has_error() && run.error().code != pki::Errc::conflict)
    report("the first CRLs of " + to_string(succession_.id) + " are not made yet: " + run.error().text());
}

pki::Result<std::unique_ptr<admin::PendingGeneration>> Rollover::prepare(const ca::Succession& succession) {
  std::unique_lock turn(one_at_a_time_, std::try_to_lock);
  if (!turn.owns_lock()) return pki::fail(pki::Errc::conflict, messages::rollover_running);
  auto pending = std::make_unique<Pending>(services_, succession, std::move(turn));
  try {
    TRY(pending->make());
  } catch (const pki::ErrorException& error) {
    return error.error();
  }
  return pending;
}

}  // namespace service
