// Objects of C++ that end with those of JavaScript, accessors, scripts and contexts: as addons of
// 2009 used them.
#include <v8.h>
#include <stdexcept>
#include <string>
using namespace v8;

static int alive = 0;

// What many addons brought for themselves: JavaScript's object owns that of C++.
class ObjectWrap {
 public:
  ObjectWrap() : refs_(0) {}
  virtual ~ObjectWrap() {
    if (!handle_.IsEmpty()) {
      handle_.ClearWeak();
      handle_.Dispose();
      handle_.Clear();
    }
  }
  template <class T>
  static T* Unwrap(Handle<Object> handle) {
    return static_cast<T*>(handle->GetPointerFromInternalField(0));
  }
  void Ref() { refs_++; handle_.ClearWeak(); }
  void Unref() { if (--refs_ == 0) MakeWeak(); }

 protected:
  void Wrap(Handle<Object> handle) {
    handle_ = Persistent<Object>::New(handle);
    handle_->SetPointerInInternalField(0, this);
    MakeWeak();
  }
  Persistent<Object> handle_;

 private:
  void MakeWeak() { handle_.MakeWeak(this, WeakCallback); }
  static void WeakCallback(Persistent<Value> value, void* data) {
    ObjectWrap* object = static_cast<ObjectWrap*>(data);
    if (value != object->handle_ || !value.IsNearDeath()) abort();
    delete object;
  }
  int refs_;
};

class Point : public ObjectWrap {
 public:
  static void Initialize(Handle<Object> target) {
    HandleScope scope;
    Local<FunctionTemplate> t = FunctionTemplate::New(New);
    t->InstanceTemplate()->SetInternalFieldCount(1);
    t->InstanceTemplate()->SetAccessor(String::NewSymbol("x"), GetX, SetX);
    t->InstanceTemplate()->SetAccessor(String::NewSymbol("kind"), Kind, 0, String::New("point"));
    t->PrototypeTemplate()->Set("keep", FunctionTemplate::New(Keep));
    t->PrototypeTemplate()->Set("let_go", FunctionTemplate::New(LetGo));
    t->SetClassName(String::NewSymbol("Point"));
    target->Set(String::NewSymbol("Point"), t->GetFunction());
  }

 private:
  explicit Point(double x) : x_(x) { alive++; }
  ~Point() { alive--; }
  static Handle<Value> New(const Arguments& args) {
    HandleScope scope;
    (new Point(args[0]->NumberValue()))->Wrap(args.This());
    return args.This();
  }
  static Handle<Value> GetX(Local<String> property, const AccessorInfo& info) {
    return Number::New(Unwrap<Point>(info.Holder())->x_);
  }
  static void SetX(Local<String> property, Local<Value> value, const AccessorInfo& info) {
    if (!value->IsNumber()) {
      ThrowException(Exception::TypeError(String::Concat(property, String::New(" must be a number"))));
      return;
    }
    if (value->NumberValue() < 0) throw std::range_error("x is below 0");
    Unwrap<Point>(info.This())->x_ = value->NumberValue();
  }
  static Handle<Value> Kind(Local<String> property, const AccessorInfo& info) { return info.Data(); }
  static Handle<Value> Keep(const Arguments& args) {
    Unwrap<Point>(args.This())->Ref();
    return args.This();
  }
  static Handle<Value> LetGo(const Arguments& args) {
    Unwrap<Point>(args.This())->Unref();
    return Undefined();
  }
  double x_;
};

static Handle<Value> Alive(const Arguments&) { return Integer::New(alive); }

// Weak handles whose callback takes no decision, or wants the object back.
static int gone = 0;
static Persistent<Object> back;
static void Forgets(Persistent<Value>, void*) { gone++; }
static void WantsItBack(Persistent<Value> value, void* parameter) {
  value.ClearWeak();
  back = Persistent<Object>(Handle<Object>::Cast(value));
  back->Set(String::New("told"), String::New(static_cast<const char*>(parameter)));
}
static Handle<Value> Watch(const Arguments& args) {
  Persistent<Object> weak = Persistent<Object>::New(args[0]->ToObject());
  weak.MakeWeak(const_cast<char*>("so"), args[1]->IsTrue() ? WantsItBack : Forgets);
  return Boolean::New(weak.IsWeak() && !weak.IsNearDeath());
}
static Handle<Value> Gone(const Arguments&) { return Integer::New(gone); }
static Handle<Value> Back(const Arguments&) {
  if (back.IsEmpty()) return Null();
  return Local<Object>::New(back);
}

static Handle<Value> RunScript(const Arguments& args) {
  HandleScope scope;
  TryCatch try_catch;
  Handle<Script> script = Script::Compile(args[0]->ToString(), args[1]);
  Handle<Value> result;
  if (!script.IsEmpty()) result = script->Run();
  if (!try_catch.HasCaught()) return scope.Close(result);
  Handle<Message> message = try_catch.Message();
  String::Utf8Value text(message->Get()), file(message->GetScriptResourceName()), line(message->GetSourceLine());
  std::string all = std::string(*file) + ":" + std::to_string(message->GetLineNumber()) + " " + *line + ": " + *text;
  return scope.Close(String::New(all.c_str()));
}

static Handle<Value> Print(const Arguments& args) {
  return String::Concat(String::New("printed "), args[0]->ToString());
}
// A script that sees nothing but what it is given.
static Handle<Value> RunAlone(const Arguments& args) {
  HandleScope scope;
  Handle<ObjectTemplate> global = ObjectTemplate::New();
  global->Set("given", args[1]->ToString());
  global->Set("print", FunctionTemplate::New(Print));
  Persistent<Context> context = Context::New(NULL, global);
  Handle<Value> result;
  bool other = false;
  {
    Context::Scope inside(context);
    other = Context::GetCurrent()->Global() == context->Global();
    Handle<Script> script = Script::New(args[0]->ToString(), String::New("alone"));
    if (!script.IsEmpty()) result = script->Run();
  }
  context.Dispose();
  if (result.IsEmpty()) return result;
  Handle<Object> seen = Context::GetCurrent()->Global();
  return other && seen->Has(String::New("process")) ? scope.Close(result) : Handle<Value>(Undefined());
}

static Handle<Value> Hide(const Arguments& args) {
  HandleScope scope;
  Local<Object> o = args[0]->ToObject();
  Local<String> key = String::NewSymbol("secret");
  bool before = o->GetHiddenValue(key).IsEmpty();
  o->SetHiddenValue(key, args[1]);
  Handle<Object> copy = o->Clone();
  copy->SetPrototype(Null());
  if (!before || o->GetPropertyNames()->Length() != 0 || !copy->GetPrototype()->IsNull()) return False();
  return scope.Close(o->GetHiddenValue(key));
}

extern "C" void init(Handle<Object> target) {
  HandleScope scope;
  Point::Initialize(target);
  V8::AdjustAmountOfExternalAllocatedMemory(1024);
  V8::AdjustAmountOfExternalAllocatedMemory(-1024);
  target->Set(String::New("alive"), FunctionTemplate::New(Alive)->GetFunction());
  target->Set(String::New("watch"), FunctionTemplate::New(Watch)->GetFunction());
  target->Set(String::New("gone"), FunctionTemplate::New(Gone)->GetFunction());
  target->Set(String::New("back"), FunctionTemplate::New(Back)->GetFunction());
  target->Set(String::New("run"), FunctionTemplate::New(RunScript)->GetFunction());
  target->Set(String::New("run_alone"), FunctionTemplate::New(RunAlone)->GetFunction());
  target->Set(String::New("hide"), FunctionTemplate::New(Hide)->GetFunction());
}
