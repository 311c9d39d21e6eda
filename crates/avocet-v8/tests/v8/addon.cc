// What `init` does is in `target.mode`.
#include <v8.h>

#include <stdexcept>
#include <string>

using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

static Local<String> text(Isolate* isolate, const char* value) {
  return String::NewFromUtf8(isolate, value).ToLocalChecked();
}

static void add(const v8::FunctionCallbackInfo<Value>& info) {
  Local<Context> context = info.GetIsolate()->GetCurrentContext();
  double sum = 0;
  for (int i = 0; i < info.Length(); i++) {
    double number;
    if (!info[i]->NumberValue(context).To(&number)) return;
    sum += number;
  }
  info.GetReturnValue().Set(sum);
}

extern "C" void init(Local<Object> target) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Context> context = isolate->GetCurrentContext();
  Local<Value> mode;
  if (!target->Get(context, text(isolate, "mode")).ToLocal(&mode)) return;
  std::string what = *String::Utf8Value(isolate, mode);
  if (what == "throw") {
    isolate->ThrowException(
        v8::Exception::RangeError(text(isolate, "not today")));
    return;
  }
  if (what == "throw in C++") throw std::runtime_error("out of luck");
  if (what == "throw a number") throw 42;
  target->Set(context, text(isolate, "hello"), text(isolate, "World")).Check();
  target
      ->Set(context, text(isolate, "add"),
            v8::Function::New(context, add).ToLocalChecked())
      .Check();
}
