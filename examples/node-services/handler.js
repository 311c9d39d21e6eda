const { kv, messaging, objects } = require('avocet');

const text = (bytes) => new TextDecoder().decode(bytes);

exports.main = async () => {
  await kv.set('greeting', 'hello');
  const { size } = await objects.put('note', 'kept');
  const [greeting, price] = await Promise.all([kv.get('greeting'), messaging.request('prices.ask', 'tea')]);
  return { greeting: text(greeting), price: Number(text(price)), size };
};
