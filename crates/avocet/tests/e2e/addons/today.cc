// An addon with V8's names of today, in two files.
#include <v8.h>

v8::Local<v8::String> greeting(v8::Isolate* isolate);

extern "C" void init(v8::Local<v8::Object> target) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  target
      ->Set(context,
            v8::String::NewFromUtf8Literal(isolate, "greeting"),
            greeting(isolate))
      .Check();
}
