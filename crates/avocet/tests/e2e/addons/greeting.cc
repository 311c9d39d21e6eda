#include <v8.h>

v8::Local<v8::String> greeting(v8::Isolate* isolate) {
  return v8::String::NewFromUtf8(isolate, GREETING).ToLocalChecked();
}
