// Array buffers over V8's and Rust's memory, views and typed arrays.
#include "shim.h"

using v8::ArrayBuffer;
using v8::ArrayBufferView;
using v8::BackingStore;
using v8::Isolate;
using v8::Local;
using v8::SharedArrayBuffer;

using namespace av8;
using Store = std::shared_ptr<BackingStore>;

namespace {

void free_allocated(void* data, size_t length, void* owner) {
  auto* allocator = static_cast<std::shared_ptr<Allocator>*>(owner);
  release(*allocator, data, length);
  delete allocator;
}

struct RustOwner {
  void (*free)(void* owner);
  void* owner;
};
void free_rust(void*, size_t, void* data) {
  auto* owner = static_cast<RustOwner*>(data);
  owner->free(owner->owner);
  delete owner;
}

// Bytes that JavaScript may see in a place where V8 wants a valid address.
uint8_t nothing[1];

Store* boxed(std::unique_ptr<BackingStore> store) {
  return new Store(std::move(store));
}

}  // namespace

// --- backing stores (a boxed shared_ptr)

static Store* allocated_store(Isolate* isolate, size_t length,
                              bool zero) {
  auto counted = allocator(isolate);
  void* data = allocate(counted, isolate, length, zero);
  if (data == nullptr) {
    throw_range_error(isolate, "Array buffer allocation failed");
    return nullptr;
  }
  auto* owner = new std::shared_ptr<Allocator>(std::move(counted));
  return boxed(
      ArrayBuffer::NewBackingStore(data, length, free_allocated, owner));
}
AV8 Store* av8_store_from_rust(void* data, size_t length, void (*free)(void*),
                               void* owner, bool shared) {
  auto* hold = new RustOwner{free, owner};
  if (length == 0) data = nothing;
  return boxed(shared ? SharedArrayBuffer::NewBackingStore(data, length,
                                                           free_rust, hold)
                      : ArrayBuffer::NewBackingStore(data, length, free_rust,
                                                     hold));
}
AV8 void av8_store_delete(Store* store) { delete store; }
AV8 Store* av8_store_clone(Store* store) { return new Store(*store); }
AV8 void* av8_store_data(Store* store) { return (*store)->Data(); }
AV8 size_t av8_store_length(Store* store) { return (*store)->ByteLength(); }
AV8 long av8_store_uses(Store* store) { return store->use_count(); }

// --- array buffers

AV8 Ref av8_buffer_from_store(Isolate* isolate, Store* store) {
  return out(ArrayBuffer::New(isolate, *store));
}
AV8 Ref av8_buffer_new(Isolate* isolate, size_t length) {
  Store* store = allocated_store(isolate, length, true);
  if (store == nullptr) return nullptr;
  std::unique_ptr<Store> owned(store);
  return out(ArrayBuffer::New(isolate, std::move(*owned)));
}
// One call for the hot path: a new buffer with a copy of `bytes`.
AV8 Ref av8_buffer_copy_of(Isolate* isolate, const void* bytes,
                           size_t length) {
  Store* store = allocated_store(isolate, length, false);
  if (store == nullptr) return nullptr;
  std::unique_ptr<Store> owned(store);
  if (length > 0) std::memcpy((*owned)->Data(), bytes, length);
  return out(ArrayBuffer::New(isolate, std::move(*owned)));
}
AV8 Ref av8_buffer_over_rust(Isolate* isolate, void* data, size_t length,
                             void (*free)(void*), void* owner) {
  std::unique_ptr<Store> store(
      av8_store_from_rust(data, length, free, owner, false));
  return out(ArrayBuffer::New(isolate, std::move(*store)));
}
AV8 Ref av8_shared_buffer_from_store(Isolate* isolate, Store* store) {
  return out(SharedArrayBuffer::New(isolate, *store));
}
AV8 size_t av8_buffer_length(Ref buffer) {
  return in<ArrayBuffer>(buffer)->ByteLength();
}
AV8 size_t av8_shared_buffer_length(Ref buffer) {
  return in<SharedArrayBuffer>(buffer)->ByteLength();
}
AV8 Store* av8_buffer_store(Ref buffer) {
  return new Store(in<ArrayBuffer>(buffer)->GetBackingStore());
}
AV8 Store* av8_shared_buffer_store(Ref buffer) {
  return new Store(in<SharedArrayBuffer>(buffer)->GetBackingStore());
}
AV8 bool av8_buffer_is_detachable(Ref buffer) {
  return in<ArrayBuffer>(buffer)->IsDetachable();
}
AV8 bool av8_buffer_was_detached(Ref buffer) {
  return in<ArrayBuffer>(buffer)->WasDetached();
}
AV8 bool av8_buffer_detach(Ref buffer) {
  auto b = in<ArrayBuffer>(buffer);
  if (!b->IsDetachable()) return false;
#if AV8_V8_AT_LEAST(11, 1)
  return b->Detach(Local<v8::Value>()).FromMaybe(false);
#else
  b->Detach();
  return true;
#endif
}

// Copies between the buffer and Rust; returns the number of bytes.
AV8 size_t av8_buffer_read(Ref buffer, size_t offset, uint8_t* to,
                           size_t length) {
  auto b = in<ArrayBuffer>(buffer);
  size_t total = b->ByteLength();
  if (offset >= total) return 0;
  if (length > total - offset) length = total - offset;
  std::memcpy(to, static_cast<uint8_t*>(b->Data()) + offset, length);
  return length;
}
AV8 size_t av8_buffer_write(Ref buffer, size_t offset, const uint8_t* from,
                            size_t length) {
  auto b = in<ArrayBuffer>(buffer);
  size_t total = b->ByteLength();
  if (offset >= total) return 0;
  if (length > total - offset) length = total - offset;
  std::memcpy(static_cast<uint8_t*>(b->Data()) + offset, from, length);
  return length;
}

// --- views

AV8 size_t av8_view_length(Ref view) {
  return in<ArrayBufferView>(view)->ByteLength();
}
AV8 size_t av8_view_offset(Ref view) {
  return in<ArrayBufferView>(view)->ByteOffset();
}
AV8 Ref av8_view_buffer(Ref view) {
  return out(in<ArrayBufferView>(view)->Buffer());
}
AV8 size_t av8_view_read(Ref view, uint8_t* to, size_t length) {
  return in<ArrayBufferView>(view)->CopyContents(to, length);
}
AV8 size_t av8_typed_array_length(Ref array) {
  return in<v8::TypedArray>(array)->Length();
}
// The order is that of `TypedArrayKind` in src/buffer.rs. The caller has
// checked offset, length and alignment.
AV8 Ref av8_typed_array_new(int kind, Ref buffer, size_t offset,
                            size_t length) {
  auto b = in<ArrayBuffer>(buffer);
  switch (kind) {
    case 0: return out(v8::Uint8Array::New(b, offset, length));
    case 1: return out(v8::Uint8ClampedArray::New(b, offset, length));
    case 2: return out(v8::Int8Array::New(b, offset, length));
    case 3: return out(v8::Uint16Array::New(b, offset, length));
    case 4: return out(v8::Int16Array::New(b, offset, length));
    case 5: return out(v8::Uint32Array::New(b, offset, length));
    case 6: return out(v8::Int32Array::New(b, offset, length));
    case 7: return out(v8::Float32Array::New(b, offset, length));
    case 8: return out(v8::Float64Array::New(b, offset, length));
    case 9: return out(v8::BigInt64Array::New(b, offset, length));
    case 10: return out(v8::BigUint64Array::New(b, offset, length));
    default: return out(v8::DataView::New(b, offset, length));
  }
}
