// Start-up snapshots.
#include "shim.h"

using namespace av8;

AV8 void av8_snapshot_set_default(v8::Isolate* isolate, Ref context) {
  creator(isolate)->SetDefaultContext(in<v8::Context>(context));
}
AV8 size_t av8_snapshot_add_context(v8::Isolate* isolate, Ref context) {
  return creator(isolate)->AddContext(in<v8::Context>(context));
}
// The isolate must not be entered by anyone, and is unusable afterwards.
AV8 const char* av8_snapshot_create(v8::Isolate* isolate, bool keep_code,
                                    size_t* length) {
  v8::Locker locker(isolate);
  isolate->Enter();
  v8::StartupData blob = creator(isolate)->CreateBlob(
      keep_code ? v8::SnapshotCreator::FunctionCodeHandling::kKeep
                : v8::SnapshotCreator::FunctionCodeHandling::kClear);
  isolate->Exit();
  *length = blob.data ? static_cast<size_t>(blob.raw_size) : 0;
  return blob.data;
}
AV8 void av8_snapshot_free(const char* data) { delete[] data; }
