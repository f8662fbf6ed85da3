// Published lists on every machine of a log: the leader puts the files of current lists beside the log, the
// others fetch them. A machine takes a file only when each list that the records name in it is there with its
// digest and its signature.

#pragma once

#include <filesystem>
#include <functional>

#include "pki/result.h"
#include "store/environment.h"
#include "store/file_share.h"

namespace service {

// The leader's side: shares what is not shared yet, and removes files that no current list is in. What is not
// in the folder here is left out. An error leaves the rest to the next call.
pki::Result<void> share_lists(store::FileShare& share, const store::Environment& environment,
                              const std::filesystem::path& folder);

// The other machines': fetches files of current lists that are not in the folder. Errc::conflict names one
// whose bytes are not those of the records; it is not kept. `go_on` is asked before each piece (empty:
// always): once it says no, the call ends without an error and without the file under way.
pki::Result<void> fetch_lists(store::FileShare& share, const store::Environment& environment,
                              const std::filesystem::path& folder, const std::function<bool()>& go_on = {});

}  // namespace service
