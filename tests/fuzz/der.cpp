// Fuzzes der::validate and the Reader: what passes must be written again as the same bytes.

#include "pki/der.h"
#include "tests/fuzz/check.h"

namespace {

using namespace pki;

// Writes an element that has passed validation, from its decoded parts.
void rewrite(const der::Element& element, der::Writer& writer) {
  const bool constructed = (element.tag & 0x20U) != 0;
  if (!constructed) {
    writer.primitive(element.tag, element.content);
    return;
  }
  writer.constructed(element.tag, [&] {
    der::Reader reader(element.content);
    while (!reader.at_end())
      rewrite(reader.read_any().value(), writer);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const bool valid = der::validate(input).has_value();
  der::Reader reader(input);
  const auto element = reader.read_any();
  if (!valid) return 0;
  fuzz::check(element.has_value() && reader.finish().has_value(), "what is valid can be read as one element");
  der::Writer writer;
  rewrite(*element, writer);
  fuzz::check(equal(writer.view(), input), "what is valid is written again as the same bytes");
  der::Reader typed(input);
  switch (element->tag) {
    case der::tag::kOid:
      if (const auto oid = typed.read_oid())
        fuzz::check(equal(oid->content(), element->content), "OID round trip");
      break;
    case der::tag::kInteger:
      (void)typed.read_unsigned();
      break;
    case der::tag::kUtcTime:
    case der::tag::kGeneralizedTime:
      if (const auto time = typed.read_time(); time && element->tag == der::tag::kUtcTime)
        fuzz::check(der::time_content(*time) == as_text(element->content), "UTCTime round trip");
      break;
    default:
      break;
  }
  return 0;
}
