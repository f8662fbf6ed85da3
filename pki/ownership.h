// Who owns what root makes: a service that runs as its own user must be able to read it.

#pragma once

#include <filesystem>

namespace pki {

// When root runs the program, gives the file or folder to the owner and the group of the folder it lies in,
// as if that user had made it; for all other users nothing is to be done. Throws std::runtime_error with the
// path and what the system said.
void give_to_owner_of_folder(const std::filesystem::path& path);

}  // namespace pki
