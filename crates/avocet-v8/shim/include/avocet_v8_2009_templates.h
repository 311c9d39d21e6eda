// The second half of avocet_v8_2009.h: functions from C++ and their templates.
#ifndef AVOCET_V8_2009_TEMPLATES_H_
#define AVOCET_V8_2009_TEMPLATES_H_

namespace v8_2009 {

// The call of a function that C++ gave to JavaScript.
class Arguments {
 public:
  using Info = now::FunctionCallbackInfo<now::Value>;
  Arguments(const Info& info, Handle<Value> data) : info_(info), data_(data) {}
  int Length() const { return info_.Length(); }
  Handle<Value> operator[](int index) const {
    return inner::from<Value>(info_[index]);
  }
  Handle<Object> This() const { return inner::from<Object>(info_.This()); }
  Handle<Object> Holder() const { return This(); }
  bool IsConstructCall() const { return info_.IsConstructCall(); }
  Handle<Value> Data() const { return data_; }

 private:
  const Info& info_;
  Handle<Value> data_;
};

typedef Handle<Value> (*InvocationCallback)(const Arguments& arguments);

namespace inner {

// Never freed: its function may be called as long as the process lives.
struct Callback {
  InvocationCallback call;
  Persistent<Value> data;
};

inline void throw_error(const char* text) {
  ThrowException(Exception::Error(String::New(text)));
}

inline void call(const now::FunctionCallbackInfo<now::Value>& info) {
  auto callback =
      static_cast<Callback*>(info.Data().As<now::External>()->Value());
  if (callback->call == nullptr) return;
#ifdef __cpp_exceptions
  try {
#endif
    Handle<Value> result = callback->call(Arguments(info, callback->data));
    if (!result.IsEmpty()) info.GetReturnValue().Set(to<now::Value>(result));
#ifdef __cpp_exceptions
  } catch (const std::exception& error) {
    throw_error(error.what());
  } catch (...) {
    throw_error("a C++ exception");
  }
#endif
}

}  // namespace inner

class Template : public Data {
 public:
  template <class T>
  void Set(Handle<String> name, Handle<T> value,
           PropertyAttribute attributes = None) {
    if constexpr (std::is_base_of<v8_2009::Value, T>::value) {
      if (value->IsObject()) {
        // Today's V8 would end the process.
        return inner::throw_error(
            "a template holds primitives and templates: set the "
            "FunctionTemplate, not its function");
      }
    }
    inner::to<now::Template>(this)->Set(inner::to<now::String>(name),
                                        inner::to<now::Data>(value),
                                        attributes);
  }
  template <class T>
  void Set(const char* name, Handle<T> value) {
    Set(String::New(name), value);
  }
};

class ObjectTemplate : public Template {
 public:
  static Handle<ObjectTemplate> New() {
    return inner::from<ObjectTemplate>(
        now::ObjectTemplate::New(inner::isolate()));
  }
  Handle<Object> NewInstance() {
    return inner::from<Object>(
        inner::to<now::ObjectTemplate>(this)->NewInstance(inner::context()));
  }
  void SetInternalFieldCount(int count) {
    inner::to<now::ObjectTemplate>(this)->SetInternalFieldCount(count);
  }
};

class FunctionTemplate : public Template {
 public:
  static Handle<FunctionTemplate> New(
      InvocationCallback call = nullptr,
      Handle<Value> data = Handle<Value>()) {
    auto callback = new inner::Callback{call, Persistent<Value>()};
    if (data.IsEmpty()) data = Undefined();
    callback->data = Persistent<Value>::New(data);
    return inner::from<FunctionTemplate>(now::FunctionTemplate::New(
        inner::isolate(), inner::call,
        now::External::New(inner::isolate(), callback)));
  }
  Handle<Function> GetFunction() {
    return inner::from<Function>(self()->GetFunction(inner::context()));
  }
  Handle<ObjectTemplate> InstanceTemplate() {
    return inner::from<ObjectTemplate>(self()->InstanceTemplate());
  }
  Handle<ObjectTemplate> PrototypeTemplate() {
    return inner::from<ObjectTemplate>(self()->PrototypeTemplate());
  }
  void Inherit(Handle<FunctionTemplate> parent) {
    self()->Inherit(inner::to<now::FunctionTemplate>(parent));
  }
  void SetClassName(Handle<String> name) {
    self()->SetClassName(inner::to<now::String>(name));
  }
  bool HasInstance(Handle<Value> value) {
    return self()->HasInstance(inner::to<now::Value>(value));
  }

 private:
  now::Local<now::FunctionTemplate> self() {
    return inner::to<now::FunctionTemplate>(this);
  }
};

}  // namespace v8_2009

#endif  // AVOCET_V8_2009_TEMPLATES_H_
