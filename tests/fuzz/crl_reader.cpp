// Fuzzes decode_crl, the entry reader and explain().

#include "crl/reader.h"

#include "pki/der.h"
#include "pki/oid.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace crl;
  const pki::ByteView input(data, size);
  const auto explained = explain(input);
  const auto list = decode_crl(input);
  if (!list) {
    fuzz::check(explained.has_error(), "only a CRL is explained");
    return 0;
  }
  EntryReader reader(list->entries);
  std::size_t bytes = 0;
  while (true) {
    const auto entry = reader.next();
    if (!entry || !*entry) {
      fuzz::check(explained.has_error() || entry.has_value(), "a list with a bad entry is not explained");
      if (entry) fuzz::check(bytes <= list->entries.size(), "entries lie within the list");
      break;
    }
    fuzz::check(!(*entry)->serial.empty(), "an entry has a serial");
    bytes += (*entry)->serial.size() + (*entry)->extensions.size();
  }
  for (const pki::Extension& extension : list->extensions) {
    (void)decode_crl_number(extension.value);
    (void)decode_key_identifier(extension.value);
    (void)decode_issuing_distribution_point(extension.value);
  }
  return 0;
}
