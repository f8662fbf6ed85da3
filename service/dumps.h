// A memory dump of the service would hold keys and names.

#pragma once

namespace service {

// No core file is written of this process, whatever the limits of its parent were.
void keep_out_of_dumps();

}  // namespace service
