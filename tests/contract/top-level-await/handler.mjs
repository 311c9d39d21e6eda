const text = await new Promise((resolve) => setTimeout(() => resolve("loaded"), 1));

export const main = () => text;
