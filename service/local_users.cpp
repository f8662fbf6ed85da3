// Looked up once, at the start.

#include "service/local_users.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "pki/messages/service.h"

namespace service {

namespace {

// Enough for what a directory service may say about a large group.
constexpr std::size_t kEntryBytes = std::size_t{1} << 20U;

std::optional<std::uint32_t> find_user(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return entry.pw_uid;
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return entry.gr_gid;
}

}  // namespace

admin::LocalOperators find_local_operators(const std::map<std::string, std::string>& by_user_name,
                                           const std::function<void(std::string_view)>& report) {
  admin::LocalOperators operators;
  for (const auto& [user, name] : by_user_name) {
    if (const auto uid = find_user(user))
      operators[*uid] = name;
    else if (report)
      report("this machine has no user " + user + ", whom operators.local names as " + name);
  }
  return operators;
}

pki::Result<void> let_group_pass(const std::filesystem::path& folder, const std::string& group) {
  const auto id = find_group(group);
  if (!id) return pki::invalid("listen.admin_group", {messages::group_missing, group});
  struct stat facts{};
  const bool is_done =
      ::stat(folder.c_str(), &facts) == 0 && facts.st_gid == *id && (facts.st_mode & 0777U) == 0710U;
  if (is_done) return {};
  if (::chown(folder.c_str(), static_cast<uid_t>(-1), *id) != 0 || ::chmod(folder.c_str(), 0710) != 0)
    return pki::fail(pki::Errc::forbidden, {messages::group_not_given, folder.string(), group});
  return {};
}

}  // namespace service
