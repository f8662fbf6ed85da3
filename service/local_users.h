// Users and groups of this machine, as far as the admin socket asks about them.

#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "admin/caller.h"
#include "pki/result.h"

namespace service {

// By uid, from the names of [operators.local]. A name that this machine does not have is reported and left
// out: its user cannot come.
[[nodiscard]] admin::LocalOperators find_local_operators(
    const std::map<std::string, std::string>& by_user_name,
    const std::function<void(std::string_view)>& report);

// Lets a group pass through the data folder to the admin socket: the folder gets the group and mode 0710
// (http::group_served). Errc::invalid_value when there is no such group, forbidden when the folder cannot be
// given to it.
[[nodiscard]] pki::Result<void> let_group_pass(const std::filesystem::path& folder, const std::string& group);

}  // namespace service
