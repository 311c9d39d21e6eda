// Process start, isolates, entering them, limits and housekeeping.
#include <malloc.h>

#include <atomic>
#include <new>

#include "shim.h"

namespace av8 {

class Allocator : public v8::ArrayBuffer::Allocator {
 public:
  explicit Allocator(size_t limit) : limit_(limit) {}

  void* Allocate(size_t length) override { return take(length, true); }
  void* AllocateUninitialized(size_t length) override {
    return take(length, false);
  }
  void Free(void* data, size_t length) override {
    std::free(data);
    used_.fetch_sub(length, std::memory_order_relaxed);
  }

  void set_limit(size_t limit) {
    limit_.store(limit, std::memory_order_relaxed);
  }

  size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  void* take(size_t length, bool zero) {
    size_t before = used_.fetch_add(length, std::memory_order_relaxed);
    void* data = nullptr;
    const size_t limit = limit_.load(std::memory_order_relaxed);
    if (length <= limit && before <= limit - length) {
      size_t bytes = length == 0 ? 1 : length;
      data = zero ? std::calloc(1, bytes) : std::malloc(bytes);
    }
    if (data == nullptr) used_.fetch_sub(length, std::memory_order_relaxed);
    return data;
  }

  std::atomic<size_t> used_{0};
  std::atomic<size_t> limit_;
};

namespace {

// Owned by the isolate; must outlive every context made from the snapshot.
struct State {
  std::shared_ptr<Allocator> allocator;
  v8::StartupData snapshot{nullptr, 0};
  std::unique_ptr<v8::SnapshotCreator> creator;
};

State* state(v8::Isolate* isolate) {
  return static_cast<State*>(isolate->GetData(kShimState));
}

// Leaked on purpose: V8's worker threads may outlive static destructors.
v8::Platform* platform = nullptr;

[[noreturn]] void on_fatal_error(const char* location, const char* message) {
  std::fprintf(stderr,
               "avocet: V8 met an internal error and this process stops: %s: "
               "%s\n",
               location ? location : "?", message ? message : "?");
  std::fflush(stderr);
  std::abort();
}

[[noreturn]] void on_out_of_memory(const char* location,
                                   compat::OomArgument details) {
  std::fprintf(stderr,
               "avocet: this process stops because %s is exhausted (%s); raise "
               "the heap limit or use less memory\n",
               compat::is_heap_oom(details) ? "the JavaScript heap"
                                            : "the system's memory",
               location ? location : "?");
  std::fflush(stderr);
  std::abort();
}

void on_promise_reject(v8::PromiseRejectMessage message) {
  v8::Local<v8::Promise> promise = message.GetPromise();
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  if (isolate == nullptr || rust(isolate) == nullptr) return;
  av8r_promise_rejected(rust(isolate), out(promise), message.GetEvent(),
                        out(message.GetValue()));
}

size_t on_near_heap_limit(void* data, size_t current, size_t initial) {
  return av8r_near_heap_limit(data, current, initial);
}

void on_interrupt(v8::Isolate* isolate, void*) {
  if (void* data = rust(isolate)) av8r_interrupt(data);
}

}  // namespace

std::shared_ptr<Allocator> allocator(v8::Isolate* isolate) {
  return state(isolate)->allocator;
}

void* allocate(const std::shared_ptr<Allocator>& allocator,
               v8::Isolate* isolate, size_t length, bool zero) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    void* data = zero ? allocator->Allocate(length)
                      : allocator->AllocateUninitialized(length);
    if (data != nullptr) return data;
    isolate->LowMemoryNotification();
  }
  return nullptr;
}

void release(const std::shared_ptr<Allocator>& allocator, void* data,
             size_t length) {
  allocator->Free(data, length);
}

v8::SnapshotCreator* creator(v8::Isolate* isolate) {
  return state(isolate)->creator.get();
}

void throw_range_error(v8::Isolate* isolate, const char* message) {
  v8::Local<v8::String> text;
  if (v8::String::NewFromUtf8(isolate, message).ToLocal(&text)) {
    isolate->ThrowException(v8::Exception::RangeError(text));
  }
}

}  // namespace av8

using namespace av8;

AV8 void av8_initialize(const char* flags, size_t length, int threads) {
  v8::V8::SetFlagsFromString(compat::kDefaultFlags);
  v8::V8::SetFlagsFromString(flags, length);
  platform = v8::platform::NewDefaultPlatform(threads).release();
  v8::V8::InitializePlatform(platform);
  v8::V8::Initialize();
}

// Takes what V8 knows off the arguments after the first; gives how many are left.
AV8 int av8_take_flags(int count, char** arguments) {
  v8::V8::SetFlagsFromCommandLine(&count, arguments, true);
  return count;
}

// Blocks of at least so many bytes are mapped one by one and unmapped when they
// are freed. Without it the allocator raises the bound by itself.
AV8 void av8_unmap_blocks_from(int bytes) {
  mallopt(M_MMAP_THRESHOLD, bytes);
}

AV8 const char* av8_version() { return v8::V8::GetVersion(); }

struct av8_isolate_options {
  void* rust_state;
  const char* snapshot;
  size_t snapshot_length;
  size_t initial_heap;
  size_t maximum_heap;
  size_t buffer_limit;
  bool near_heap_limit;
  bool atomics_wait;
  bool for_snapshot;
  int stack_frames;
};

AV8 v8::Isolate* av8_isolate_new(const av8_isolate_options* options) {
  auto state = std::make_unique<State>();
  state->allocator = std::make_shared<Allocator>(options->buffer_limit);
  state->snapshot.data = options->snapshot;
  state->snapshot.raw_size = static_cast<int>(options->snapshot_length);
  v8::Isolate* isolate;
  if (options->for_snapshot) {
    state->creator = std::make_unique<v8::SnapshotCreator>(
        external_references,
        options->snapshot ? &state->snapshot : nullptr);
    isolate = state->creator->GetIsolate();
    isolate->Exit();
  } else {
    v8::Isolate::CreateParams params;
    params.array_buffer_allocator_shared = state->allocator;
    params.external_references = external_references;
    params.allow_atomics_wait = options->atomics_wait;
    if (options->snapshot) params.snapshot_blob = &state->snapshot;
    if (options->maximum_heap) {
      params.constraints.ConfigureDefaultsFromHeapSize(options->initial_heap,
                                                       options->maximum_heap);
    }
    isolate = v8::Isolate::New(params);
  }
  isolate->SetData(kRustState, options->rust_state);
  isolate->SetData(kShimState, state.release());
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate->SetCaptureStackTraceForUncaughtExceptions(
      options->stack_frames > 0, options->stack_frames,
      v8::StackTrace::kDetailed);
  isolate->SetFatalErrorHandler(on_fatal_error);
  isolate->SetOOMErrorHandler(on_out_of_memory);
  isolate->SetPromiseRejectCallback(on_promise_reject);
  isolate->SetHostImportModuleDynamicallyCallback(import_dynamically);
  isolate->SetHostInitializeImportMetaObjectCallback(initialize_import_meta);
  if (options->near_heap_limit) {
    isolate->AddNearHeapLimitCallback(on_near_heap_limit, options->rust_state);
  }
  return isolate;
}

AV8 void av8_isolate_dispose(v8::Isolate* isolate) {
  State* own = state(isolate);
  isolate->SetData(kRustState, nullptr);
  v8::platform::NotifyIsolateShutdown(platform, isolate);
  if (own->creator) {
    isolate->Enter();  // the creator's destructor exits and disposes
    own->creator.reset();
  } else {
    isolate->Dispose();
  }
  delete own;
}

AV8 void av8_isolate_set_buffer_limit(v8::Isolate* isolate, size_t limit) {
  state(isolate)->allocator->set_limit(limit);
}

AV8 size_t av8_isolate_buffer_bytes(v8::Isolate* isolate) {
  return state(isolate)->allocator->used();
}

namespace {
// Members are destroyed in the opposite order.
struct Entry {
  explicit Entry(v8::Isolate* isolate)
      : locker(isolate), isolate_scope(isolate), handles(isolate) {}
  v8::Locker locker;
  v8::Isolate::Scope isolate_scope;
  v8::HandleScope handles;
};
struct Handles {
  explicit Handles(v8::Isolate* isolate) : scope(isolate) {}
  v8::HandleScope scope;
};
struct Escapable {
  explicit Escapable(v8::Isolate* isolate) : scope(isolate) {}
  v8::EscapableHandleScope scope;
};
static_assert(sizeof(Entry) <= 64, "ENTRY_WORDS in scope/storage.rs");
static_assert(sizeof(Handles) <= 32, "HANDLES_WORDS in scope/storage.rs");
static_assert(sizeof(Escapable) <= 48, "ESCAPABLE_WORDS in scope/storage.rs");
}  // namespace

AV8 void av8_enter(v8::Isolate* isolate, void* storage) {
  ::new (storage) Entry(isolate);
}
AV8 void av8_leave(void* storage) { static_cast<Entry*>(storage)->~Entry(); }
AV8 void av8_handles_open(v8::Isolate* isolate, void* storage) {
  ::new (storage) Handles(isolate);
}
AV8 void av8_handles_close(void* storage) {
  static_cast<Handles*>(storage)->~Handles();
}
AV8 void av8_escapable_open(v8::Isolate* isolate, void* storage) {
  ::new (storage) Escapable(isolate);
}
AV8 void av8_escapable_close(void* storage) {
  static_cast<Escapable*>(storage)->~Escapable();
}
AV8 Ref av8_escape(void* storage, Ref value) {
  return out(
      static_cast<Escapable*>(storage)->scope.Escape(in<v8::Value>(value)));
}

AV8 Ref av8_global_new(v8::Isolate* isolate, Ref value) {
  v8::Global<v8::Value> global(isolate, in<v8::Value>(value));
  Ref slot;
  static_assert(sizeof global == sizeof slot, "a Global is one pointer");
  std::memcpy(&slot, static_cast<void*>(&global), sizeof slot);
  Ref empty = nullptr;
  std::memcpy(static_cast<void*>(&global), &empty, sizeof empty);
  return slot;
}
AV8 void av8_global_reset(Ref slot) {
  v8::Global<v8::Value> global;
  std::memcpy(static_cast<void*>(&global), &slot, sizeof slot);
  global.Reset();
}
AV8 Ref av8_local_new(v8::Isolate* isolate, Ref slot) {
  return out(v8::Local<v8::Value>::New(isolate, in<v8::Value>(slot)));
}

AV8 void av8_terminate(v8::Isolate* isolate) { isolate->TerminateExecution(); }
AV8 void av8_cancel_terminate(v8::Isolate* isolate) {
  isolate->CancelTerminateExecution();
}
AV8 bool av8_is_terminating(v8::Isolate* isolate) {
  return isolate->IsExecutionTerminating();
}
AV8 void av8_request_interrupt(v8::Isolate* isolate) {
  isolate->RequestInterrupt(on_interrupt, nullptr);
}

AV8 void av8_microtasks(v8::Isolate* isolate) {
  isolate->PerformMicrotaskCheckpoint();
}
AV8 void av8_enqueue_microtask(v8::Isolate* isolate, Ref function) {
  isolate->EnqueueMicrotask(in<v8::Function>(function));
}
AV8 bool av8_pump(v8::Isolate* isolate) {
  return v8::platform::PumpMessageLoop(platform, isolate);
}
AV8 bool av8_has_background_tasks(v8::Isolate* isolate) {
  return isolate->HasPendingBackgroundTasks();
}
AV8 void av8_low_memory(v8::Isolate* isolate) {
  isolate->LowMemoryNotification();
}
AV8 void av8_memory_pressure(v8::Isolate* isolate, int level) {
  isolate->MemoryPressureNotification(
      static_cast<v8::MemoryPressureLevel>(level));
}
AV8 void av8_adjust_external_memory(v8::Isolate* isolate, int64_t change) {
  isolate->AdjustAmountOfExternalAllocatedMemory(change);
}
AV8 void av8_clear_kept_objects(v8::Isolate* isolate) {
  isolate->ClearKeptObjects();
}
AV8 void av8_throw(v8::Isolate* isolate, Ref exception) {
  isolate->ThrowException(in<v8::Value>(exception));
}

AV8 void av8_heap_statistics(v8::Isolate* isolate, size_t* fields) {
  v8::HeapStatistics s;
  isolate->GetHeapStatistics(&s);
  const size_t values[] = {s.total_heap_size(),
                           s.total_heap_size_executable(),
                           s.total_physical_size(),
                           s.total_available_size(),
                           s.used_heap_size(),
                           s.heap_size_limit(),
                           s.malloced_memory(),
                           s.external_memory(),
                           s.peak_malloced_memory(),
                           s.number_of_native_contexts(),
                           s.number_of_detached_contexts(),
                           s.total_global_handles_size(),
                           s.used_global_handles_size()};
  std::memcpy(fields, values, sizeof values);
}
