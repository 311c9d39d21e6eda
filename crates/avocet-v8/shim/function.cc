// Functions and templates. JavaScript reaches Rust through two trampolines:
// operations carry their index in the isolate's table, closures their index
// in the isolate's store of boxed Rust functions.
#include "shim.h"

using v8::Context;
using v8::Function;
using v8::FunctionTemplate;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::ObjectTemplate;
using v8::Value;

using Info = v8::FunctionCallbackInfo<Value>;

namespace av8 {

namespace {
inline uint32_t index_of(const Info& info) {
  return static_cast<uint32_t>(info.Data().As<v8::Int32>()->Value());
}
inline Ref values_of(const Info& info) {
  return info.Length() > 0 ? out(info[0]) : nullptr;
}
}  // namespace

void op_trampoline(const Info& info) {
  av8r_op(rust(info.GetIsolate()), index_of(info), &info, values_of(info),
          info.Length());
}

void closure_trampoline(const Info& info) {
  av8r_closure(rust(info.GetIsolate()), index_of(info), &info, values_of(info),
               info.Length());
}

const intptr_t external_references[] = {
    reinterpret_cast<intptr_t>(op_trampoline),
    reinterpret_cast<intptr_t>(closure_trampoline),
    0,
};

}  // namespace av8

using namespace av8;

namespace {
inline v8::FunctionCallback trampoline(bool is_op) {
  return is_op ? op_trampoline : closure_trampoline;
}
inline v8::ConstructorBehavior behavior(bool constructible) {
  return constructible ? v8::ConstructorBehavior::kAllow
                       : v8::ConstructorBehavior::kThrow;
}
inline Local<Value> data(Isolate* isolate, uint32_t index) {
  return v8::Integer::New(isolate, static_cast<int32_t>(index));
}

// Tells Rust when the function over a closure is collected.
struct Watch {
  v8::Global<Value> handle;
  uint32_t index;
};
void on_collected(const v8::WeakCallbackInfo<Watch>& info) {
  std::unique_ptr<Watch> watch(info.GetParameter());
  watch->handle.Reset();
  if (void* state = rust(info.GetIsolate())) {
    av8r_closure_dropped(state, watch->index);
  }
}
}  // namespace

// --- the call, seen from Rust

AV8 Ref av8_info_this(const Info* info) { return out(info->This()); }
AV8 Ref av8_info_new_target(const Info* info) {
  return out(info->NewTarget());
}
AV8 bool av8_info_is_construct(const Info* info) {
  return info->IsConstructCall();
}
AV8 void av8_return(const Info* info, Ref value) {
  info->GetReturnValue().Set(in<Value>(value));
}
AV8 void av8_return_null(const Info* info) { info->GetReturnValue().SetNull(); }
AV8 void av8_return_bool(const Info* info, bool value) {
  info->GetReturnValue().Set(value);
}
AV8 void av8_return_int32(const Info* info, int32_t value) {
  info->GetReturnValue().Set(value);
}
AV8 void av8_return_uint32(const Info* info, uint32_t value) {
  info->GetReturnValue().Set(value);
}
AV8 void av8_return_double(const Info* info, double value) {
  info->GetReturnValue().Set(value);
}
AV8 void av8_return_empty_string(const Info* info) {
  info->GetReturnValue().SetEmptyString();
}

// --- functions

AV8 Ref av8_function_new(Ref context, bool is_op, uint32_t index, int length,
                         bool constructible) {
  auto c = in<Context>(context);
  return out(Function::New(c, trampoline(is_op),
                           data(Isolate::GetCurrent(), index), length,
                           behavior(constructible)));
}
// Reports the collection of `value` as the end of closure `index`. Returns
// the watch, for av8_unwatch when the isolate goes first.
AV8 Watch* av8_watch(Isolate* isolate, Ref value, uint32_t index) {
  auto* watch = new Watch{v8::Global<Value>(isolate, in<Value>(value)), index};
  watch->handle.SetWeak(watch, on_collected,
                        v8::WeakCallbackType::kParameter);
  return watch;
}
AV8 void av8_unwatch(Watch* watch) { delete watch; }

AV8 Ref av8_function_call(Ref context, Ref function, Ref receiver, int argc,
                          const Ref* argv) {
  return out(in<Function>(function)->Call(in<Context>(context),
                                          in<Value>(receiver), argc,
                                          in_array<Value>(argv)));
}
AV8 Ref av8_object_call(Ref context, Ref object, Ref receiver, int argc,
                        const Ref* argv) {
  return out(in<Object>(object)->CallAsFunction(in<Context>(context),
                                                in<Value>(receiver), argc,
                                                in_array<Value>(argv)));
}
AV8 Ref av8_function_construct(Ref context, Ref function, int argc,
                               const Ref* argv) {
  return out(in<Function>(function)->NewInstance(in<Context>(context), argc,
                                                 in_array<Value>(argv)));
}
AV8 void av8_function_set_name(Ref function, Ref name) {
  in<Function>(function)->SetName(in<v8::String>(name));
}
AV8 Ref av8_function_name(Ref function) {
  return out(in<Function>(function)->GetName());
}
AV8 Ref av8_function_debug_name(Ref function) {
  return out(in<Function>(function)->GetDebugName());
}
AV8 Ref av8_function_source(Ref context, Ref function) {
  return out(
      in<Function>(function)->FunctionProtoToString(in<Context>(context)));
}
AV8 void av8_function_position(Ref function, int* fields) {
  auto f = in<Function>(function);
  fields[0] = f->GetScriptLineNumber();
  fields[1] = f->GetScriptColumnNumber();
  fields[2] = f->ScriptId();
}
AV8 Ref av8_function_script_name(Ref function) {
  return out(in<Function>(function)->GetScriptOrigin().ResourceName());
}

// --- templates

AV8 Ref av8_function_template_new(Isolate* isolate, bool is_op, uint32_t index,
                                  int length, bool constructible) {
  return out(FunctionTemplate::New(
      isolate, trampoline(is_op), data(isolate, index),
      Local<v8::Signature>(), length, behavior(constructible)));
}
AV8 Ref av8_function_template_function(Ref context, Ref tmpl) {
  return out(in<FunctionTemplate>(tmpl)->GetFunction(in<Context>(context)));
}
AV8 void av8_function_template_class_name(Ref tmpl, Ref name) {
  in<FunctionTemplate>(tmpl)->SetClassName(in<v8::String>(name));
}
AV8 void av8_function_template_inherit(Ref tmpl, Ref parent) {
  in<FunctionTemplate>(tmpl)->Inherit(in<FunctionTemplate>(parent));
}
AV8 Ref av8_function_template_prototype(Ref tmpl) {
  return out(in<FunctionTemplate>(tmpl)->PrototypeTemplate());
}
AV8 Ref av8_function_template_instance(Ref tmpl) {
  return out(in<FunctionTemplate>(tmpl)->InstanceTemplate());
}
AV8 bool av8_function_template_has_instance(Ref tmpl, Ref value) {
  return in<FunctionTemplate>(tmpl)->HasInstance(in<Value>(value));
}
AV8 Ref av8_object_template_new(Isolate* isolate) {
  return out(ObjectTemplate::New(isolate));
}
AV8 Ref av8_object_template_instance(Ref context, Ref tmpl) {
  return out(in<ObjectTemplate>(tmpl)->NewInstance(in<Context>(context)));
}
AV8 void av8_object_template_fields(Ref tmpl, int count) {
  in<ObjectTemplate>(tmpl)->SetInternalFieldCount(count);
}
AV8 void av8_template_set(Ref tmpl, Ref name, Ref value, int attributes) {
  in<v8::Template>(tmpl)->Set(in<v8::Name>(name), in<v8::Data>(value),
                              static_cast<v8::PropertyAttribute>(attributes));
}
AV8 void av8_template_accessor(Ref tmpl, Ref name, Ref getter, Ref setter,
                               int attributes) {
  in<v8::Template>(tmpl)->SetAccessorProperty(
      in<v8::Name>(name),
      getter ? in<FunctionTemplate>(getter) : Local<FunctionTemplate>(),
      setter ? in<FunctionTemplate>(setter) : Local<FunctionTemplate>(),
      static_cast<v8::PropertyAttribute>(attributes));
}
