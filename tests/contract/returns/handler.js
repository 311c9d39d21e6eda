const returned = {
  nothing: () => undefined,
  null: () => null,
  "empty-string": () => "",
  string: () => "plain text, not JSON: {}",
  unicode: () => "Grüße, 世界 🌍",
  object: () => ({ a: 1, nested: { b: [true, null] } }),
  array: () => [1, "two", { three: 3 }],
  "empty-object": () => ({}),
  date: () => ({ at: new Date(0) }),
  "to-json": () => ({ toJSON: () => ({ shown: true }) }),
  buffer: () => Buffer.from([0x00, 0xff, 0x10]),
  uint8array: () => new Uint8Array([1, 2, 255]),
  "empty-buffer": () => Buffer.alloc(0),
  "buffer-slice": () => Buffer.from("abcdef").subarray(2, 4),
  number: () => 42,
  float: () => 0.5,
  zero: () => 0,
  true: () => true,
  false: () => false,
  promise: () => Promise.resolve("later"),
  "async-generator": async function* () {
    yield "one ";
    yield Buffer.from("two ");
    await null;
    yield "three";
  },
  "generator-of-values": async function* () {
    yield { a: 1 };
    yield [2];
    yield 3;
  },
  "broken-generator": async function* () {
    throw new Error("before anything was sent");
  },
  thenable: () => ({ then: (resolve) => resolve("thenable") }),
};

module.exports = {
  main: (event, context) => returned[event.extensions.request.query.case](),
};
