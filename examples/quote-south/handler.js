(subject, payload) => ({ from: 'quote-south', price: 9 });
