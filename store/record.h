// Stored DER records: written with pki::der::Writer, read with a reader whose every failure is Corruption.

#pragma once

#include <optional>
#include <string>

#include "pki/der.h"
#include "store/environment.h"

namespace store {

// Reads one stored SEQUENCE field by field. What we wrote ourselves must decode; anything else throws.
class RecordReader final {
 public:
  // The content of the outer SEQUENCE of `record`.
  explicit RecordReader(pki::ByteView record) : reader_(pki::der::Reader(record)) {
    reader_ = unwrap(reader_.enter_sequence());
  }

  [[nodiscard]] bool at_end() const { return reader_.at_end(); }
  [[nodiscard]] std::uint64_t number() { return unwrap(reader_.read_unsigned()); }
  [[nodiscard]] std::string text() {
    return std::string(pki::as_text(unwrap(reader_.read(pki::der::tag::kUtf8String)).content));
  }
  [[nodiscard]] pki::Bytes bytes() { return pki::to_bytes(unwrap(reader_.read_octet_string())); }
  [[nodiscard]] bool boolean() { return unwrap(reader_.read_boolean()); }
  [[nodiscard]] pki::Time time() { return unwrap(reader_.read_generalized_time()); }
  [[nodiscard]] pki::Date date() { return unwrap(pki::parse_date(text())); }
  // A nested SEQUENCE.
  [[nodiscard]] RecordReader nested() {
    return RecordReader(unwrap(reader_.read(pki::der::tag::kSequence)).encoding);
  }
  // [n] EXPLICIT, when it is there: a SEQUENCE of one optional field.
  [[nodiscard]] std::optional<RecordReader> optional(unsigned n) {
    const auto element = unwrap(reader_.read_optional(pki::der::tag::context_constructed(n)));
    if (!element) return std::nullopt;
    return RecordReader(element->content);
  }

 private:
  // Throws Corruption.
  [[noreturn]] static void fail(const pki::Error& error);

  template <typename T>
  static T unwrap(pki::Result<T> result) {
    if (!result) fail(result.error());
    return std::move(*result);
  }

  pki::der::Reader reader_;
};

inline void write_text(pki::der::Writer& writer, std::string_view text) {
  writer.text(pki::der::tag::kUtf8String, text);
}
inline void write_date(pki::der::Writer& writer, pki::Date date) {
  write_text(writer, pki::to_string(date));
}

// [n] EXPLICIT SEQUENCE { … }, written when there is a value.
template <typename T, typename Body>
void write_optional(pki::der::Writer& writer, unsigned n, const std::optional<T>& value, Body&& body) {
  if (value) writer.context(n, [&] { writer.sequence([&] { body(*value); }); });
}

}  // namespace store
