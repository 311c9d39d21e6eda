// Strings: made from and written to Rust memory.
#include "shim.h"

using namespace av8;
using v8::Isolate;
using v8::String;

namespace {

v8::NewStringType type(bool internalized) {
  return internalized ? v8::NewStringType::kInternalized
                      : v8::NewStringType::kNormal;
}

bool is_ascii(const uint8_t* data, size_t length) {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    std::memcpy(&word, data + i, 8);
    bits |= word;
  }
  for (; i < length; ++i) bits |= uint64_t{data[i]} << 56;
  return (bits & 0x8080808080808080u) == 0;
}

// Rust memory with the function that frees it; null for static memory.
class External : public String::ExternalOneByteStringResource {
 public:
  using Free = void (*)(void* owner);
  External(const char* data, size_t length, Free free, void* owner)
      : data_(data), length_(length), free_(free), owner_(owner) {}
  ~External() override {
    if (free_ != nullptr) free_(owner_);
  }
  const char* data() const override { return data_; }
  size_t length() const override { return length_; }

 private:
  const char* data_;
  size_t length_;
  Free free_;
  void* owner_;
};

}  // namespace

AV8 Ref av8_string_utf8(Isolate* isolate, const uint8_t* data, size_t length,
                        bool internalized) {
  if (length > static_cast<size_t>(String::kMaxLength)) return nullptr;
  int size = static_cast<int>(length);
  if (is_ascii(data, length)) {
    return out(String::NewFromOneByte(isolate, data, type(internalized), size));
  }
  return out(String::NewFromUtf8(isolate, reinterpret_cast<const char*>(data),
                                 type(internalized), size));
}
AV8 Ref av8_string_one_byte(Isolate* isolate, const uint8_t* data,
                            size_t length, bool internalized) {
  if (length > static_cast<size_t>(String::kMaxLength)) return nullptr;
  return out(String::NewFromOneByte(isolate, data, type(internalized),
                                    static_cast<int>(length)));
}
AV8 Ref av8_string_two_byte(Isolate* isolate, const uint16_t* data,
                            size_t length) {
  if (length > static_cast<size_t>(String::kMaxLength)) return nullptr;
  return out(String::NewFromTwoByte(
      isolate, data, v8::NewStringType::kNormal, static_cast<int>(length)));
}
AV8 Ref av8_string_external(Isolate* isolate, const char* data, size_t length,
                            External::Free free, void* owner) {
  // V8's versions differ in who frees the resource in these cases.
  if (length == 0 || length > static_cast<size_t>(String::kMaxLength)) {
    if (free != nullptr) free(owner);
    return length == 0 ? out(String::Empty(isolate)) : nullptr;
  }
  return out(String::NewExternalOneByte(
      isolate, new External(data, length, free, owner)));
}
AV8 Ref av8_string_empty(Isolate* isolate) {
  return out(String::Empty(isolate));
}
AV8 Ref av8_string_concat(Isolate* isolate, Ref left, Ref right) {
  auto a = in<String>(left), b = in<String>(right);
  if (a->Length() + b->Length() > String::kMaxLength) return nullptr;
  return out(String::Concat(isolate, a, b));
}
AV8 int av8_string_length(Ref string) { return in<String>(string)->Length(); }
AV8 int av8_string_utf8_length(Isolate* isolate, Ref string) {
  return compat::string_utf8_length(isolate, in<String>(string));
}
AV8 bool av8_string_is_one_byte(Ref string) {
  return in<String>(string)->IsOneByte();
}
AV8 bool av8_string_contains_only_one_byte(Ref string) {
  return in<String>(string)->ContainsOnlyOneByte();
}
AV8 bool av8_string_is_external(Ref string) {
  return in<String>(string)->IsExternalOneByte();
}

// Writes the whole string as UTF-8 if `capacity` surely suffices and returns
// the number of bytes; else returns -(the capacity that surely suffices).
AV8 ptrdiff_t av8_string_write_utf8(Isolate* isolate, Ref ref, uint8_t* buffer,
                                    size_t capacity) {
  auto string = in<String>(ref);
  size_t length = static_cast<size_t>(string->Length());
  if (string->IsOneByte()) {
    if (capacity < length) return -static_cast<ptrdiff_t>(length);
    compat::string_write_one_byte(isolate, string, buffer,
                                  static_cast<int>(length));
    if (is_ascii(buffer, length)) return static_cast<ptrdiff_t>(length);
    if (capacity < 2 * length) return -static_cast<ptrdiff_t>(2 * length);
    // Expand Latin-1 in place, from the end.
    size_t total = length;
    for (size_t i = 0; i < length; ++i) total += buffer[i] >> 7;
    for (size_t i = length, o = total; i-- > 0;) {
      uint8_t byte = buffer[i];
      if (byte < 0x80) {
        buffer[--o] = byte;
      } else {
        buffer[--o] = static_cast<uint8_t>(0x80 | (byte & 0x3f));
        buffer[--o] = static_cast<uint8_t>(0xc0 | (byte >> 6));
      }
    }
    return static_cast<ptrdiff_t>(total);
  }
  if (capacity < 3 * length) return -static_cast<ptrdiff_t>(3 * length);
  return static_cast<ptrdiff_t>(compat::string_write_utf8(
      isolate, string, reinterpret_cast<char*>(buffer), capacity));
}
// The low byte of every UTF-16 unit; `buffer` holds the string's length.
AV8 void av8_string_write_one_byte(Isolate* isolate, Ref ref, uint8_t* buffer,
                                   int length) {
  compat::string_write_one_byte(isolate, in<String>(ref), buffer, length);
}
AV8 void av8_string_write_two_byte(Isolate* isolate, Ref ref, uint16_t* buffer,
                                   int length) {
  compat::string_write_two_byte(isolate, in<String>(ref), buffer, length);
}
