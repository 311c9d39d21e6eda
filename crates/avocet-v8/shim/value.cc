// Values of every type: making, reading and inspecting them.
#include "shim.h"

using namespace av8;
using v8::Context;
using v8::Isolate;
using v8::Object;
using v8::Value;

// The order is that of `Predicate` in src/value.rs.
#define AV8_PREDICATES(X)                                                     \
  X(Undefined) X(Null) X(NullOrUndefined) X(True) X(False) X(Boolean)         \
  X(Name) X(String) X(Symbol) X(Function) X(Array) X(Object) X(BigInt)        \
  X(Number) X(External) X(Int32) X(Uint32) X(Date) X(ArgumentsObject)         \
  X(BigIntObject) X(BooleanObject) X(NumberObject) X(StringObject)            \
  X(SymbolObject) X(NativeError) X(RegExp) X(AsyncFunction)                   \
  X(GeneratorFunction) X(GeneratorObject) X(Promise) X(Map) X(Set)            \
  X(MapIterator) X(SetIterator) X(WeakMap) X(WeakSet) X(ArrayBuffer)          \
  X(ArrayBufferView) X(TypedArray) X(Uint8Array) X(Uint8ClampedArray)         \
  X(Int8Array) X(Uint16Array) X(Int16Array) X(Uint32Array) X(Int32Array)      \
  X(Float32Array) X(Float64Array) X(BigInt64Array) X(BigUint64Array)          \
  X(DataView) X(SharedArrayBuffer) X(Proxy) X(ModuleNamespaceObject)

AV8 bool av8_value_is(Ref ref, int predicate) {
  auto value = in<Value>(ref);
  enum {
#define X(name) k##name,
    AV8_PREDICATES(X)
#undef X
  };
  switch (predicate) {
#define X(name) \
  case k##name: \
    return value->Is##name();
    AV8_PREDICATES(X)
#undef X
  }
  return false;
}

// The order is that of `ValueKind` in src/value.rs.
enum Kind : uint8_t {
  kUndefined, kNull, kBoolean, kInt32, kNumber, kBigInt, kString, kSymbol,
  kFunction, kArray, kArrayBuffer, kArrayBufferView, kPromise, kExternal,
  kOther,
};

AV8 uint8_t av8_value_kind(Ref ref) {
  auto value = in<Value>(ref);
  if (value->IsString()) return kString;
  if (value->IsUndefined()) return kUndefined;
  if (value->IsNull()) return kNull;
  if (value->IsInt32()) return kInt32;
  if (value->IsNumber()) return kNumber;
  if (value->IsBoolean()) return kBoolean;
  if (value->IsFunction()) return kFunction;
  if (value->IsArray()) return kArray;
  if (value->IsArrayBuffer()) return kArrayBuffer;
  if (value->IsArrayBufferView()) return kArrayBufferView;
  if (value->IsPromise()) return kPromise;
  if (value->IsBigInt()) return kBigInt;
  if (value->IsSymbol()) return kSymbol;
  if (value->IsExternal()) return kExternal;
  return kOther;
}

// --- conversions: false means that JavaScript threw

AV8 bool av8_value_to_number(Ref context, Ref value, double* result) {
  return in<Value>(value)->NumberValue(in<Context>(context)).To(result);
}
AV8 bool av8_value_to_integer(Ref context, Ref value, int64_t* result) {
  return in<Value>(value)->IntegerValue(in<Context>(context)).To(result);
}
AV8 bool av8_value_to_int32(Ref context, Ref value, int32_t* result) {
  return in<Value>(value)->Int32Value(in<Context>(context)).To(result);
}
AV8 bool av8_value_to_uint32(Ref context, Ref value, uint32_t* result) {
  return in<Value>(value)->Uint32Value(in<Context>(context)).To(result);
}
AV8 Ref av8_value_to_string(Ref context, Ref value) {
  return out(in<Value>(value)->ToString(in<Context>(context)));
}
AV8 Ref av8_value_to_detail_string(Ref context, Ref value) {
  return out(in<Value>(value)->ToDetailString(in<Context>(context)));
}
AV8 Ref av8_value_to_object(Ref context, Ref value) {
  return out(in<Value>(value)->ToObject(in<Context>(context)));
}
AV8 bool av8_value_to_boolean(Isolate* isolate, Ref value) {
  return in<Value>(value)->BooleanValue(isolate);
}
AV8 Ref av8_value_typeof(Isolate* isolate, Ref value) {
  return out(in<Value>(value)->TypeOf(isolate));
}
AV8 bool av8_value_strict_equals(Ref a, Ref b) {
  return in<Value>(a)->StrictEquals(in<Value>(b));
}
AV8 bool av8_value_same(Ref a, Ref b) {
  return in<Value>(a)->SameValue(in<Value>(b));
}
AV8 bool av8_same_slot(Ref a, Ref b) {
  return in<v8::Data>(a) == in<v8::Data>(b);
}
AV8 int8_t av8_value_instance_of(Ref context, Ref value, Ref constructor) {
  return out(in<Value>(value)->InstanceOf(in<Context>(context),
                                          in<Object>(constructor)));
}

// Without conversion; false when the value is of another type.
AV8 bool av8_value_read_int32(Ref ref, int32_t* result) {
  auto value = in<Value>(ref);
  if (!value->IsInt32()) return false;
  *result = value.As<v8::Int32>()->Value();
  return true;
}
AV8 bool av8_value_read_number(Ref ref, double* result) {
  auto value = in<Value>(ref);
  if (!value->IsNumber()) return false;
  *result = value.As<v8::Number>()->Value();
  return true;
}

// --- primitives

AV8 Ref av8_undefined(Isolate* isolate) { return out(v8::Undefined(isolate)); }
AV8 Ref av8_null(Isolate* isolate) { return out(v8::Null(isolate)); }
AV8 Ref av8_boolean(Isolate* isolate, bool value) {
  return out(v8::Boolean::New(isolate, value));
}
AV8 Ref av8_number(Isolate* isolate, double value) {
  return out(v8::Number::New(isolate, value));
}
AV8 double av8_number_value(Ref number) {
  return in<v8::Number>(number)->Value();
}
AV8 Ref av8_integer(Isolate* isolate, int32_t value) {
  return out(v8::Integer::New(isolate, value));
}
AV8 Ref av8_integer_unsigned(Isolate* isolate, uint32_t value) {
  return out(v8::Integer::NewFromUnsigned(isolate, value));
}
AV8 int64_t av8_integer_value(Ref integer) {
  return in<v8::Integer>(integer)->Value();
}
AV8 Ref av8_bigint_i64(Isolate* isolate, int64_t value) {
  return out(v8::BigInt::New(isolate, value));
}
AV8 Ref av8_bigint_u64(Isolate* isolate, uint64_t value) {
  return out(v8::BigInt::NewFromUnsigned(isolate, value));
}
AV8 Ref av8_bigint_words(Ref context, bool negative, int count,
                         const uint64_t* words) {
  return out(v8::BigInt::NewFromWords(in<Context>(context), negative, count,
                                      words));
}
AV8 int64_t av8_bigint_as_i64(Ref value, bool* lossless) {
  return in<v8::BigInt>(value)->Int64Value(lossless);
}
AV8 uint64_t av8_bigint_as_u64(Ref value, bool* lossless) {
  return in<v8::BigInt>(value)->Uint64Value(lossless);
}
AV8 int av8_bigint_word_count(Ref value) {
  return in<v8::BigInt>(value)->WordCount();
}
AV8 void av8_bigint_to_words(Ref value, bool* negative, int count,
                             uint64_t* words) {
  int sign = 0;
  in<v8::BigInt>(value)->ToWordsArray(&sign, &count, words);
  *negative = sign != 0;
}
AV8 Ref av8_symbol_new(Isolate* isolate, Ref description) {
  return out(v8::Symbol::New(isolate, in<v8::String>(description)));
}
AV8 Ref av8_symbol_for(Isolate* isolate, Ref description) {
  return out(v8::Symbol::For(isolate, in<v8::String>(description)));
}
AV8 Ref av8_symbol_well_known(Isolate* isolate, int which) {
  switch (which) {
    case 0: return out(v8::Symbol::GetIterator(isolate));
    case 1: return out(v8::Symbol::GetAsyncIterator(isolate));
    case 2: return out(v8::Symbol::GetToStringTag(isolate));
    case 3: return out(v8::Symbol::GetToPrimitive(isolate));
    default: return out(v8::Symbol::GetHasInstance(isolate));
  }
}
AV8 Ref av8_symbol_description(Isolate* isolate, Ref symbol) {
  return out(in<v8::Symbol>(symbol)->Description(isolate));
}
AV8 Ref av8_private_new(Isolate* isolate, Ref name) {
  return out(v8::Private::New(isolate, in<v8::String>(name)));
}
AV8 Ref av8_private_for(Isolate* isolate, Ref name) {
  return out(v8::Private::ForApi(isolate, in<v8::String>(name)));
}
AV8 Ref av8_external_new(Isolate* isolate, void* value) {
  return out(v8::External::New(isolate, value));
}
AV8 void* av8_external_value(Ref external) {
  return in<v8::External>(external)->Value();
}
AV8 Ref av8_date_new(Ref context, double time) {
  return out(v8::Date::New(in<Context>(context), time));
}
AV8 double av8_date_value(Ref date) { return in<v8::Date>(date)->ValueOf(); }
AV8 Ref av8_regexp_new(Ref context, Ref pattern, int flags) {
  return out(v8::RegExp::New(in<Context>(context), in<v8::String>(pattern),
                             static_cast<v8::RegExp::Flags>(flags)));
}
AV8 Ref av8_regexp_source(Ref regexp) {
  return out(in<v8::RegExp>(regexp)->GetSource());
}
AV8 int av8_regexp_flags(Ref regexp) {
  return in<v8::RegExp>(regexp)->GetFlags();
}
AV8 Ref av8_proxy_target(Ref proxy) {
  return out(in<v8::Proxy>(proxy)->GetTarget());
}
AV8 Ref av8_proxy_handler(Ref proxy) {
  return out(in<v8::Proxy>(proxy)->GetHandler());
}
AV8 Ref av8_wrapper_value(Ref ref) {
  auto value = in<Value>(ref);
  Isolate* isolate = Isolate::GetCurrent();
  if (value->IsStringObject()) {
    return out(value.As<v8::StringObject>()->ValueOf());
  }
  if (value->IsNumberObject()) {
    return out(v8::Number::New(isolate,
                               value.As<v8::NumberObject>()->ValueOf()));
  }
  if (value->IsBooleanObject()) {
    return out(v8::Boolean::New(isolate,
                                value.As<v8::BooleanObject>()->ValueOf()));
  }
  if (value->IsSymbolObject()) {
    return out(value.As<v8::SymbolObject>()->ValueOf());
  }
  if (value->IsBigIntObject()) {
    return out(value.As<v8::BigIntObject>()->ValueOf());
  }
  return nullptr;
}
