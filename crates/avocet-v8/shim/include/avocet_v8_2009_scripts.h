// The fourth part of avocet_v8_2009.h: scripts, contexts and weak handles.
#ifndef AVOCET_V8_2009_SCRIPTS_H_
#define AVOCET_V8_2009_SCRIPTS_H_

namespace v8_2009 {

namespace inner_ {

inline void call_weak(const now_::WeakCallbackInfo<Weak>& info) {
  Weak* weak = info.GetParameter();
  now_::HandleScope scope(info.GetIsolate());
  weak->running = true;
  Persistent<Value> object;
  object->slot = weak->slot;
  weak->call(object, weak->parameter);
  // V8 insists on a decision.
  if (!weak->decided) object.Dispose();
  delete weak;
}

// A new context begins as a copy of the one that scripts run in: takes away what
// belongs to that, except where the caller's template brings its own.
inline void clear_global(now_::Local<now_::Context> made,
                         now_::Local<now_::ObjectTemplate> given) {
  static const char* const names[] = {
      "avocet:binding", "GLOBAL",        "process",    "include",
      "puts",           "print",         "p",          "__module",
      "node",           "setTimeout",    "setInterval", "clearTimeout",
      "clearInterval"};
  now_::Local<now_::Object> own;
  if (!given.IsEmpty()) own = given->NewInstance(made).ToLocalChecked();
  for (const char* text : names) {
    auto name = now_::String::NewFromUtf8(isolate(), text).ToLocalChecked();
    auto global = made->Global();
    if (!own.IsEmpty() && own->HasOwnProperty(made, name).FromMaybe(false)) {
      auto value = own->Get(made, name).ToLocalChecked();
      global->Set(made, name, value).Check();
    } else {
      global->Delete(made, name).Check();
    }
  }
}

}  // namespace inner_

// Where the text of a script comes from.
class ScriptOrigin {
 public:
  explicit ScriptOrigin(Handle<Value> name) : name_(name) {}
  Handle<Value> ResourceName() const { return name_; }

 private:
  Handle<Value> name_;
};

class Script : public Data {
 public:
  static Handle<Script> Compile(Handle<String> source,
                                Handle<Value> name = Handle<Value>()) {
    if (name.IsEmpty()) name = Undefined();
    now_::ScriptOrigin origin(inner_::isolate(), inner_::to<now_::Value>(name));
    return inner_::from<Script>(now_::Script::Compile(
        inner_::context(), inner_::to<now_::String>(source), &origin));
  }
  static Handle<Script> Compile(Handle<String> source, ScriptOrigin* origin) {
    return Compile(source,
                   origin ? origin->ResourceName() : Handle<Value>());
  }
  static Handle<Script> New(Handle<String> source,
                            Handle<Value> name = Handle<Value>()) {
    return Compile(source, name);
  }
  Handle<Value> Run() {
    return inner_::from<Value>(
        inner_::to<now_::Script>(this)->Run(inner_::context()));
  }
};

// A global object with JavaScript's own things on it, and nothing else.
class Context : public Data {
 public:
  static Persistent<Context> New(
      void* extensions = nullptr,
      Handle<ObjectTemplate> global = Handle<ObjectTemplate>()) {
    static_cast<void>(extensions);
    now_::HandleScope scope(inner_::isolate());
    auto given = inner_::to<now_::ObjectTemplate>(global);
    auto made = now_::Context::New(inner_::isolate(), nullptr, given);
    inner_::clear_global(made, given);
    // What one context made, the other may look at.
    made->SetSecurityToken(inner_::context()->GetSecurityToken());
    return Persistent<Context>::New(inner_::from<Context>(made));
  }
  static Handle<Context> GetCurrent() {
    return inner_::from<Context>(inner_::context());
  }
  static Handle<Context> GetEntered() {
    return inner_::from<Context>(
        inner_::isolate()->GetEnteredOrMicrotaskContext());
  }
  static bool InContext() { return inner_::isolate()->InContext(); }
  Handle<Object> Global() {
    return inner_::from<Object>(inner_::to<now_::Context>(this)->Global());
  }
  void Enter() { inner_::to<now_::Context>(this)->Enter(); }
  void Exit() { inner_::to<now_::Context>(this)->Exit(); }

  class Scope {
   public:
    explicit Scope(Handle<Context> context)
        : scope_(inner_::to<now_::Context>(context)) {}

   private:
    now_::Context::Scope scope_;
  };
};

class V8 {
 public:
  static int AdjustAmountOfExternalAllocatedMemory(int change) {
    return static_cast<int>(
        inner_::isolate()->AdjustAmountOfExternalAllocatedMemory(change));
  }
};

}  // namespace v8_2009

#endif  // AVOCET_V8_2009_SCRIPTS_H_
