// A bit of each of the names that `avocet addon build` keeps from 2009.
#include <v8.h>
#include <stdexcept>
#include <string>
using namespace v8;

static Persistent<FunctionTemplate> counter;
static Persistent<String> name_symbol;

static Handle<Value> Sum(const Arguments& args) {
  HandleScope scope;
  double sum = 0;
  for (int i = 0; i < args.Length(); i++) {
    if (!args[i]->IsNumber())
      return ThrowException(Exception::TypeError(String::New("Sum wants numbers")));
    sum += args[i]->NumberValue();
  }
  return scope.Close(Number::New(sum));
}
static Handle<Value> Each(const Arguments& args) {
  HandleScope scope;
  if (args.Length() < 2 || !args[0]->IsArray() || !args[1]->IsFunction())
    return ThrowException(Exception::Error(String::New("Bad argument")));
  Local<Array> list = Local<Array>::Cast(args[0]);
  Local<Function> f = Local<Function>::Cast(args[1]);
  Local<Array> out = Array::New(list->Length());
  for (unsigned i = 0; i < list->Length(); i++) {
    Handle<Value> argv[2] = { list->Get(Integer::New(i)), Integer::New(i) };
    TryCatch try_catch;
    Handle<Value> r = f->Call(args.This(), 2, argv);
    if (try_catch.HasCaught()) return try_catch.ReThrow();
    out->Set(Integer::New(i), r);
  }
  return scope.Close(out);
}
static Handle<Value> NewCounter(const Arguments& args) {
  HandleScope scope;
  if (!args.IsConstructCall()) return ThrowException(Exception::Error(String::New("use new")));
  args.This()->SetInternalField(0, External::New(new int(args[0]->Int32Value())));
  args.This()->Set(name_symbol, args[1]->ToString(), ReadOnly);
  return args.This();
}
static Handle<Value> Next(const Arguments& args) {
  HandleScope scope;
  int* n = static_cast<int*>(External::Unwrap(args.This()->GetInternalField(0)));
  return scope.Close(Integer::New((*n)++));
}
static Handle<Value> Shout(const Arguments& args) {
  String::Utf8Value text(args[0]->ToString());
  if (text.length() == 0) throw std::runtime_error("nothing to shout");
  std::string s(*text);
  for (char& c : s) c = toupper(c);
  return String::New(s.c_str(), s.size());
}
static Handle<Value> Nothing(const Arguments&) { return Undefined(); }
static Handle<Value> TemplateOfFunction(const Arguments&) {
  HandleScope scope;
  Local<ObjectTemplate> t = ObjectTemplate::New();
  t->Set("f", FunctionTemplate::New(Nothing)->GetFunction());
  return Undefined();
}
// Kept, disposed of and compared.
static Handle<Value> Same(const Arguments& args) {
  HandleScope scope;
  Persistent<Value> kept = Persistent<Value>::New(args[0]);
  bool same = kept == args[0] && kept->StrictEquals(args[0]) && args[0] != args[1];
  kept.Dispose();
  Local<Object> o = args[0]->ToObject();
  o->Set(String::New("x"), Null(), DontEnum);
  same = same && kept.IsEmpty() && o->Has(String::New("x")) && o->GetPropertyNames()->Length() == 0;
  same = same && o->Delete(String::New("x")) && o->Get(String::New("x"))->IsUndefined();
  return Boolean::New(same);
}

extern "C" void init(v8::Handle<v8::Object> target) {
  HandleScope scope;
  name_symbol = Persistent<String>::New(String::NewSymbol("name"));
  Local<FunctionTemplate> t = FunctionTemplate::New(NewCounter);
  counter = Persistent<FunctionTemplate>::New(t);
  t->SetClassName(String::NewSymbol("Counter"));
  t->InstanceTemplate()->SetInternalFieldCount(1);
  t->PrototypeTemplate()->Set(String::NewSymbol("next"), FunctionTemplate::New(Next));
  target->Set(String::NewSymbol("Counter"), t->GetFunction());
  target->Set(String::New("sum"), FunctionTemplate::New(Sum)->GetFunction());
  target->Set(String::New("each"), FunctionTemplate::New(Each)->GetFunction());
  target->Set(String::New("shout"), FunctionTemplate::New(Shout)->GetFunction());
  target->Set(String::New("nothing"), FunctionTemplate::New(Nothing)->GetFunction());
  target->Set(String::New("template_of_function"), FunctionTemplate::New(TemplateOfFunction)->GetFunction());
  target->Set(String::New("same"), FunctionTemplate::New(Same)->GetFunction());
  target->Set(String::New("yes"), True());
}
