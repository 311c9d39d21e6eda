(subject, payload) => {
  const items = JSON.parse(new TextDecoder().decode(payload));
  const price = (item) => Number(new TextDecoder().decode(hostServices.messaging.request('prices.ask', item)));
  try {
    return { total: items.map(price).reduce((sum, each) => sum + each, 0) };
  } catch (error) {
    return { error: error.message };
  }
};
