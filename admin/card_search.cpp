// /v1/residents/search: the call centre finds a card by what its holder can say, and sees nothing else.
//
// The names are sealed, so every entry is opened: this is for one caller on the telephone, not for lists.

#include "admin/api.h"
#include "admin/events.h"
#include "pki/messages/admin.h"
#include "registry/certificates.h"
#include "registry/compromise.h"
#include "registry/residents.h"

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

// Spoken names have no spaces, and the register's have wide ones.
std::string without_spaces(std::string_view text) {
  constexpr std::string_view kWideSpace = "　";
  std::string out;
  while (!text.empty()) {
    if (text.starts_with(kWideSpace)) {
      text.remove_prefix(kWideSpace.size());
      continue;
    }
    if (text.front() != ' ') out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

bool fits(const Said& said, const registry::Resident& resident) {
  if (resident.birth != said.birth) return false;
  const std::string name = without_spaces(said.name);
  const auto is_name = [&](const std::string& text) { return !text.empty() && without_spaces(text) == name; };
  return is_name(resident.name) || is_name(resident.furigana) || is_name(resident.alias);
}

// Compared whole: a beginning that fits would let an address be read character by character.
bool is_address_of(const Said& said, const registry::Resident& resident) {
  return said.address && without_spaces(resident.address) == without_spaces(*said.address);
}

// Those of the name and date of birth; the address chooses among several and is not asked about one alone.
std::vector<registry::ResidentId> find_all(const Said& said, const store::ReadTransaction& transaction,
                                           const store::Vault& vault) {
  std::vector<registry::ResidentId> fitting, at_address;
  registry::ResidentCursor rows(transaction, vault);
  for (; rows.valid(); rows.next()) {
    const auto resident = rows.resident();
    if (!resident || !fits(said, *resident)) continue;
    fitting.push_back(rows.id());
    if (is_address_of(said, *resident)) at_address.push_back(rows.id());
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
  const auto found = find_all(said, transaction, call.services.vault);
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
