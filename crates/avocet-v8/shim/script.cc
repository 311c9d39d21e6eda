// Scripts, functions compiled from source, modules and code caches.
#include "shim.h"

using v8::Context;
using v8::FixedArray;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Module;
using v8::Promise;
using v8::ScriptCompiler;
using v8::String;
using v8::Value;

namespace av8 {

MaybeLocal<Promise> import_dynamically(Local<Context> context,
                                       Local<v8::Data> /*host_options*/,
                                       Local<Value> referrer,
                                       Local<String> specifier,
                                       Local<FixedArray> attributes) {
  Isolate* isolate = Isolate::GetCurrent();
  return in<Promise>(av8r_import_dynamically(rust(isolate), out(context),
                                             out(referrer), out(specifier),
                                             out(attributes)));
}

void initialize_import_meta(Local<Context> context, Local<Module> module,
                            Local<v8::Object> meta) {
  av8r_import_meta(rust(Isolate::GetCurrent()), out(context), out(module),
                   out(meta));
}

namespace {
MaybeLocal<Module> resolve(Local<Context> context, Local<String> specifier,
                           Local<FixedArray> attributes,
                           Local<Module> referrer) {
  return in<Module>(av8r_resolve_module(rust(Isolate::GetCurrent()),
                                        out(context), out(specifier),
                                        out(attributes), out(referrer)));
}
MaybeLocal<Value> evaluate_synthetic(Local<Context> context,
                                     Local<Module> module) {
  return in<Value>(av8r_evaluate_synthetic(rust(Isolate::GetCurrent()),
                                           out(context), out(module)));
}
}  // namespace

}  // namespace av8

using namespace av8;

struct av8_source {
  Ref text;
  Ref name;        // null: anonymous
  Ref source_map;  // null: none
  int line;
  int column;
  const uint8_t* cache;  // null: none
  size_t cache_length;
  bool eager;
  bool cache_rejected;  // written
};

namespace {

// Keeps the parts of a compilation together, and reports on the cache.
class Unit {
 public:
  Unit(Isolate* isolate, av8_source* source, bool is_module)
      : request_(source),
        source_(in<String>(source->text),
                compat::script_origin(
                    isolate,
                    source->name ? in<Value>(source->name)
                                 : v8::Undefined(isolate).As<Value>(),
                    source->line, source->column, is_module,
                    source->source_map ? in<Value>(source->source_map)
                                       : Local<Value>()),
                cached_data(source)) {}
  ~Unit() {
    const auto* data = source_.GetCachedData();
    request_->cache_rejected = data != nullptr && data->rejected;
  }
  ScriptCompiler::Source* operator*() { return &source_; }
  ScriptCompiler::CompileOptions options() const {
    if (request_->cache) return ScriptCompiler::kConsumeCodeCache;
    return request_->eager ? ScriptCompiler::kEagerCompile
                           : ScriptCompiler::kNoCompileOptions;
  }

 private:
  static ScriptCompiler::CachedData* cached_data(const av8_source* source) {
    if (!source->cache) return nullptr;
    return new ScriptCompiler::CachedData(
        source->cache, static_cast<int>(source->cache_length),
        ScriptCompiler::CachedData::BufferNotOwned);
  }
  av8_source* request_;
  ScriptCompiler::Source source_;
};

}  // namespace

AV8 Ref av8_script_compile(Isolate* isolate, Ref context, av8_source* source) {
  Unit unit(isolate, source, false);
  return out(
      ScriptCompiler::Compile(in<Context>(context), *unit, unit.options()));
}
AV8 Ref av8_script_run(Ref context, Ref script) {
  return out(in<v8::Script>(script)->Run(in<Context>(context)));
}
AV8 Ref av8_function_compile(Isolate* isolate, Ref context, av8_source* source,
                             size_t argc, const Ref* argv, size_t extc,
                             const Ref* extv) {
  Unit unit(isolate, source, false);
  return out(compat::compile_function(
      in<Context>(context), *unit, argc, in_array<String>(argv), extc,
      in_array<v8::Object>(extv), unit.options()));
}
AV8 Ref av8_module_compile(Isolate* isolate, av8_source* source) {
  Unit unit(isolate, source, true);
  return out(ScriptCompiler::CompileModule(isolate, *unit, unit.options()));
}

// --- code caches: the caller copies and frees

AV8 ScriptCompiler::CachedData* av8_script_cache(Ref script) {
  return ScriptCompiler::CreateCodeCache(
      in<v8::Script>(script)->GetUnboundScript());
}
AV8 ScriptCompiler::CachedData* av8_function_cache(Ref function) {
  return ScriptCompiler::CreateCodeCacheForFunction(in<v8::Function>(function));
}
AV8 ScriptCompiler::CachedData* av8_module_cache(Ref module) {
  return ScriptCompiler::CreateCodeCache(
      in<Module>(module)->GetUnboundModuleScript());
}
AV8 const uint8_t* av8_cache_bytes(const ScriptCompiler::CachedData* cache,
                                   size_t* length) {
  *length = static_cast<size_t>(cache->length);
  return cache->data;
}
AV8 void av8_cache_delete(ScriptCompiler::CachedData* cache) { delete cache; }
AV8 uint32_t av8_cache_version() {
  return ScriptCompiler::CachedDataVersionTag();
}

// --- modules

AV8 int av8_module_status(Ref module) {
  return in<Module>(module)->GetStatus();
}
AV8 Ref av8_module_exception(Ref module) {
  return out(in<Module>(module)->GetException());
}
AV8 int av8_module_identity_hash(Ref module) {
  return in<Module>(module)->GetIdentityHash();
}
AV8 bool av8_module_is_async(Ref module) {
  return in<Module>(module)->IsGraphAsync();
}
AV8 bool av8_module_is_synthetic(Ref module) {
  return in<Module>(module)->IsSyntheticModule();
}
AV8 Ref av8_module_namespace(Ref module) {
  return out(in<Module>(module)->GetModuleNamespace());
}
AV8 int8_t av8_module_instantiate(Ref context, Ref module) {
  return out(
      in<Module>(module)->InstantiateModule(in<Context>(context), resolve));
}
AV8 Ref av8_module_evaluate(Ref context, Ref module) {
  return out(in<Module>(module)->Evaluate(in<Context>(context)));
}
AV8 Ref av8_module_requests(Ref module) {
  return out(in<Module>(module)->GetModuleRequests());
}
AV8 int av8_fixed_array_length(Ref array) {
  return in<FixedArray>(array)->Length();
}
AV8 Ref av8_fixed_array_get(Ref context, Ref array, int index) {
  return out(in<FixedArray>(array)->Get(in<Context>(context), index));
}
AV8 Ref av8_module_request_specifier(Ref request) {
  return out(in<v8::ModuleRequest>(request)->GetSpecifier());
}
AV8 Ref av8_module_request_attributes(Ref request) {
  return out(compat::import_attributes(in<v8::ModuleRequest>(request)));
}
// line and column, both from 0
AV8 void av8_module_request_position(Ref module, Ref request, int* line,
                                     int* column) {
  v8::Location location = in<Module>(module)->SourceOffsetToLocation(
      in<v8::ModuleRequest>(request)->GetSourceOffset());
  *line = location.GetLineNumber();
  *column = location.GetColumnNumber();
}
AV8 Ref av8_module_synthetic(Isolate* isolate, Ref name, size_t count,
                             const Ref* exports) {
  std::vector<Local<String>> names(in_array<String>(exports),
                                   in_array<String>(exports) + count);
  return out(compat::synthetic_module(isolate, in<String>(name), names,
                                      evaluate_synthetic));
}
AV8 int8_t av8_module_set_export(Isolate* isolate, Ref module, Ref name,
                                 Ref value) {
  return out(in<Module>(module)->SetSyntheticModuleExport(
      isolate, in<String>(name), in<Value>(value)));
}
