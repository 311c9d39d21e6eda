(subject, payload) => {
  const answers = hostServices.messaging.requestMany('quotes.ask', payload);
  const quotes = answers.map((answer) => JSON.parse(new TextDecoder().decode(answer)));
  return quotes.sort((a, b) => a.price - b.price)[0] ?? null;
};
