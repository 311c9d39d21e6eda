// The names of V8's C++ API of 2009 over today's V8: for addons that were
// written when `HandleScope scope;` and `String::New("text")` compiled.
//
// Every class is one pointer to a slot, as today's v8::Local is, so that
// `init(Handle<Object>)` can be called as `init(v8::Local<v8::Object>)`.
// Where today's V8 asks for a context, the current one is meant; an empty
// handle means that JavaScript threw.
#ifndef AVOCET_V8_2009_H_
#define AVOCET_V8_2009_H_

#include <v8.h>

#include <cstring>
#include <exception>
#include <map>
#include <new>
#include <type_traits>

namespace v8_2009 {

namespace now_ = ::v8;
using now_::AccessControl;
using now_::ALL_CAN_READ;
using now_::ALL_CAN_WRITE;
using now_::DEFAULT;
using now_::DontDelete;
using now_::DontEnum;
using now_::None;
using now_::PropertyAttribute;
using now_::ReadOnly;

class Arguments;
class Array;
class Boolean;
class Context;
class Function;
class FunctionTemplate;
class Integer;
class Int32;
class Number;
class Object;
class ObjectTemplate;
class String;
class Uint32;
class Value;

// What a handle points to.
class Data {
 public:
  void* slot = nullptr;
};

template <class T>
class Handle {
 public:
  Handle() = default;
  template <class S>
  Handle(Handle<S> other) {
    static_assert(std::is_base_of<T, S>::value, "the types do not fit");
    value_.slot = other->slot;
  }
  T* operator->() const { return const_cast<T*>(&value_); }
  T* operator*() const { return const_cast<T*>(&value_); }
  bool IsEmpty() const { return value_.slot == nullptr; }
  void Clear() { value_.slot = nullptr; }
  template <class S>
  bool operator==(Handle<S> other) const {
    if (IsEmpty() || other.IsEmpty()) return IsEmpty() && other.IsEmpty();
    return std::memcmp(value_.slot, other->slot, sizeof(void*)) == 0;
  }
  template <class S>
  bool operator!=(Handle<S> other) const {
    return !(*this == other);
  }
  template <class S>
  static Handle<T> Cast(Handle<S> other) {
    Handle<T> result;
    result->slot = other->slot;
    return result;
  }
  template <class S>
  Handle<S> As() const {
    return Handle<S>::Cast(*this);
  }
  static Handle<T> New(Handle<T> other);

 private:
  T value_;
};

template <class T>
using Local = Handle<T>;

namespace inner_ {

inline now_::Isolate* isolate() { return now_::Isolate::GetCurrent(); }
inline now_::Local<now_::Context> context() {
  return isolate()->GetCurrentContext();
}

// To today's handle.
template <class N, class T>
now_::Local<N> to(Handle<T> handle) {
  now_::Local<N> local;
  static_assert(sizeof local == sizeof(void*), "a Local is one pointer");
  std::memcpy(static_cast<void*>(&local), &handle->slot, sizeof local);
  return local;
}
template <class N>
now_::Local<N> to(const Data* data) {
  Handle<Data> handle;
  handle->slot = data->slot;
  return to<N>(handle);
}

// From today's handle.
template <class T, class N>
Handle<T> from(now_::Local<N> local) {
  Handle<T> handle;
  std::memcpy(&handle->slot, static_cast<void*>(&local), sizeof local);
  return handle;
}
template <class T, class N>
Handle<T> from(now_::MaybeLocal<N> maybe) {
  return from<T>(maybe.FromMaybe(now_::Local<N>()));
}

using Kept = now_::Global<now_::Value>;
static_assert(sizeof(Kept) == sizeof(void*), "a Global is one pointer");

}  // namespace inner_

template <class T>
Handle<T> Handle<T>::New(Handle<T> other) {
  return inner_::from<T>(now_::Local<now_::Value>::New(
      inner_::isolate(), inner_::to<now_::Value>(other)));
}

template <class T>
class Persistent;

// Called when nothing but a weak handle is left of an object. It disposes of the
// handle, or keeps the object with ClearWeak or MakeWeak.
typedef void (*WeakReferenceCallback)(Persistent<Value> object,
                                      void* parameter);

namespace inner_ {

// A handle that does not keep its object.
struct Weak {
  void* slot;
  void* parameter;
  WeakReferenceCallback call;
  bool running = false;
  bool decided = false;
};

inline std::map<void*, Weak*>& all_weak() {
  static auto all = new std::map<void*, Weak*>();
  return *all;
}

// It is strong again, or no more; true where it was weak.
inline bool forget_weak(void* slot) {
  auto found = all_weak().find(slot);
  if (found == all_weak().end()) return false;
  Weak* weak = found->second;
  all_weak().erase(found);
  weak->decided = true;
  if (!weak->running) delete weak;
  return true;
}

// Calls what a Global that is this slot can do.
template <class F>
void with_kept(void*& slot, F call) {
  alignas(Kept) char kept[sizeof(Kept)];
  std::memcpy(kept, &slot, sizeof kept);
  call(*reinterpret_cast<Kept*>(kept));
}

void call_weak(const now_::WeakCallbackInfo<Weak>& info);

}  // namespace inner_

// Lives until Dispose.
template <class T>
class Persistent : public Handle<T> {
 public:
  Persistent() = default;
  template <class S>
  Persistent(Persistent<S> other) : Handle<T>(Handle<S>(other)) {}
  explicit Persistent(Handle<T> other) : Handle<T>(other) {}
  static Persistent<T> New(Handle<T> other) {
    alignas(inner_::Kept) char kept[sizeof(inner_::Kept)];
    new (kept) inner_::Kept(inner_::isolate(), inner_::to<now_::Value>(other));
    Persistent<T> result;
    std::memcpy(&result->slot, kept, sizeof kept);
    return result;
  }
  void Dispose() {
    inner_::forget_weak((*this)->slot);
    inner_::with_kept((*this)->slot, [](inner_::Kept& kept) { kept.Reset(); });
    this->Clear();
  }
  void MakeWeak(void* parameter, WeakReferenceCallback call) {
    ClearWeak();
    auto weak = new inner_::Weak{(*this)->slot, parameter, call};
    inner_::all_weak()[weak->slot] = weak;
    inner_::with_kept((*this)->slot, [weak](inner_::Kept& kept) {
      // What is called may still use the object, as it could in 2009.
      kept.SetWeak(weak, inner_::call_weak, now_::WeakCallbackType::kFinalizer);
    });
  }
  void ClearWeak() {
    if (!inner_::forget_weak((*this)->slot)) return;
    inner_::with_kept((*this)->slot,
                      [](inner_::Kept& kept) { kept.ClearWeak(); });
  }
  bool IsWeak() const { return inner_::all_weak().count((*this)->slot) != 0; }
  bool IsNearDeath() const {
    auto found = inner_::all_weak().find((*this)->slot);
    return found != inner_::all_weak().end() && found->second->running;
  }
};

// Frees the handles that are made while it exists.
class HandleScope {
 public:
  HandleScope() : scope_(inner_::isolate()) {}
  HandleScope(const HandleScope&) = delete;
  void operator=(const HandleScope&) = delete;
  template <class T>
  Handle<T> Close(Handle<T> value) {
    if (value.IsEmpty()) return value;
    return inner_::from<T>(scope_.Escape(inner_::to<now_::Value>(value)));
  }

 private:
  now_::EscapableHandleScope scope_;
};

}  // namespace v8_2009

#include "avocet_v8_2009_values.h"

#include "avocet_v8_2009_templates.h"

#include "avocet_v8_2009_scripts.h"

// From here on the addon's own source means these names.
#define v8 v8_2009

#endif  // AVOCET_V8_2009_H_
