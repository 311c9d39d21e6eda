(subject, payload) => {
  const word = new TextDecoder().decode(payload);
  return { word, count: hostServices.kv.increment(`words/${word}`) };
};
