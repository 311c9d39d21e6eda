const x = 1;

export function handler() { return x; }
