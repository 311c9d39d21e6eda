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

// Nothing that C++ throws goes through JavaScript.
template <class F>
void guarded(F call) {
#ifdef __cpp_exceptions
  try {
    call();
  } catch (const std::exception& error) {
    throw_error(error.what());
  } catch (...) {
    throw_error("a C++ exception");
  }
#else
  call();
#endif
}

inline void call(const now_::FunctionCallbackInfo<now_::Value>& info) {
  auto callback =
      static_cast<Callback*>(info.Data().As<now_::External>()->Value());
  if (callback->call == nullptr) return;
  guarded([&] {
    Handle<Value> result = callback->call(Arguments(info, callback->data));
    if (!result.IsEmpty()) info.GetReturnValue().Set(to<now_::Value>(result));
  });
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

// Whose property is read or written.
class AccessorInfo {
 public:
  template <class I>
  AccessorInfo(const I& info, Handle<Value> data)
      : this_(inner_::from<Object>(info.This())),
        holder_(inner_::from<Object>(info.Holder())),
        data_(data) {}
  Handle<Object> This() const { return this_; }
  Handle<Object> Holder() const { return holder_; }
  Handle<Value> Data() const { return data_; }

 private:
  Handle<Object> this_;
  Handle<Object> holder_;
  Handle<Value> data_;
};

typedef Handle<Value> (*AccessorGetter)(Handle<String> property,
                                        const AccessorInfo& info);
typedef void (*AccessorSetter)(Handle<String> property, Handle<Value> value,
                               const AccessorInfo& info);

namespace inner_ {

// Never freed, as a Callback.
struct Accessor {
  AccessorGetter get;
  AccessorSetter set;
  Persistent<Value> data;

  template <class I>
  static Accessor* of(const I& info) {
    return static_cast<Accessor*>(
        info.Data().template As<now_::External>()->Value());
  }
  static now_::Local<now_::Value> make(AccessorGetter get, AccessorSetter set,
                                       Handle<Value> data) {
    if (data.IsEmpty()) data = Undefined();
    auto made = new Accessor{get, set, Persistent<Value>::New(data)};
    return now_::External::New(isolate(), made);
  }
};

inline void get(now_::Local<now_::Name> name,
                const now_::PropertyCallbackInfo<now_::Value>& info) {
  auto accessor = Accessor::of(info);
  guarded([&] {
    Handle<Value> result =
        accessor->get(from<String>(name), AccessorInfo(info, accessor->data));
    if (!result.IsEmpty()) info.GetReturnValue().Set(to<now_::Value>(result));
  });
}

inline void set(now_::Local<now_::Name> name, now_::Local<now_::Value> value,
                const now_::PropertyCallbackInfo<void>& info) {
  auto accessor = Accessor::of(info);
  guarded([&] {
    accessor->set(from<String>(name), from<Value>(value),
                  AccessorInfo(info, accessor->data));
  });
}

}  // namespace inner_

class ObjectTemplate : public Template {
 public:
  // Without a setter the property can only be read.
  void SetAccessor(Handle<String> name, AccessorGetter get,
                   AccessorSetter set = nullptr,
                   Handle<Value> data = Handle<Value>(),
                   AccessControl settings = DEFAULT,
                   PropertyAttribute attributes = None) {
    if (set == nullptr) {
      attributes = static_cast<PropertyAttribute>(attributes | ReadOnly);
    }
    inner_::to<now_::ObjectTemplate>(this)->SetAccessor(
        inner_::to<now_::Name>(name), inner_::get,
        set == nullptr ? nullptr : inner_::set,
        inner_::Accessor::make(get, set, data), settings, attributes);
  }
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
