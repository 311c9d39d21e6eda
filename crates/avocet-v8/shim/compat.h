// Every difference between V8 versions that this crate meets is in this file.
// The oldest supported version is 10.2 (Debian 12); the other files speak
// only the names that are defined here.
#pragma once

#include <libplatform/libplatform.h>
#include <v8-profiler.h>
#include <v8.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#if V8_MAJOR_VERSION < 10 || (V8_MAJOR_VERSION == 10 && V8_MINOR_VERSION < 2)
#error "avocet-v8 needs V8 10.2 or later"
#endif

#define AV8_V8_AT_LEAST(major, minor) \
  (V8_MAJOR_VERSION > (major) ||      \
   (V8_MAJOR_VERSION == (major) && V8_MINOR_VERSION >= (minor)))

namespace compat {

// Import attributes were called assertions, and carried no offsets at first.
inline v8::Local<v8::FixedArray> import_attributes(
    v8::Local<v8::ModuleRequest> request) {
#if AV8_V8_AT_LEAST(12, 3)
  return request->GetImportAttributes();
#else
  return request->GetImportAssertions();
#endif
}

// Isolate* as the first argument of ScriptOrigin was removed in 12.1.
inline v8::ScriptOrigin script_origin(v8::Isolate* isolate,
                                      v8::Local<v8::Value> name, int line,
                                      int column, bool is_module,
                                      v8::Local<v8::Value> source_map) {
#if AV8_V8_AT_LEAST(12, 1)
  (void)isolate;
  return v8::ScriptOrigin(name, line, column, false, -1, source_map, false,
                          false, is_module);
#else
  return v8::ScriptOrigin(isolate, name, line, column, false, -1, source_map,
                          false, false, is_module);
#endif
}

// CompileFunctionInContext became CompileFunction.
inline v8::MaybeLocal<v8::Function> compile_function(
    v8::Local<v8::Context> context, v8::ScriptCompiler::Source* source,
    size_t argc, v8::Local<v8::String> argv[], size_t extc,
    v8::Local<v8::Object> extv[], v8::ScriptCompiler::CompileOptions options) {
  return v8::ScriptCompiler::CompileFunction(context, source, argc, argv, extc,
                                             extv, options);
}

// The out-of-memory handler's second argument became a struct.
#if AV8_V8_AT_LEAST(10, 9)
using OomArgument = const v8::OOMDetails&;
inline bool is_heap_oom(OomArgument a) { return a.is_heap_oom; }
#else
using OomArgument = bool;
inline bool is_heap_oom(OomArgument a) { return a; }
#endif

inline v8::Local<v8::Module> synthetic_module(
    v8::Isolate* isolate, v8::Local<v8::String> name,
    const std::vector<v8::Local<v8::String>>& exports,
    v8::Module::SyntheticModuleEvaluationSteps steps) {
#if AV8_V8_AT_LEAST(12, 2)
  return v8::Module::CreateSyntheticModule(
      isolate, name,
      v8::MemorySpan<const v8::Local<v8::String>>(exports.data(),
                                                  exports.size()),
      steps);
#else
  return v8::Module::CreateSyntheticModule(isolate, name, exports, steps);
#endif
}

// Object::GetIsolate() and friends went away; the isolate is always passed.
inline int string_utf8_length(v8::Isolate* isolate,
                              v8::Local<v8::String> string) {
#if AV8_V8_AT_LEAST(13, 4)
  return static_cast<int>(string->Utf8LengthV2(isolate));
#else
  return string->Utf8Length(isolate);
#endif
}

inline size_t string_write_utf8(v8::Isolate* isolate,
                                v8::Local<v8::String> string, char* buffer,
                                size_t capacity) {
#if AV8_V8_AT_LEAST(13, 4)
  return string->WriteUtf8V2(isolate, buffer, capacity,
                             v8::String::WriteFlags::kReplaceInvalidUtf8);
#else
  // No string needs more than three times its units, which an int holds.
  size_t most = 3 * static_cast<size_t>(string->Length());
  return static_cast<size_t>(string->WriteUtf8(
      isolate, buffer, static_cast<int>(capacity < most ? capacity : most),
      nullptr,
      v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8));
#endif
}

inline void string_write_one_byte(v8::Isolate* isolate,
                                  v8::Local<v8::String> string,
                                  uint8_t* buffer, int length) {
#if AV8_V8_AT_LEAST(13, 4)
  string->WriteOneByteV2(isolate, 0, length, buffer);
#else
  string->WriteOneByte(isolate, buffer, 0, length,
                       v8::String::NO_NULL_TERMINATION);
#endif
}

inline void string_write_two_byte(v8::Isolate* isolate,
                                  v8::Local<v8::String> string,
                                  uint16_t* buffer, int length) {
#if AV8_V8_AT_LEAST(13, 4)
  string->WriteV2(isolate, 0, length, buffer);
#else
  string->Write(isolate, buffer, 0, length, v8::String::NO_NULL_TERMINATION);
#endif
}

// Object::{Get,Set}Prototype became {Get,Set}PrototypeV2.
inline v8::Local<v8::Value> prototype(v8::Local<v8::Object> object) {
#if AV8_V8_AT_LEAST(12, 9)
  return object->GetPrototypeV2();
#else
  return object->GetPrototype();
#endif
}

inline v8::Maybe<bool> set_prototype(v8::Local<v8::Context> context,
                                     v8::Local<v8::Object> object,
                                     v8::Local<v8::Value> prototype) {
#if AV8_V8_AT_LEAST(12, 9)
  return object->SetPrototypeV2(context, prototype);
#else
  return object->SetPrototype(context, prototype);
#endif
}

// What promises carry along moved from the context to the isolate.
inline v8::Local<v8::Value> continuation_data(v8::Local<v8::Context> context) {
#if AV8_V8_AT_LEAST(12, 0)
  (void)context;
  return v8::Isolate::GetCurrent()->GetContinuationPreservedEmbedderData();
#else
  return context->GetContinuationPreservedEmbedderData();
#endif
}

inline void set_continuation_data(v8::Local<v8::Context> context,
                                  v8::Local<v8::Value> value) {
#if AV8_V8_AT_LEAST(12, 0)
  (void)context;
  v8::Isolate::GetCurrent()->SetContinuationPreservedEmbedderData(value);
#else
  context->SetContinuationPreservedEmbedderData(value);
#endif
}

inline v8::Local<v8::Value> internal_field(v8::Local<v8::Object> object,
                                           int index) {
#if AV8_V8_AT_LEAST(11, 7)
  return object->GetInternalField(index).As<v8::Value>();
#else
  return object->GetInternalField(index);
#endif
}

// The flag exists since 9.x; newer versions verify only in debug builds.
constexpr const char* kDefaultFlags = "--no-verify-snapshot-checksum";

}  // namespace compat
