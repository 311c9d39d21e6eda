// Native addons: shared objects with a C function `init(target)`. The only
// file that is compiled with C++ exceptions, because an addon's may throw one.
#include <dlfcn.h>
#include <link.h>

#include <exception>

#include "shim.h"

using namespace av8;
using v8::Isolate;
using v8::Local;
using v8::Object;

using Init = void (*)(Local<Object> target);

namespace {

// A symbol of `library` itself: dlsym also finds those of the libraries that
// it depends on, which would be called with arguments that they do not expect.
void* own_symbol(void* library, const char* name, int type) {
  void* address = dlsym(library, name);
  if (address == nullptr) return nullptr;
  Dl_info info;
  link_map* home = nullptr;
  link_map* wanted = nullptr;
  const ElfW(Sym)* symbol = nullptr;
  void* extra = nullptr;
  if (dlinfo(library, RTLD_DI_LINKMAP, &wanted) != 0) return nullptr;
  if (dladdr1(address, &info, &extra, RTLD_DL_LINKMAP) == 0) return nullptr;
  home = static_cast<link_map*>(extra);
  if (dladdr1(address, &info, &extra, RTLD_DL_SYMENT) == 0) return nullptr;
  symbol = static_cast<const ElfW(Sym)*>(extra);
  if (home != wanted || symbol == nullptr) return nullptr;
  return ELF64_ST_TYPE(symbol->st_info) == type ? address : nullptr;
}

void throw_error(Isolate* isolate, const char* text) {
  Local<v8::String> message;
  if (v8::String::NewFromUtf8(isolate, text).ToLocal(&message)) {
    isolate->ThrowException(v8::Exception::Error(message));
  }
}

}  // namespace

// Null: av8_addon_error says why.
AV8 void* av8_addon_open(const char* file) {
  return dlopen(file, RTLD_NOW | RTLD_LOCAL);
}
// Valid until the thread's next call here; null if nothing went wrong.
AV8 const char* av8_addon_error() { return dlerror(); }

AV8 void av8_addon_close(void* library) { dlclose(library); }

AV8 void* av8_addon_init_of(void* library) {
  return own_symbol(library, "init", STT_FUNC);
}
// The version of V8 that it was compiled for, where the build left it.
AV8 const char* av8_addon_v8_of(void* library) {
  return static_cast<const char*>(
      own_symbol(library, "avocet_addon_v8", STT_OBJECT));
}

// Whether `init` came back without an exception; if not, it is pending.
AV8 bool av8_addon_init(Isolate* isolate, void* init, Ref target) {
  v8::HandleScope handles(isolate);
  v8::TryCatch block(isolate);
  try {
    reinterpret_cast<Init>(init)(in<Object>(target));
  } catch (const std::exception& error) {
    if (!block.HasCaught()) throw_error(isolate, error.what());
  } catch (...) {
    if (!block.HasCaught()) {
      throw_error(isolate, "the addon's init threw a C++ exception");
    }
  }
  if (!block.HasCaught()) return true;
  block.ReThrow();
  return false;
}

// The file of the loaded V8.
AV8 const char* av8_library_file() {
  Dl_info info;
  auto* address = reinterpret_cast<void*>(&v8::V8::GetVersion);
  return dladdr(address, &info) != 0 ? info.dli_fname : nullptr;
}
