module.exports = {
  main: (event) => ({ ok: true, id: event['ce-id'], items: event.data.items.length }),
};
