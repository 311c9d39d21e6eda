// What `init` does is in the environment's ADDON.
#include <v8.h>

#include <cstdio>
#include <cstdlib>
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

// Calls its argument with a greeting.
static void greet(const v8::FunctionCallbackInfo<Value>& info) {
  Isolate* isolate = info.GetIsolate();
  if (info.Length() < 1 || !info[0]->IsFunction()) {
    isolate->ThrowException(
        v8::Exception::TypeError(text(isolate, "greet wants a function")));
    return;
  }
  Local<Value> greeting = text(isolate, "hello from C++");
  Local<Value> answer;
  if (info[0]
          .As<v8::Function>()
          ->Call(isolate->GetCurrentContext(), info.This(), 1, &greeting)
          .ToLocal(&answer)) {
    info.GetReturnValue().Set(answer);
  }
}

// Still there when the process ends, as V8 is.
static v8::Global<Object> kept;
static int count = 0;

extern "C" void init(Local<Object> target) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Context> context = isolate->GetCurrentContext();
  const char* mode = std::getenv("ADDON");
  count++;
  kept.Reset(isolate, target);
  target
      ->Set(context, text(isolate, "count"), v8::Integer::New(isolate, count))
      .Check();
  if (mode != nullptr && std::string(mode) == "throw") {
    isolate->ThrowException(
        v8::Exception::Error(text(isolate, "no addon today")));
    return;
  }
  target
      ->Set(context, text(isolate, "greet"),
            v8::Function::New(context, greet).ToLocalChecked())
      .Check();
}
