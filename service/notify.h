// Says to the service manager that the service is ready, by the protocol of sd_notify(3).

#pragma once

namespace service {

// READY=1 to the socket that $NOTIFY_SOCKET names; does nothing without one.
void notify_ready();

}  // namespace service
