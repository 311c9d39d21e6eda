'use strict';
// The two functions that every server of the benchmark runs. Avocet's copies, under
// bench/functions/, have the same bodies.
module.exports = {
  text: () => 'Hello World',
  order: (event) => ({ ok: true, id: event['ce-id'], items: event.data.items.length }),
};
