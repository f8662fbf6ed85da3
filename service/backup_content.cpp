// Names of members, and what is made of them.

#include "service/backup_content.h"

#include <algorithm>
#include <sstream>

#include "http/url.h"
#include "pki/messages/service.h"
#include "pki/ownership.h"
#include "registry/schema.h"
#include "service/backup.h"

namespace service {

namespace {

// The value of a line "name value" of the backup's description.
std::string value_in(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(std::string(name) + " ")) return line.substr(name.size() + 1);
  return {};
}

// crl/sign-1/complete-7.crls and nothing else.
bool is_list_name(std::string_view name) {
  if (!name.starts_with(kBackupLists)) return false;
  const auto segments = http::path_segments(name.substr(kBackupLists.size()));
  if (segments.size() != 2 || !registry::parse_issuer_id(segments.front())) return false;
  const std::string_view file = segments.back();
  return file.ends_with(".crls") && !file.starts_with('.');
}

// keys/ca-sign-1.key and nothing else.
bool is_key_name(std::string_view name) {
  if (!name.starts_with(kBackupKeys)) return false;
  const auto segments = http::path_segments(name.substr(kBackupKeys.size()));
  return segments.size() == 1 && !segments.front().empty() && !segments.front().starts_with('.');
}

}  // namespace

pki::Result<BackupDescription> describe_backup(const ArchiveReader& archive,
                                               const std::filesystem::path& file) {
  const ArchiveMember* const info = archive.find(kBackupInfo);
  if (info == nullptr || archive.find(kBackupStore) == nullptr)
    return pki::fail(pki::Errc::malformed, {messages::not_a_backup, file.string()});
  for (const ArchiveMember& member : archive.members())
    if (member.name != kBackupInfo && member.name != kBackupStore && member.name != kBackupConfig &&
        !is_list_name(member.name) && !is_key_name(member.name))
      return pki::fail(pki::Errc::malformed, {messages::backup_foreign_file, member.name});
  const std::string text = archive.text(*info);
  return BackupDescription{.authority = value_in(text, "authority"), .made = value_in(text, "made")};
}

bool has_keys(const ArchiveReader& archive) {
  return std::ranges::any_of(archive.members(),
                             [](const ArchiveMember& member) { return is_key_name(member.name); });
}

void extract_keys(const ArchiveReader& archive, const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  pki::give_to_owner_of_folder(folder);
  for (const ArchiveMember& member : archive.members()) {
    if (!is_key_name(member.name)) continue;
    const auto file = folder / member.name.substr(kBackupKeys.size());
    archive.extract(member, file);
    pki::give_to_owner_of_folder(file);
  }
}

void extract_lists(const ArchiveReader& archive, const std::filesystem::path& root) {
  for (const ArchiveMember& member : archive.members()) {
    if (!is_list_name(member.name)) continue;
    const auto file = root / member.name;
    if (std::filesystem::exists(file)) continue;
    if (std::filesystem::create_directories(file.parent_path()))
      for (const auto& folder : {file.parent_path().parent_path(), file.parent_path()})
        pki::give_to_owner_of_folder(folder);
    const std::filesystem::path part = file.string() + ".tmp";
    std::filesystem::remove(part);
    archive.extract(member, part);
    std::filesystem::permissions(part, std::filesystem::perms(0644));
    pki::give_to_owner_of_folder(part);
    std::filesystem::rename(part, file);
  }
}

}  // namespace service
