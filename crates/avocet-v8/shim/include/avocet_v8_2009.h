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
#include <new>
#include <type_traits>

namespace v8_2009 {

namespace now = ::v8;
using now::DontDelete;
using now::DontEnum;
using now::None;
using now::PropertyAttribute;
using now::ReadOnly;

class Arguments;
class Array;
class Boolean;
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

namespace inner {

inline now::Isolate* isolate() { return now::Isolate::GetCurrent(); }
inline now::Local<now::Context> context() {
  return isolate()->GetCurrentContext();
}

// To today's handle.
template <class N, class T>
now::Local<N> to(Handle<T> handle) {
  now::Local<N> local;
  static_assert(sizeof local == sizeof(void*), "a Local is one pointer");
  std::memcpy(static_cast<void*>(&local), &handle->slot, sizeof local);
  return local;
}
template <class N>
now::Local<N> to(const Data* data) {
  Handle<Data> handle;
  handle->slot = data->slot;
  return to<N>(handle);
}

// From today's handle.
template <class T, class N>
Handle<T> from(now::Local<N> local) {
  Handle<T> handle;
  std::memcpy(&handle->slot, static_cast<void*>(&local), sizeof local);
  return handle;
}
template <class T, class N>
Handle<T> from(now::MaybeLocal<N> maybe) {
  return from<T>(maybe.FromMaybe(now::Local<N>()));
}

using Kept = now::Global<now::Value>;
static_assert(sizeof(Kept) == sizeof(void*), "a Global is one pointer");

}  // namespace inner

template <class T>
Handle<T> Handle<T>::New(Handle<T> other) {
  return inner::from<T>(now::Local<now::Value>::New(
      inner::isolate(), inner::to<now::Value>(other)));
}

// Lives until Dispose.
template <class T>
class Persistent : public Handle<T> {
 public:
  Persistent() = default;
  template <class S>
  Persistent(Persistent<S> other) : Handle<T>(Handle<S>(other)) {}
  explicit Persistent(Handle<T> other) : Handle<T>(other) {}
  static Persistent<T> New(Handle<T> other) {
    alignas(inner::Kept) char kept[sizeof(inner::Kept)];
    new (kept) inner::Kept(inner::isolate(), inner::to<now::Value>(other));
    Persistent<T> result;
    std::memcpy(&result->slot, kept, sizeof kept);
    return result;
  }
  void Dispose() {
    alignas(inner::Kept) char kept[sizeof(inner::Kept)];
    std::memcpy(kept, &(*this)->slot, sizeof kept);
    reinterpret_cast<inner::Kept*>(kept)->Reset();
    this->Clear();
  }
};

// Frees the handles that are made while it exists.
class HandleScope {
 public:
  HandleScope() : scope_(inner::isolate()) {}
  HandleScope(const HandleScope&) = delete;
  void operator=(const HandleScope&) = delete;
  template <class T>
  Handle<T> Close(Handle<T> value) {
    if (value.IsEmpty()) return value;
    return inner::from<T>(scope_.Escape(inner::to<now::Value>(value)));
  }

 private:
  now::EscapableHandleScope scope_;
};

class Value : public Data {
 public:
#define AVOCET_IS(name) \
  bool name() const { return inner::to<now::Value>(this)->name(); }
  AVOCET_IS(IsUndefined)
  AVOCET_IS(IsNull)
  AVOCET_IS(IsTrue)
  AVOCET_IS(IsFalse)
  AVOCET_IS(IsString)
  AVOCET_IS(IsFunction)
  AVOCET_IS(IsArray)
  AVOCET_IS(IsObject)
  AVOCET_IS(IsBoolean)
  AVOCET_IS(IsNumber)
  AVOCET_IS(IsExternal)
  AVOCET_IS(IsInt32)
  AVOCET_IS(IsUint32)
  AVOCET_IS(IsDate)
#undef AVOCET_IS
  bool BooleanValue() const {
    return inner::to<now::Value>(this)->BooleanValue(inner::isolate());
  }
#define AVOCET_NUMBER(type, name)                                       \
  type name() const {                                                   \
    return inner::to<now::Value>(this)->name(inner::context()).FromMaybe(0); \
  }
  AVOCET_NUMBER(double, NumberValue)
  AVOCET_NUMBER(int64_t, IntegerValue)
  AVOCET_NUMBER(int32_t, Int32Value)
  AVOCET_NUMBER(uint32_t, Uint32Value)
#undef AVOCET_NUMBER
  Handle<Boolean> ToBoolean() const;
  Handle<Number> ToNumber() const;
  Handle<String> ToString() const;
  Handle<Object> ToObject() const;
  Handle<Integer> ToInteger() const;
  Handle<Int32> ToInt32() const;
  Handle<Uint32> ToUint32() const;
  bool Equals(Handle<Value> other) const {
    auto value = inner::to<now::Value>(this);
    return value->Equals(inner::context(), inner::to<now::Value>(other))
        .FromMaybe(false);
  }
  bool StrictEquals(Handle<Value> other) const {
    auto value = inner::to<now::Value>(this);
    return value->StrictEquals(inner::to<now::Value>(other));
  }
};

class Primitive : public Value {};

class Boolean : public Primitive {
 public:
  bool Value() const { return inner::to<now::Boolean>(this)->Value(); }
  static Handle<Boolean> New(bool value) {
    return inner::from<Boolean>(now::Boolean::New(inner::isolate(), value));
  }
};

class Number : public Primitive {
 public:
  double Value() const { return inner::to<now::Number>(this)->Value(); }
  static Handle<Number> New(double value) {
    return inner::from<Number>(now::Number::New(inner::isolate(), value));
  }
};

class Integer : public Number {
 public:
  int64_t Value() const { return inner::to<now::Integer>(this)->Value(); }
  static Handle<Integer> New(int32_t value) {
    return inner::from<Integer>(now::Integer::New(inner::isolate(), value));
  }
  static Handle<Integer> NewFromUnsigned(uint32_t value) {
    return inner::from<Integer>(
        now::Integer::NewFromUnsigned(inner::isolate(), value));
  }
};

class Int32 : public Integer {};
class Uint32 : public Integer {};

class String : public Primitive {
 public:
  int Length() const { return inner::to<now::String>(this)->Length(); }
  static Handle<String> New(const char* data, int length = -1) {
    return inner::from<String>(now::String::NewFromUtf8(
        inner::isolate(), data, now::NewStringType::kNormal, length));
  }
  static Handle<String> New(const uint16_t* data, int length = -1) {
    return inner::from<String>(now::String::NewFromTwoByte(
        inner::isolate(), data, now::NewStringType::kNormal, length));
  }
  static Handle<String> NewSymbol(const char* data, int length = -1) {
    return inner::from<String>(now::String::NewFromUtf8(
        inner::isolate(), data, now::NewStringType::kInternalized, length));
  }
  static Handle<String> Empty() {
    return inner::from<String>(now::String::Empty(inner::isolate()));
  }
  static Handle<String> Concat(Handle<String> left, Handle<String> right) {
    return inner::from<String>(
        now::String::Concat(inner::isolate(), inner::to<now::String>(left),
                            inner::to<now::String>(right)));
  }
  class Utf8Value : public now::String::Utf8Value {
   public:
    explicit Utf8Value(Handle<v8_2009::Value> value)
        : now::String::Utf8Value(inner::isolate(),
                                 inner::to<now::Value>(value)) {}
  };
  using AsciiValue = Utf8Value;
};

class Object : public Value {
 public:
  static Handle<Object> New() {
    return inner::from<Object>(now::Object::New(inner::isolate()));
  }
  bool Set(Handle<Value> key, Handle<Value> value,
           PropertyAttribute attributes = None) {
    if (key.IsEmpty() || value.IsEmpty()) return false;
    auto name = inner::to<now::Value>(key);
    auto to = inner::to<now::Value>(value);
    if (attributes == None || !name->IsName()) {
      return self()->Set(inner::context(), name, to).FromMaybe(false);
    }
    return self()
        ->DefineOwnProperty(inner::context(), name.As<now::Name>(), to,
                            attributes)
        .FromMaybe(false);
  }
  Handle<Value> Get(Handle<Value> key) {
    return inner::from<Value>(
        self()->Get(inner::context(), inner::to<now::Value>(key)));
  }
  bool Has(Handle<Value> key) {
    return self()
        ->Has(inner::context(), inner::to<now::Value>(key))
        .FromMaybe(false);
  }
  bool Delete(Handle<Value> key) {
    return self()
        ->Delete(inner::context(), inner::to<now::Value>(key))
        .FromMaybe(false);
  }
  Handle<Array> GetPropertyNames();
  int InternalFieldCount() { return self()->InternalFieldCount(); }
  Handle<Value> GetInternalField(int index) {
    return inner::from<Value>(self()->GetInternalField(index));
  }
  void SetInternalField(int index, Handle<Value> value) {
    self()->SetInternalField(index, inner::to<now::Value>(value));
  }

 private:
  now::Local<now::Object> self() { return inner::to<now::Object>(this); }
};

class Array : public Object {
 public:
  static Handle<Array> New(int length = 0) {
    return inner::from<Array>(now::Array::New(inner::isolate(), length));
  }
  uint32_t Length() const { return inner::to<now::Array>(this)->Length(); }
};

class Date : public Value {
 public:
  static Handle<Value> New(double time) {
    return inner::from<v8_2009::Value>(
        now::Date::New(inner::context(), time));
  }
};

class External : public Value {
 public:
  static Handle<External> New(void* value) {
    return inner::from<External>(now::External::New(inner::isolate(), value));
  }
  static Handle<v8_2009::Value> Wrap(void* value) { return New(value); }
  static void* Unwrap(Handle<v8_2009::Value> value) {
    return inner::to<now::External>(value)->Value();
  }
  void* Value() const { return inner::to<now::External>(this)->Value(); }
};

class Function : public Object {
 public:
  Handle<Value> Call(Handle<Object> receiver, int argc, Handle<Value> argv[]) {
    auto function = inner::to<now::Function>(this);
    auto to = reinterpret_cast<now::Local<now::Value>*>(argv);
    return inner::from<Value>(function->Call(
        inner::context(), inner::to<now::Value>(receiver), argc, to));
  }
  Handle<Object> NewInstance(int argc = 0, Handle<Value> argv[] = nullptr) {
    auto function = inner::to<now::Function>(this);
    auto to = reinterpret_cast<now::Local<now::Value>*>(argv);
    return inner::from<Object>(
        function->NewInstance(inner::context(), argc, to));
  }
  void SetName(Handle<String> name) {
    inner::to<now::Function>(this)->SetName(inner::to<now::String>(name));
  }
};

#define AVOCET_TO(type, name)                                           \
  inline Handle<type> Value::name() const {                             \
    return inner::from<type>(                                           \
        inner::to<now::Value>(this)->name(inner::context()));           \
  }
AVOCET_TO(Number, ToNumber)
AVOCET_TO(String, ToString)
AVOCET_TO(Object, ToObject)
AVOCET_TO(Integer, ToInteger)
AVOCET_TO(Int32, ToInt32)
AVOCET_TO(Uint32, ToUint32)
#undef AVOCET_TO
inline Handle<Boolean> Value::ToBoolean() const {
  return Boolean::New(BooleanValue());
}
inline Handle<Array> Object::GetPropertyNames() {
  return inner::from<Array>(self()->GetPropertyNames(inner::context()));
}

inline Handle<Primitive> Undefined() {
  return inner::from<Primitive>(now::Undefined(inner::isolate()));
}
inline Handle<Primitive> Null() {
  return inner::from<Primitive>(now::Null(inner::isolate()));
}
inline Handle<Boolean> True() { return Boolean::New(true); }
inline Handle<Boolean> False() { return Boolean::New(false); }

// Throws into JavaScript once the function that was called returns.
inline Handle<Value> ThrowException(Handle<Value> exception) {
  inner::isolate()->ThrowException(inner::to<now::Value>(exception));
  return Handle<Value>();
}

class Exception {
 public:
#define AVOCET_ERROR(name)                                              \
  static Handle<Value> name(Handle<String> message) {                   \
    return inner::from<Value>(                                          \
        now::Exception::name(inner::to<now::String>(message)));         \
  }
  AVOCET_ERROR(RangeError)
  AVOCET_ERROR(ReferenceError)
  AVOCET_ERROR(SyntaxError)
  AVOCET_ERROR(TypeError)
  AVOCET_ERROR(Error)
#undef AVOCET_ERROR
};

class TryCatch {
 public:
  TryCatch() : block_(inner::isolate()) {}
  bool HasCaught() const { return block_.HasCaught(); }
  Handle<Value> Exception() const {
    return inner::from<Value>(block_.Exception());
  }
  Handle<Value> ReThrow() { return inner::from<Value>(block_.ReThrow()); }
  void Reset() { block_.Reset(); }

 private:
  now::TryCatch block_;
};

}  // namespace v8_2009

#include "avocet_v8_2009_templates.h"

// From here on the addon's own source means these names.
#define v8 v8_2009

#endif  // AVOCET_V8_2009_H_
