// One command of the system's own.

#include "registry/serials.h"

#include "registry/actor.h"
#include "registry/certificates.h"

namespace registry {

pki::Result<pki::SerialNumber> reserve_serials(store::Writer& writer, pki::CaName ca, std::uint64_t count) {
  pki::SerialNumber first;
  TRY(writer.execute({.actor = system_actor(),
                      .action = count == 1 ? "reserve a serial" : "reserve serials",
                      .run = [&](store::CommandContext& context) {
                        first = take_serial(context.transaction, ca);
                        if (count > 1) skip_serials(context.transaction, ca, first.value + count - 1);
                        return pki::Result<void>{};
                      }}));
  return first;
}

}  // namespace registry
