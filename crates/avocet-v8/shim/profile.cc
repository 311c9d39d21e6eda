// CPU profiles, heap snapshots and structured clone.
#include "shim.h"

using namespace av8;
using v8::Isolate;

// --- heap snapshot, streamed

using WriteChunk = bool (*)(void* owner, const char* data, size_t length);

namespace {
class Stream : public v8::OutputStream {
 public:
  Stream(WriteChunk write, void* owner) : write_(write), owner_(owner) {}
  void EndOfStream() override {}
  int GetChunkSize() override { return 64 * 1024; }
  WriteResult WriteAsciiChunk(char* data, int size) override {
    return write_(owner_, data, static_cast<size_t>(size)) ? kContinue : kAbort;
  }

 private:
  WriteChunk write_;
  void* owner_;
};
}  // namespace

AV8 void av8_heap_snapshot(Isolate* isolate, WriteChunk write, void* owner) {
  const v8::HeapSnapshot* snapshot =
      isolate->GetHeapProfiler()->TakeHeapSnapshot();
  Stream stream(write, owner);
  snapshot->Serialize(&stream, v8::HeapSnapshot::kJSON);
  const_cast<v8::HeapSnapshot*>(snapshot)->Delete();
}

// --- CPU profile

namespace {
v8::Local<v8::String> title(Isolate* isolate) {
  return v8::String::NewFromUtf8Literal(isolate, "avocet");
}
}  // namespace

AV8 v8::CpuProfiler* av8_profiler_start(Isolate* isolate, int interval_us) {
  v8::CpuProfiler* profiler = v8::CpuProfiler::New(isolate);
  if (interval_us > 0) profiler->SetSamplingInterval(interval_us);
  profiler->StartProfiling(title(isolate), true);
  return profiler;
}
AV8 v8::CpuProfile* av8_profiler_stop(Isolate* isolate,
                                      v8::CpuProfiler* profiler) {
  return profiler->StopProfiling(title(isolate));
}
// The isolate goes away before its profile was asked for: nobody has entered
// it, and the profiler's thread must stop first.
AV8 void av8_profiler_abandon(Isolate* isolate, v8::CpuProfiler* profiler) {
  v8::Locker locker(isolate);
  v8::Isolate::Scope isolate_scope(isolate);
  v8::HandleScope handles(isolate);
  if (v8::CpuProfile* profile = av8_profiler_stop(isolate, profiler)) {
    profile->Delete();
  }
  profiler->Dispose();
}
AV8 void av8_profiler_delete(v8::CpuProfiler* profiler) { profiler->Dispose(); }
AV8 void av8_profile_delete(v8::CpuProfile* profile) { profile->Delete(); }
AV8 const v8::CpuProfileNode* av8_profile_root(const v8::CpuProfile* profile) {
  return profile->GetTopDownRoot();
}
AV8 void av8_profile_times(const v8::CpuProfile* profile, int64_t* start,
                           int64_t* end, int* samples) {
  *start = profile->GetStartTime();
  *end = profile->GetEndTime();
  *samples = profile->GetSamplesCount();
}
AV8 void av8_profile_sample(const v8::CpuProfile* profile, int index,
                            uint32_t* node, int64_t* time) {
  *node = profile->GetSample(index)->GetNodeId();
  *time = profile->GetSampleTimestamp(index);
}
struct av8_profile_node {
  const char* function;
  const char* url;
  uint32_t id;
  uint32_t hits;
  int script_id;
  int line;
  int column;
  int children;
};
AV8 void av8_profile_node_read(const v8::CpuProfileNode* node,
                               av8_profile_node* result) {
  *result = {node->GetFunctionNameStr(), node->GetScriptResourceNameStr(),
             node->GetNodeId(),          node->GetHitCount(),
             node->GetScriptId(),        node->GetLineNumber(),
             node->GetColumnNumber(),    node->GetChildrenCount()};
}
AV8 const v8::CpuProfileNode* av8_profile_node_child(
    const v8::CpuProfileNode* node, int index) {
  return node->GetChild(index);
}

// --- structured clone

namespace {
class CloneDelegate : public v8::ValueSerializer::Delegate {
 public:
  explicit CloneDelegate(Isolate* isolate) : isolate_(isolate) {}
  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    isolate_->ThrowException(v8::Exception::Error(message));
  }

 private:
  Isolate* isolate_;
};
}  // namespace

// malloc'ed bytes, or null when JavaScript threw.
AV8 uint8_t* av8_clone_write(Isolate* isolate, Ref context, Ref value,
                             size_t* length) {
  CloneDelegate delegate(isolate);
  v8::ValueSerializer serializer(isolate, &delegate);
  serializer.WriteHeader();
  bool ok = serializer
                .WriteValue(in<v8::Context>(context), in<v8::Value>(value))
                .FromMaybe(false);
  std::pair<uint8_t*, size_t> bytes = serializer.Release();
  if (!ok) {
    std::free(bytes.first);
    return nullptr;
  }
  *length = bytes.second;
  return bytes.first;
}
AV8 void av8_clone_free(uint8_t* bytes) { std::free(bytes); }
AV8 Ref av8_clone_read(Isolate* isolate, Ref context, const uint8_t* bytes,
                       size_t length) {
  v8::ValueDeserializer deserializer(isolate, bytes, length);
  auto c = in<v8::Context>(context);
  if (!deserializer.ReadHeader(c).FromMaybe(false)) return nullptr;
  return out(deserializer.ReadValue(c));
}
