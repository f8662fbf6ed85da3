// The names of a distribution point, written once for certificates and CRLs.

#include "pki/distribution_point.h"

namespace pki {

void encode_directory_name(der::Writer& writer, const Name& name) {
  // [4] is EXPLICIT: Name is a CHOICE (X.680 section 31.2.7).
  writer.context(4, [&] { name.encode(writer); });
}

void encode_uri(der::Writer& writer, std::string_view uri) {
  writer.text(der::tag::context(6), uri);
}

void encode_distribution_point_name(der::Writer& writer, const DistributionPointNames& names) {
  writer.context(0, [&] {
    writer.context(0, [&] {
      encode_directory_name(writer, names.directory_name);
      if (names.uri) encode_uri(writer, *names.uri);
    });
  });
}

std::string to_string(DistributionPoint point) {
  const std::string digits = std::to_string(point.code);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

}  // namespace pki
