// Contexts, objects, arrays, collections, promises, errors and JSON.
#include "shim.h"

using namespace av8;
using v8::Array;
using v8::Context;
using v8::Function;
using v8::Isolate;
using v8::Name;
using v8::Object;
using v8::Promise;
using v8::Value;

// --- contexts

AV8 Ref av8_context_new(Isolate* isolate, Ref global_template) {
  v8::MaybeLocal<v8::ObjectTemplate> global;
  if (global_template) global = in<v8::ObjectTemplate>(global_template);
  return out(Context::New(isolate, nullptr, global));
}
AV8 Ref av8_context_from_snapshot(Isolate* isolate, size_t index) {
  return out(Context::FromSnapshot(isolate, index));
}
AV8 Ref av8_context_current(Isolate* isolate) {
  return out(isolate->GetCurrentContext());
}
AV8 void av8_context_enter(Ref context) { in<Context>(context)->Enter(); }
AV8 void av8_context_exit(Ref context) { in<Context>(context)->Exit(); }
AV8 Ref av8_context_global(Ref context) {
  return out(in<Context>(context)->Global());
}
AV8 void av8_context_allow_codegen(Ref context, bool allow) {
  in<Context>(context)->AllowCodeGenerationFromStrings(allow);
}
AV8 bool av8_context_codegen_allowed(Ref context) {
  return in<Context>(context)->IsCodeGenerationFromStringsAllowed();
}
AV8 void av8_context_codegen_message(Ref context, Ref message) {
  in<Context>(context)->SetErrorMessageForCodeGenerationFromStrings(
      in<v8::String>(message));
}
AV8 uint32_t av8_context_data_count(Ref context) {
  return in<Context>(context)->GetNumberOfEmbedderDataFields();
}
AV8 Ref av8_context_data(Ref context, int index) {
  return out(in<Context>(context)->GetEmbedderData(index));
}
AV8 void av8_context_set_data(Ref context, int index, Ref value) {
  in<Context>(context)->SetEmbedderData(index, in<Value>(value));
}
AV8 void av8_context_share_token(Ref context, Ref other) {
  in<Context>(context)->SetSecurityToken(
      in<Context>(other)->GetSecurityToken());
}
// V8 10.2 keeps it where only heap objects may be: the caller passes one.
AV8 void av8_context_set_continuation_data(Ref context, Ref value) {
  compat::set_continuation_data(in<Context>(context), in<Value>(value));
}
AV8 Ref av8_context_continuation_data(Ref context) {
  return out(compat::continuation_data(in<Context>(context)));
}
AV8 Ref av8_context_extras(Ref context) {
  return out(in<Context>(context)->GetExtrasBindingObject());
}

// --- objects

AV8 Ref av8_object_new(Isolate* isolate) { return out(Object::New(isolate)); }
AV8 Ref av8_object_with(Isolate* isolate, Ref prototype, const Ref* names,
                        const Ref* values, size_t length) {
  return out(Object::New(isolate, in<Value>(prototype), in_array<Name>(names),
                         in_array<Value>(values), length));
}
AV8 Ref av8_object_get(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->Get(in<Context>(context), in<Value>(key)));
}
AV8 Ref av8_object_get_index(Ref context, Ref object, uint32_t index) {
  return out(in<Object>(object)->Get(in<Context>(context), index));
}
AV8 int8_t av8_object_set(Ref context, Ref object, Ref key, Ref value) {
  return out(in<Object>(object)->Set(in<Context>(context), in<Value>(key),
                                     in<Value>(value)));
}
AV8 int8_t av8_object_set_index(Ref context, Ref object, uint32_t index,
                                Ref value) {
  return out(
      in<Object>(object)->Set(in<Context>(context), index, in<Value>(value)));
}
AV8 int8_t av8_object_create_data(Ref context, Ref object, Ref key,
                                  Ref value) {
  return out(in<Object>(object)->CreateDataProperty(
      in<Context>(context), in<Name>(key), in<Value>(value)));
}
AV8 int8_t av8_object_define(Ref context, Ref object, Ref key, Ref value,
                             int attributes) {
  return out(in<Object>(object)->DefineOwnProperty(
      in<Context>(context), in<Name>(key), in<Value>(value),
      static_cast<v8::PropertyAttribute>(attributes)));
}
AV8 int8_t av8_object_define_accessor(Ref context, Ref object, Ref key,
                                      Ref getter, Ref setter,
                                      int attributes) {
  Isolate* isolate = Isolate::GetCurrent();
  v8::Local<Value> undefined = v8::Undefined(isolate);
  v8::PropertyDescriptor descriptor(
      getter ? in<Value>(getter) : undefined,
      setter ? in<Value>(setter) : undefined);
  descriptor.set_enumerable(!(attributes & v8::DontEnum));
  descriptor.set_configurable(!(attributes & v8::DontDelete));
  return out(in<Object>(object)->DefineProperty(in<Context>(context),
                                                in<Name>(key), descriptor));
}
AV8 int8_t av8_object_has(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->Has(in<Context>(context), in<Value>(key)));
}
AV8 int8_t av8_object_has_own(Ref context, Ref object, Ref key) {
  return out(
      in<Object>(object)->HasOwnProperty(in<Context>(context), in<Name>(key)));
}
AV8 int8_t av8_object_delete(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->Delete(in<Context>(context), in<Value>(key)));
}
AV8 Ref av8_object_keys(Ref context, Ref object, bool prototypes, int filter,
                        bool skip_indices, bool strings) {
  return out(in<Object>(object)->GetPropertyNames(
      in<Context>(context),
      prototypes ? v8::KeyCollectionMode::kIncludePrototypes
                 : v8::KeyCollectionMode::kOwnOnly,
      static_cast<v8::PropertyFilter>(filter),
      skip_indices ? v8::IndexFilter::kSkipIndices
                   : v8::IndexFilter::kIncludeIndices,
      strings ? v8::KeyConversionMode::kConvertToString
              : v8::KeyConversionMode::kKeepNumbers));
}
AV8 Ref av8_object_own_descriptor(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->GetOwnPropertyDescriptor(in<Context>(context),
                                                          in<Name>(key)));
}
AV8 Ref av8_object_prototype(Ref object) {
  return out(compat::prototype(in<Object>(object)));
}
AV8 int8_t av8_object_set_prototype(Ref context, Ref object, Ref prototype) {
  return out(compat::set_prototype(in<Context>(context), in<Object>(object),
                                   in<Value>(prototype)));
}
AV8 Ref av8_object_constructor_name(Ref object) {
  return out(in<Object>(object)->GetConstructorName());
}
AV8 int8_t av8_object_freeze(Ref context, Ref object, bool frozen) {
  return out(in<Object>(object)->SetIntegrityLevel(
      in<Context>(context), frozen ? v8::IntegrityLevel::kFrozen
                                   : v8::IntegrityLevel::kSealed));
}
AV8 int av8_object_identity_hash(Ref object) {
  return in<Object>(object)->GetIdentityHash();
}
AV8 bool av8_object_is_callable(Ref object) {
  return in<Object>(object)->IsCallable();
}
AV8 Ref av8_object_preview(Ref object, bool* is_key_value) {
  return out(in<Object>(object)->PreviewEntries(is_key_value));
}
AV8 Ref av8_object_creation_context(Ref object) {
  return out(in<Object>(object)->GetCreationContext());
}
AV8 int av8_object_field_count(Ref object) {
  return in<Object>(object)->InternalFieldCount();
}
AV8 Ref av8_object_field(Ref object, int index) {
  return out(compat::internal_field(in<Object>(object), index));
}
AV8 void av8_object_set_field(Ref object, int index, Ref value) {
  in<Object>(object)->SetInternalField(index, in<Value>(value));
}
AV8 int8_t av8_object_has_private(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->HasPrivate(in<Context>(context),
                                            in<v8::Private>(key)));
}
AV8 Ref av8_object_get_private(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->GetPrivate(in<Context>(context),
                                            in<v8::Private>(key)));
}
AV8 int8_t av8_object_set_private(Ref context, Ref object, Ref key,
                                  Ref value) {
  return out(in<Object>(object)->SetPrivate(
      in<Context>(context), in<v8::Private>(key), in<Value>(value)));
}
AV8 int8_t av8_object_delete_private(Ref context, Ref object, Ref key) {
  return out(in<Object>(object)->DeletePrivate(in<Context>(context),
                                               in<v8::Private>(key)));
}

// --- arrays and collections

AV8 Ref av8_array_new(Isolate* isolate, int length) {
  return out(Array::New(isolate, length));
}
AV8 Ref av8_array_of(Isolate* isolate, const Ref* elements, size_t length) {
  return out(Array::New(isolate, in_array<Value>(elements), length));
}
AV8 uint32_t av8_array_length(Ref array) { return in<Array>(array)->Length(); }
AV8 Ref av8_map_new(Isolate* isolate) { return out(v8::Map::New(isolate)); }
AV8 size_t av8_map_size(Ref map) { return in<v8::Map>(map)->Size(); }
AV8 void av8_map_clear(Ref map) { in<v8::Map>(map)->Clear(); }
AV8 Ref av8_map_get(Ref context, Ref map, Ref key) {
  return out(in<v8::Map>(map)->Get(in<Context>(context), in<Value>(key)));
}
AV8 Ref av8_map_set(Ref context, Ref map, Ref key, Ref value) {
  return out(in<v8::Map>(map)->Set(in<Context>(context), in<Value>(key),
                                   in<Value>(value)));
}
AV8 int8_t av8_map_has(Ref context, Ref map, Ref key) {
  return out(in<v8::Map>(map)->Has(in<Context>(context), in<Value>(key)));
}
AV8 int8_t av8_map_delete(Ref context, Ref map, Ref key) {
  return out(in<v8::Map>(map)->Delete(in<Context>(context), in<Value>(key)));
}
AV8 Ref av8_map_as_array(Ref map) { return out(in<v8::Map>(map)->AsArray()); }
AV8 Ref av8_set_new(Isolate* isolate) { return out(v8::Set::New(isolate)); }
AV8 size_t av8_set_size(Ref set) { return in<v8::Set>(set)->Size(); }
AV8 Ref av8_set_add(Ref context, Ref set, Ref key) {
  return out(in<v8::Set>(set)->Add(in<Context>(context), in<Value>(key)));
}
AV8 int8_t av8_set_has(Ref context, Ref set, Ref key) {
  return out(in<v8::Set>(set)->Has(in<Context>(context), in<Value>(key)));
}
AV8 int8_t av8_set_delete(Ref context, Ref set, Ref key) {
  return out(in<v8::Set>(set)->Delete(in<Context>(context), in<Value>(key)));
}
AV8 Ref av8_set_as_array(Ref set) { return out(in<v8::Set>(set)->AsArray()); }

// --- promises

AV8 Ref av8_resolver_new(Ref context) {
  return out(Promise::Resolver::New(in<Context>(context)));
}
AV8 Ref av8_resolver_promise(Ref resolver) {
  return out(in<Promise::Resolver>(resolver)->GetPromise());
}
AV8 int8_t av8_resolver_resolve(Ref context, Ref resolver, Ref value) {
  return out(in<Promise::Resolver>(resolver)->Resolve(in<Context>(context),
                                                      in<Value>(value)));
}
AV8 int8_t av8_resolver_reject(Ref context, Ref resolver, Ref value) {
  return out(in<Promise::Resolver>(resolver)->Reject(in<Context>(context),
                                                     in<Value>(value)));
}
AV8 int av8_promise_state(Ref promise) { return in<Promise>(promise)->State(); }
AV8 Ref av8_promise_result(Ref promise) {
  return out(in<Promise>(promise)->Result());
}
AV8 bool av8_promise_has_handler(Ref promise) {
  return in<Promise>(promise)->HasHandler();
}
AV8 void av8_promise_mark_handled(Ref promise) {
  in<Promise>(promise)->MarkAsHandled();
}
AV8 Ref av8_promise_then(Ref context, Ref promise, Ref fulfilled,
                         Ref rejected) {
  auto c = in<Context>(context);
  auto p = in<Promise>(promise);
  if (!rejected) return out(p->Then(c, in<Function>(fulfilled)));
  if (!fulfilled) return out(p->Catch(c, in<Function>(rejected)));
  return out(p->Then(c, in<Function>(fulfilled), in<Function>(rejected)));
}

// --- errors, messages and stacks

AV8 Ref av8_error_new(int kind, Ref message) {
  auto text = in<v8::String>(message);
  switch (kind) {
    case 1: return out(v8::Exception::TypeError(text));
    case 2: return out(v8::Exception::RangeError(text));
    case 3: return out(v8::Exception::SyntaxError(text));
    case 4: return out(v8::Exception::ReferenceError(text));
    default: return out(v8::Exception::Error(text));
  }
}
AV8 Ref av8_message_of(Isolate* isolate, Ref exception) {
  return out(v8::Exception::CreateMessage(isolate, in<Value>(exception)));
}
AV8 Ref av8_stack_of(Ref exception) {
  return out(v8::Exception::GetStackTrace(in<Value>(exception)));
}
AV8 Ref av8_stack_now(Isolate* isolate, int limit) {
  return out(v8::StackTrace::CurrentStackTrace(isolate, limit,
                                               v8::StackTrace::kDetailed));
}
AV8 int av8_stack_count(Ref stack) {
  return in<v8::StackTrace>(stack)->GetFrameCount();
}
AV8 Ref av8_stack_frame(Isolate* isolate, Ref stack, uint32_t index) {
  return out(in<v8::StackTrace>(stack)->GetFrame(isolate, index));
}
AV8 void av8_frame_position(Ref frame, int* line, int* column, bool* flags) {
  auto f = in<v8::StackFrame>(frame);
  *line = f->GetLineNumber();
  *column = f->GetColumn();
  flags[0] = f->IsEval();
  flags[1] = f->IsConstructor();
  flags[2] = f->IsWasm();
  flags[3] = f->IsUserJavaScript();
}
AV8 Ref av8_frame_script(Ref frame) {
  return out(in<v8::StackFrame>(frame)->GetScriptNameOrSourceURL());
}
AV8 Ref av8_frame_function(Ref frame) {
  return out(in<v8::StackFrame>(frame)->GetFunctionName());
}
AV8 Ref av8_message_text(Ref message) {
  return out(in<v8::Message>(message)->Get());
}
AV8 Ref av8_message_script(Ref message) {
  return out(in<v8::Message>(message)->GetScriptResourceName());
}
AV8 Ref av8_message_source_line(Ref context, Ref message) {
  return out(in<v8::Message>(message)->GetSourceLine(in<Context>(context)));
}
AV8 Ref av8_message_stack(Ref message) {
  return out(in<v8::Message>(message)->GetStackTrace());
}
// line (from 1), start and end column (from 0), start and end offset.
AV8 void av8_message_position(Ref context, Ref message, int* fields) {
  auto c = in<Context>(context);
  auto m = in<v8::Message>(message);
  fields[0] = m->GetLineNumber(c).FromMaybe(0);
  fields[1] = m->GetStartColumn(c).FromMaybe(0);
  fields[2] = m->GetEndColumn(c).FromMaybe(0);
  fields[3] = m->GetStartPosition();
  fields[4] = m->GetEndPosition();
}

AV8 v8::TryCatch* av8_try_catch_new(Isolate* isolate) {
  struct Boxed {
    explicit Boxed(Isolate* i) : inner(i) {}
    v8::TryCatch inner;
  };
  static_assert(sizeof(Boxed) == sizeof(v8::TryCatch), "");
  void* memory = ::operator new(sizeof(Boxed));
  return &(::new (memory) Boxed(isolate))->inner;
}
AV8 void av8_try_catch_delete(v8::TryCatch* block) {
  block->~TryCatch();
  ::operator delete(static_cast<void*>(block));
}
AV8 bool av8_try_catch_has_caught(v8::TryCatch* block) {
  return block->HasCaught();
}
AV8 bool av8_try_catch_has_terminated(v8::TryCatch* block) {
  return block->HasTerminated();
}
AV8 bool av8_try_catch_can_continue(v8::TryCatch* block) {
  return block->CanContinue();
}
// A fresh handle: the block's own storage is cleared by reset.
AV8 Ref av8_try_catch_exception(Isolate* isolate, v8::TryCatch* block) {
  if (!block->HasCaught()) return nullptr;
  return out(v8::Local<Value>::New(isolate, block->Exception()));
}
AV8 Ref av8_try_catch_message(Isolate* isolate, v8::TryCatch* block) {
  return out(v8::Local<v8::Message>::New(isolate, block->Message()));
}
AV8 Ref av8_try_catch_stack(Ref context, v8::TryCatch* block) {
  return out(block->StackTrace(in<Context>(context)));
}
AV8 void av8_try_catch_reset(v8::TryCatch* block) { block->Reset(); }
AV8 void av8_try_catch_rethrow(v8::TryCatch* block) { block->ReThrow(); }
AV8 void av8_try_catch_set_verbose(v8::TryCatch* block, bool value) {
  block->SetVerbose(value);
}

// --- JSON

AV8 Ref av8_json_parse(Ref context, Ref text) {
  return out(v8::JSON::Parse(in<Context>(context), in<v8::String>(text)));
}
AV8 Ref av8_json_stringify(Ref context, Ref value, Ref gap) {
  v8::Local<v8::String> indent;
  if (gap) indent = in<v8::String>(gap);
  return out(
      v8::JSON::Stringify(in<Context>(context), in<Value>(value), indent));
}
