// Tells what kind of value `event.data` is.
module.exports = {
  main: (event) => {
    const { data } = event;
    if (data === undefined) return { kind: "undefined" };
    if (Buffer.isBuffer(data)) return { kind: "Buffer", hex: data.toString("hex") };
    return { kind: Array.isArray(data) ? "array" : typeof data, data };
  },
};
