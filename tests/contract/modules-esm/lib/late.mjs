export const text = "imported when needed";
