// Making, recording and putting to use.

#include "service/rollover.h"

#include "ca/left_keys.h"
#include "pki/messages/service.h"
#include "registry/actor.h"
#include "registry/serials.h"
#include "store/log_view.h"

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
      // One of the same number that another rollover has made is not this one.
      const auto recorded = registry::find_issuer(services_.parts.environment.read(), succession_.id);
      if (recorded && made_ && recorded->certificate == made_->issuer.certificate()) {
        put_to_use();
        return;
      }
    } catch (const std::exception&) {
      // Unreadable: the keys may be needed.
      return;
    }
    if (is_announced_) {
      services_.ocsp.withdraw_announced();
      services_.parts.authority.withdraw(succession_.id);
    }
    // In a cluster the generation may be in the log, and reach this store later. The next rollover sets the
    // keys of one that was not recorded aside.
    if (may_be_in_log_) return;
    for (const std::string& name : key_files_)
      remove_key(name);
  }

  pki::Result<void> make();
  pki::Result<void> record(store::CommandContext& context) override;
  void put_to_use() override;

 private:
  void remove_key(const std::string& name) const noexcept;
  pki::Result<void> set_left_keys_aside();
  [[nodiscard]] pki::Result<void> check_predecessor(const store::ReadTransaction& transaction) const;
  void report(std::string_view what) const {
    if (services_.on_error) services_.on_error(what);
  }

  RolloverServices& services_;
  const ca::Succession succession_;
  std::unique_lock<std::mutex> turn_;
  std::vector<std::string> key_files_;
  std::optional<ca::NewGeneration> made_;
  ca::PointNames points_;
  bool is_announced_ = false;
  bool is_in_use_ = false;
  // Whether the command that records it has run over a store that belongs to a log.
  bool may_be_in_log_ = false;
};

// A key that cannot be removed, its token being away, is reported: it belongs to no certificate.
void Rollover::Pending::remove_key(const std::string& name) const noexcept {
  try {
    if (const auto removed = services_.keys.remove(name); !removed)
      report("the key " + name + " of a rollover that did not take place stays: " + removed.error().text());
  } catch (const std::exception& error) {
    report(error.what());
  }
}

pki::Result<void> Rollover::Pending::make() {
  const AuthorityParts& parts = services_.parts;
  {
    const store::ReadTransaction snapshot = parts.environment.read();
    // Planned before it was this one's turn: nothing is made for what has been overtaken by then.
    TRY(check_predecessor(snapshot));
    TRY_ASSIGN(points_, ca::name_points(snapshot, parts.authority.profile(),
                                        registry::all_municipalities(snapshot), succession_.id));
  }
  TRY(set_left_keys_aside());
  TRY_ASSIGN(const pki::SerialNumber first,
             registry::reserve_serials(parts.writer, succession_.id.ca, kSerialsOfGeneration));
  std::uint64_t taken = 0;
  const std::string no_heading;
  TRY_ASSIGN(made_, ca::make_generation(
                        {.profile = parts.authority.profile(),
                         .keys = services_.keys,
                         .make_key = services_.make_key,
                         .key_heading = no_heading,
                         .id = succession_.id,
                         .now = parts.clock.now(),
                         .next_serial = [&]() -> pki::Result<pki::SerialNumber> {
                           return pki::SerialNumber{first.value + taken++};
                         },
                         .on_key = [this](const std::string& name) { key_files_.push_back(name); },
                         .predecessor = succession_.with_links ? parts.authority.find(succession_.predecessor)
                                                               : nullptr}));
  is_announced_ = true;
  if (made_->responder)
    TRY(services_.ocsp.announce_responder({succession_.id, made_->issuer.certificate(),
                                           made_->responder->certificate, made_->responder_signer}));
  parts.authority.announce(made_->issuer);
  return {};
}

// What lies there under the generation's names is of a rollover that was killed: none other is on its way. On
// record before it is done, so that no name changes unrecorded.
pki::Result<void> Rollover::Pending::set_left_keys_aside() {
  const AuthorityParts& parts = services_.parts;
  const auto left = ca::find_left_keys(services_.keys, succession_.id, parts.clock.now());
  if (left.empty()) return {};
  TRY(parts.writer.execute({.actor = registry::system_actor(),
                            .action = std::string(ca::kSetAsideAction),
                            .run = [&](store::CommandContext& context) -> pki::Result<void> {
                              // They may be those of a generation that has come by the log meanwhile.
                              TRY(check_predecessor(context.transaction));
                              context.subjects = ca::subjects_of(left);
                              return {};
                            }}));
  ca::set_aside(services_.keys, left);
  for (const ca::LeftKey& one : left)
    report("a rollover that was broken off has left the key " + one.file + ": it is kept as " + one.kept_as);
  return {};
}

pki::Result<void> Rollover::Pending::check_predecessor(const store::ReadTransaction& transaction) const {
  const auto current = registry::current_issuer(transaction, succession_.id.ca);
  if (!current || current->id != succession_.predecessor)
    return pki::fail(pki::Errc::conflict, messages::rollover_overtaken);
  return {};
}

pki::Result<void> Rollover::Pending::record(store::CommandContext& context) {
  TRY(check_predecessor(context.transaction));
  ca::put_generation(context.transaction, *made_, points_);
  may_be_in_log_ = store::read_log_position(context.transaction).has_value();
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
  // Its certificates name lists of their own: the first ones are out before the rollover is reported as done,
  // and readiness goes by them from then on.
  const auto run = services_.publisher.publish_due_in_turn();
  if (run.has_error())
    report("the first CRLs of " + to_string(succession_.id) + " are not made yet: " + run.error().text());
  try {
    services_.list_health.look(services_.parts.clock.now(), crl::LookDepth::files);
  } catch (const std::exception& error) {
    // The timer looks again.
    report(error.what());
  }
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
