(subject, payload) => ({ from: 'quote-north', price: 12 });
