export default (subject, payload) => {
  const store = this.hostServices.objectStore;
  const { name, size, digest } = store.put('upload', payload);
  return { name, size, digest, same: store.get('upload').length === payload.length };
};
