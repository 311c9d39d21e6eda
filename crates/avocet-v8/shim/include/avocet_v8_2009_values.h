// The second part of avocet_v8_2009.h: what handles point to.
#ifndef AVOCET_V8_2009_VALUES_H_
#define AVOCET_V8_2009_VALUES_H_

namespace v8_2009 {

class Value : public Data {
 public:
#define AVOCET_IS(name) \
  bool name() const { return inner_::to<now_::Value>(this)->name(); }
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
  AVOCET_IS(IsRegExp)
#undef AVOCET_IS
  bool BooleanValue() const {
    return inner_::to<now_::Value>(this)->BooleanValue(inner_::isolate());
  }
#define AVOCET_NUMBER(type, name)                      \
  type name() const {                                  \
    auto value = inner_::to<now_::Value>(this);        \
    return value->name(inner_::context()).FromMaybe(0); \
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
    auto value = inner_::to<now_::Value>(this);
    return value->Equals(inner_::context(), inner_::to<now_::Value>(other))
        .FromMaybe(false);
  }
  bool StrictEquals(Handle<Value> other) const {
    auto value = inner_::to<now_::Value>(this);
    return value->StrictEquals(inner_::to<now_::Value>(other));
  }
};

class Primitive : public Value {};

class Boolean : public Primitive {
 public:
  bool Value() const { return inner_::to<now_::Boolean>(this)->Value(); }
  static Handle<Boolean> New(bool value) {
    return inner_::from<Boolean>(now_::Boolean::New(inner_::isolate(), value));
  }
};

class Number : public Primitive {
 public:
  double Value() const { return inner_::to<now_::Number>(this)->Value(); }
  static Handle<Number> New(double value) {
    return inner_::from<Number>(now_::Number::New(inner_::isolate(), value));
  }
};

class Integer : public Number {
 public:
  int64_t Value() const { return inner_::to<now_::Integer>(this)->Value(); }
  static Handle<Integer> New(int32_t value) {
    return inner_::from<Integer>(now_::Integer::New(inner_::isolate(), value));
  }
  static Handle<Integer> NewFromUnsigned(uint32_t value) {
    return inner_::from<Integer>(
        now_::Integer::NewFromUnsigned(inner_::isolate(), value));
  }
};

class Int32 : public Integer {};
class Uint32 : public Integer {};

class String : public Primitive {
 public:
  int Length() const { return inner_::to<now_::String>(this)->Length(); }
  static Handle<String> New(const char* data, int length = -1) {
    return inner_::from<String>(now_::String::NewFromUtf8(
        inner_::isolate(), data, now_::NewStringType::kNormal, length));
  }
  static Handle<String> New(const uint16_t* data, int length = -1) {
    return inner_::from<String>(now_::String::NewFromTwoByte(
        inner_::isolate(), data, now_::NewStringType::kNormal, length));
  }
  static Handle<String> NewSymbol(const char* data, int length = -1) {
    return inner_::from<String>(now_::String::NewFromUtf8(
        inner_::isolate(), data, now_::NewStringType::kInternalized, length));
  }
  static Handle<String> Empty() {
    return inner_::from<String>(now_::String::Empty(inner_::isolate()));
  }
  static Handle<String> Concat(Handle<String> left, Handle<String> right) {
    return inner_::from<String>(
        now_::String::Concat(inner_::isolate(), inner_::to<now_::String>(left),
                            inner_::to<now_::String>(right)));
  }
  class Utf8Value : public now_::String::Utf8Value {
   public:
    explicit Utf8Value(Handle<v8_2009::Value> value)
        : now_::String::Utf8Value(inner_::isolate(),
                                 inner_::to<now_::Value>(value)) {}
  };
  using AsciiValue = Utf8Value;
};

class Object : public Value {
 public:
  static Handle<Object> New() {
    return inner_::from<Object>(now_::Object::New(inner_::isolate()));
  }
  bool Set(Handle<Value> key, Handle<Value> value,
           PropertyAttribute attributes = None) {
    if (key.IsEmpty() || value.IsEmpty()) return false;
    auto name = inner_::to<now_::Value>(key);
    auto to = inner_::to<now_::Value>(value);
    if (attributes == None || !name->IsName()) {
      return self()->Set(inner_::context(), name, to).FromMaybe(false);
    }
    return self()
        ->DefineOwnProperty(inner_::context(), name.As<now_::Name>(), to,
                            attributes)
        .FromMaybe(false);
  }
  Handle<Value> Get(Handle<Value> key) {
    return inner_::from<Value>(
        self()->Get(inner_::context(), inner_::to<now_::Value>(key)));
  }
  bool Has(Handle<Value> key) {
    return self()
        ->Has(inner_::context(), inner_::to<now_::Value>(key))
        .FromMaybe(false);
  }
  bool Delete(Handle<Value> key) {
    return self()
        ->Delete(inner_::context(), inner_::to<now_::Value>(key))
        .FromMaybe(false);
  }
  Handle<Array> GetPropertyNames();
  int InternalFieldCount() { return self()->InternalFieldCount(); }
  Handle<Value> GetInternalField(int index) {
    return inner_::from<Value>(self()->GetInternalField(index));
  }
  void SetInternalField(int index, Handle<Value> value) {
    self()->SetInternalField(index, inner_::to<now_::Value>(value));
  }
  void* GetPointerFromInternalField(int index) {
    return self()->GetAlignedPointerFromInternalField(index);
  }
  void SetPointerInInternalField(int index, void* value) {
    self()->SetAlignedPointerInInternalField(index, value);
  }
  Handle<Value> GetPrototype() {
    return inner_::from<Value>(self()->GetPrototype());
  }
  bool SetPrototype(Handle<Value> prototype) {
    return self()
        ->SetPrototype(inner_::context(), inner_::to<now_::Value>(prototype))
        .FromMaybe(false);
  }
  Handle<Object> Clone() { return inner_::from<Object>(self()->Clone()); }
  // Values that JavaScript does not see.
  Handle<Value> GetHiddenValue(Handle<String> key) {
    auto name = hidden(key);
    if (!self()->HasPrivate(inner_::context(), name).FromMaybe(false)) {
      return Handle<Value>();
    }
    return inner_::from<Value>(self()->GetPrivate(inner_::context(), name));
  }
  bool SetHiddenValue(Handle<String> key, Handle<Value> value) {
    return self()
        ->SetPrivate(inner_::context(), hidden(key),
                     inner_::to<now_::Value>(value))
        .FromMaybe(false);
  }

 private:
  now_::Local<now_::Object> self() { return inner_::to<now_::Object>(this); }
  static now_::Local<now_::Private> hidden(Handle<String> key) {
    return now_::Private::ForApi(inner_::isolate(),
                                 inner_::to<now_::String>(key));
  }
};

class Array : public Object {
 public:
  static Handle<Array> New(int length = 0) {
    return inner_::from<Array>(now_::Array::New(inner_::isolate(), length));
  }
  uint32_t Length() const { return inner_::to<now_::Array>(this)->Length(); }
};

class Date : public Value {
 public:
  static Handle<Value> New(double time) {
    return inner_::from<v8_2009::Value>(
        now_::Date::New(inner_::context(), time));
  }
};

class External : public Value {
 public:
  static Handle<External> New(void* value) {
    return inner_::from<External>(
        now_::External::New(inner_::isolate(), value));
  }
  static Handle<v8_2009::Value> Wrap(void* value) { return New(value); }
  static void* Unwrap(Handle<v8_2009::Value> value) {
    return inner_::to<now_::External>(value)->Value();
  }
  void* Value() const { return inner_::to<now_::External>(this)->Value(); }
};

class Function : public Object {
 public:
  Handle<Value> Call(Handle<Object> receiver, int argc,
                     Handle<Value> argv[]) {
    auto function = inner_::to<now_::Function>(this);
    auto to = reinterpret_cast<now_::Local<now_::Value>*>(argv);
    return inner_::from<Value>(function->Call(
        inner_::context(), inner_::to<now_::Value>(receiver), argc, to));
  }
  Handle<Object> NewInstance(int argc = 0, Handle<Value> argv[] = nullptr) {
    auto function = inner_::to<now_::Function>(this);
    auto to = reinterpret_cast<now_::Local<now_::Value>*>(argv);
    return inner_::from<Object>(
        function->NewInstance(inner_::context(), argc, to));
  }
  void SetName(Handle<String> name) {
    inner_::to<now_::Function>(this)->SetName(inner_::to<now_::String>(name));
  }
};

#define AVOCET_TO(type, name)                                           \
  inline Handle<type> Value::name() const {                             \
    return inner_::from<type>(                                           \
        inner_::to<now_::Value>(this)->name(inner_::context()));           \
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
  return inner_::from<Array>(self()->GetPropertyNames(inner_::context()));
}

inline Handle<Primitive> Undefined() {
  return inner_::from<Primitive>(now_::Undefined(inner_::isolate()));
}
inline Handle<Primitive> Null() {
  return inner_::from<Primitive>(now_::Null(inner_::isolate()));
}
inline Handle<Boolean> True() { return Boolean::New(true); }
inline Handle<Boolean> False() { return Boolean::New(false); }

// Throws into JavaScript once the function that was called returns.
inline Handle<Value> ThrowException(Handle<Value> exception) {
  inner_::isolate()->ThrowException(inner_::to<now_::Value>(exception));
  return Handle<Value>();
}

class Exception {
 public:
#define AVOCET_ERROR(name)                                              \
  static Handle<Value> name(Handle<String> message) {                   \
    return inner_::from<Value>(                                          \
        now_::Exception::name(inner_::to<now_::String>(message)));         \
  }
  AVOCET_ERROR(RangeError)
  AVOCET_ERROR(ReferenceError)
  AVOCET_ERROR(SyntaxError)
  AVOCET_ERROR(TypeError)
  AVOCET_ERROR(Error)
#undef AVOCET_ERROR
};

// What V8 knows about an exception beside its value.
class Message : public Data {
 public:
  Handle<String> Get() const {
    return inner_::from<String>(inner_::to<now_::Message>(this)->Get());
  }
  Handle<String> GetSourceLine() const {
    return inner_::from<String>(
        inner_::to<now_::Message>(this)->GetSourceLine(inner_::context()));
  }
  Handle<Value> GetScriptResourceName() const {
    return inner_::from<Value>(
        inner_::to<now_::Message>(this)->GetScriptResourceName());
  }
  int GetLineNumber() const {
    return inner_::to<now_::Message>(this)
        ->GetLineNumber(inner_::context())
        .FromMaybe(0);
  }
};

class TryCatch {
 public:
  TryCatch() : block_(inner_::isolate()) {}
  bool HasCaught() const { return block_.HasCaught(); }
  Handle<Value> Exception() const {
    return inner_::from<Value>(block_.Exception());
  }
  Handle<v8_2009::Message> Message() const {
    return inner_::from<v8_2009::Message>(block_.Message());
  }
  Handle<Value> StackTrace() const {
    return inner_::from<Value>(block_.StackTrace(inner_::context()));
  }
  Handle<Value> ReThrow() { return inner_::from<Value>(block_.ReThrow()); }
  void Reset() { block_.Reset(); }

 private:
  now_::TryCatch block_;
};

}  // namespace v8_2009

#endif  // AVOCET_V8_2009_VALUES_H_
