const PRICES = { tea: 3, cake: 5 };

(subject, payload) => {
  const item = new TextDecoder().decode(payload);
  if (PRICES[item] === undefined) throw new Error(`there is no ${item}`);
  return PRICES[item];
};
