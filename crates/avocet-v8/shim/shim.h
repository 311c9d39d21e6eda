// The C ABI between safe Rust (../src) and V8. A handle crosses it as the
// address of its slot (`Ref`); null stands for an empty handle, which means
// that JavaScript threw. Rust guarantees on every call that the isolate is
// entered by this thread and that a handle scope is open.
#pragma once

#include "compat.h"

#define AV8 extern "C" __attribute__((visibility("hidden")))

namespace av8 {

using Ref = const void*;

template <class T>
inline v8::Local<T> in(Ref ref) {
  v8::Local<T> local;
  static_assert(sizeof local == sizeof ref, "a Local is one pointer");
  std::memcpy(static_cast<void*>(&local), &ref, sizeof ref);
  return local;
}

template <class T>
inline Ref out(v8::Local<T> local) {
  Ref ref;
  std::memcpy(&ref, static_cast<const void*>(&local), sizeof ref);
  return ref;
}

template <class T>
inline Ref out(v8::MaybeLocal<T> maybe) {
  v8::Local<T> local;
  if (!maybe.ToLocal(&local)) return nullptr;
  return out(local);
}

// -1: JavaScript threw, else 0 or 1.
inline int8_t out(v8::Maybe<bool> maybe) {
  return maybe.IsNothing() ? -1 : static_cast<int8_t>(maybe.FromJust());
}

// An array of slots is an array of Locals.
template <class T>
inline v8::Local<T>* in_array(const Ref* refs) {
  return reinterpret_cast<v8::Local<T>*>(const_cast<Ref*>(refs));
}

// Embedder slots of the isolate.
constexpr uint32_t kRustState = 0;
constexpr uint32_t kShimState = 1;

inline void* rust(v8::Isolate* isolate) { return isolate->GetData(kRustState); }

// Null unless the isolate makes a snapshot.
v8::SnapshotCreator* creator(v8::Isolate* isolate);

void throw_range_error(v8::Isolate* isolate, const char* message);

// Counts the bytes of an isolate's array buffers and refuses over a limit.
class Allocator;
std::shared_ptr<Allocator> allocator(v8::Isolate* isolate);
void* allocate(const std::shared_ptr<Allocator>& allocator,
               v8::Isolate* isolate, size_t length, bool zero);
void release(const std::shared_ptr<Allocator>& allocator, void* data,
             size_t length);

// The only callbacks that V8 ever sees, so the only addresses in a snapshot.
void op_trampoline(const v8::FunctionCallbackInfo<v8::Value>& info);
void closure_trampoline(const v8::FunctionCallbackInfo<v8::Value>& info);
extern const intptr_t external_references[];

v8::MaybeLocal<v8::Promise> import_dynamically(
    v8::Local<v8::Context> context, v8::Local<v8::Data> host_options,
    v8::Local<v8::Value> referrer, v8::Local<v8::String> specifier,
    v8::Local<v8::FixedArray> attributes);
void initialize_import_meta(v8::Local<v8::Context> context,
                            v8::Local<v8::Module> module,
                            v8::Local<v8::Object> meta);

}  // namespace av8

// Implemented in Rust (src/callback.rs). None of them unwinds.
extern "C" {
void av8r_op(void* state, uint32_t index, const void* info, const void* values,
             int length);
void av8r_closure(void* state, uint32_t index, const void* info,
                  const void* values, int length);
void av8r_closure_dropped(void* state, uint32_t index);
void av8r_promise_rejected(void* state, const void* promise, int event,
                           const void* value);
const void* av8r_import_dynamically(void* state, const void* context,
                                    const void* referrer, const void* specifier,
                                    const void* attributes);
void av8r_import_meta(void* state, const void* context, const void* module,
                      const void* meta);
const void* av8r_resolve_module(void* state, const void* context,
                                const void* specifier, const void* attributes,
                                const void* referrer);
const void* av8r_evaluate_synthetic(void* state, const void* context,
                                    const void* module);
size_t av8r_near_heap_limit(void* state, size_t current, size_t initial);
void av8r_interrupt(void* state);
}
