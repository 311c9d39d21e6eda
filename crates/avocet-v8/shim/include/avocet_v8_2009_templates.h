// The third part of avocet_v8_2009.h: functions from C++ and their templates.
#ifndef AVOCET_V8_2009_TEMPLATES_H_
#define AVOCET_V8_2009_TEMPLATES_H_

namespace v8_2009 {

// The call of a function that C++ gave to JavaScript.
class Arguments {
 public:
  using Info = now_::FunctionCallbackInfo<now_::Value>;
  Arguments(const Info& info, Handle<Value> data) : info_(info), data_(data) {}
  int Length() const { return info_.Length(); }
  Handle<Value> operator[](int index) const {
    return inner_::from<Value>(info_[index]);
  }
  Handle<Object> This() const { return inner_::from<Object>(info_.This()); }
  Handle<Object> Holder() const { return This(); }
  bool IsConstructCall() const { return info_.IsConstructCall(); }
  Handle<Value> Data() const { return data_; }

 private:
  const Info& info_;
  Handle<Value> data_;
};

typedef Handle<Value> (*InvocationCallback)(const Arguments& arguments);

namespace inner_ {

// Never freed: its function may be called as long as the process lives.
struct Callback {
  InvocationCallback call;
  Persistent<Value> data;
};

inline void throw_error(const char* text) {
  ThrowException(Exception::Error(String::New(text)));
}

inline void call(const now_::FunctionCallbackInfo<now_::Value>& info) {
  auto callback =
      static_cast<Callback*>(info.Data().As<now_::External>()->Value());
  if (callback->call == nullptr) return;
#ifdef __cpp_exceptions
  try {
#endif
    Handle<Value> result = callback->call(Arguments(info, callback->data));
    if (!result.IsEmpty()) info.GetReturnValue().Set(to<now_::Value>(result));
#ifdef __cpp_exceptions
  } catch (const std::exception& error) {
    throw_error(error.what());
  } catch (...) {
    throw_error("a C++ exception");
  }
#endif
}

}  // namespace inner_

class Template : public Data {
 public:
  template <class T>
  void Set(Handle<String> name, Handle<T> value,
           PropertyAttribute attributes = None) {
    if constexpr (std::is_base_of<v8_2009::Value, T>::value) {
      if (value->IsObject()) {
        // Today's V8 would end the process.
        return inner_::throw_error(
            "a template holds primitives and templates: set the "
            "FunctionTemplate, not its function");
      }
    }
    inner_::to<now_::Template>(this)->Set(inner_::to<now_::String>(name),
                                        inner_::to<now_::Data>(value),
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
    return inner_::from<ObjectTemplate>(
        now_::ObjectTemplate::New(inner_::isolate()));
  }
  Handle<Object> NewInstance() {
    return inner_::from<Object>(
        inner_::to<now_::ObjectTemplate>(this)->NewInstance(inner_::context()));
  }
  void SetInternalFieldCount(int count) {
    inner_::to<now_::ObjectTemplate>(this)->SetInternalFieldCount(count);
  }
};

class FunctionTemplate : public Template {
 public:
  static Handle<FunctionTemplate> New(
      InvocationCallback call = nullptr,
      Handle<Value> data = Handle<Value>()) {
    auto callback = new inner_::Callback{call, Persistent<Value>()};
    if (data.IsEmpty()) data = Undefined();
    callback->data = Persistent<Value>::New(data);
    return inner_::from<FunctionTemplate>(now_::FunctionTemplate::New(
        inner_::isolate(), inner_::call,
        now_::External::New(inner_::isolate(), callback)));
  }
  Handle<Function> GetFunction() {
    return inner_::from<Function>(self()->GetFunction(inner_::context()));
  }
  Handle<ObjectTemplate> InstanceTemplate() {
    return inner_::from<ObjectTemplate>(self()->InstanceTemplate());
  }
  Handle<ObjectTemplate> PrototypeTemplate() {
    return inner_::from<ObjectTemplate>(self()->PrototypeTemplate());
  }
  void Inherit(Handle<FunctionTemplate> parent) {
    self()->Inherit(inner_::to<now_::FunctionTemplate>(parent));
  }
  void SetClassName(Handle<String> name) {
    self()->SetClassName(inner_::to<now_::String>(name));
  }
  bool HasInstance(Handle<Value> value) {
    return self()->HasInstance(inner_::to<now_::Value>(value));
  }

 private:
  now_::Local<now_::FunctionTemplate> self() {
    return inner_::to<now_::FunctionTemplate>(this);
  }
};

}  // namespace v8_2009

#endif  // AVOCET_V8_2009_TEMPLATES_H_
