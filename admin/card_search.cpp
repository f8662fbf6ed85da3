// /v1/residents/search: the call centre finds a card by what its holder can say, and sees nothing else.
//
// By the index of names and dates of birth (registry/resident_index.h), whose rows lead to a few records.

#include <algorithm>

#include "admin/api.h"
#include "admin/events.h"
#include "pki/messages/admin.h"
#include "registry/certificates.h"
#include "registry/compromise.h"
#include "registry/resident_index.h"

namespace admin {

namespace {

struct Said {
  std::string name;
  pki::Date birth;
  std::optional<std::string> address;
};

pki::Result<Said> read_said(const RequestContext& call) {
  FieldReader fields(call.body);
  Said said;
  TRY_ASSIGN(said.name, fields.required_text("name"));
  TRY_ASSIGN(const auto birth, read_birth(fields));
  if (!birth) return pki::invalid("birth", messages::birth_missing);
  said.birth = *birth;
  TRY_ASSIGN(said.address, fields.text("address"));
  TRY(fields.finish());
  return said;
}

// Compared whole: a beginning that fits would let an address be read character by character.
bool is_address_of(const Said& said, const registry::Resident& resident) {
  return said.address && registry::spoken_form(resident.address) == registry::spoken_form(*said.address);
}

// While the residents of an earlier version's store are being listed, so many of the others are opened at
// most: some tenths of a second.
constexpr std::size_t kUnlistedMost = 20'000;

// Adds those who fit and are not in the index yet. Errc::too_busy when there are too many to look at.
pki::Result<void> add_unlisted(const Said& said, const store::ReadTransaction& transaction,
                               const store::Vault& vault, registry::ResidentId from,
                               std::vector<registry::Resident>& fitting) {
  registry::ResidentCursor rows(transaction, vault, from);
  for (std::size_t opened = 0; rows.valid(); rows.next()) {
    if (opened++ == kUnlistedMost) return pki::fail(pki::Errc::too_busy, messages::card_search_unlisted);
    auto resident = rows.resident();
    if (!resident || resident->birth != said.birth || !registry::is_called(*resident, said.name)) continue;
    if (std::ranges::count(fitting, resident->id, &registry::Resident::id) == 0)
      fitting.push_back(std::move(*resident));
  }
  return {};
}

// Those of the name and date of birth; the address chooses among several and is not asked about one alone.
pki::Result<std::vector<registry::ResidentId>> find_all(const Said& said,
                                                        const store::ReadTransaction& transaction,
                                                        const store::Vault& vault) {
  registry::CalledResidents called = registry::find_called(transaction, vault, said.name, said.birth);
  if (called.unlisted_from) TRY(add_unlisted(said, transaction, vault, *called.unlisted_from, called.listed));
  std::vector<registry::ResidentId> fitting, at_address;
  for (const registry::Resident& resident : called.listed) {
    fitting.push_back(resident.id);
    if (is_address_of(said, resident)) at_address.push_back(resident.id);
  }
  return fitting.size() > 1 && said.address ? at_address : fitting;
}

// Each search is in the log, with what it found.
pki::Result<void> note_search(const RequestContext& call, const std::vector<std::string>& found) {
  return call.services.writer.execute({.actor = call.actor(),
                                       .action = "resident find",
                                       .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                         // A copy: the writer may run a command again.
                                         context.subjects = found;
                                         return {};
                                       }});
}

json::array certificates_of(const RequestContext& call, const store::ReadTransaction& transaction,
                            registry::ResidentId resident) {
  json::array certificates;
  for (const auto& id : registry::certificates_of(transaction, resident)) {
    const auto status = registry::effective_status(transaction, id);
    if (!status || status->not_after < call.services.clock.now()) continue;
    // What was revoked can be held no more, and is nothing that the call centre needs to know.
    if (status->revocation && !status->revocation->is_hold()) continue;
    certificates.push_back(json::object{{"kind", pki::to_string(status->kind)},
                                        {"state", status->revocation ? "held" : "good"}});
  }
  return certificates;
}

pki::Result<Answer> search(const RequestContext& call) {
  TRY_ASSIGN(const Said said, read_said(call));
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const auto found, find_all(said, transaction, call.services.vault));
  if (found.size() != 1) TRY(note_search(call, {found.empty() ? "found none" : "found several"}));
  if (found.empty()) return pki::fail(pki::Errc::not_found, messages::card_search_none);
  if (found.size() > 1) return pki::fail(pki::Errc::conflict, messages::card_search_several);
  const registry::ResidentId id = found.front();
  TRY(note_search(call, {"resident " + to_string(id)}));
  return Answer{
      .body = json::object{{"id", to_string(id)}, {"certificates", certificates_of(call, transaction, id)}}};
}

}  // namespace

std::vector<ApiEndpoint> card_search_endpoints() {
  return {{{http::Method::post, "/v1/residents/search", Action::find_card}, search}};
}

}  // namespace admin
