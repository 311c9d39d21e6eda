export const initials = (name) =>
  name
    .split(/\s+/u)
    .filter((word) => word !== "")
    .map((word) => word[0].toUpperCase())
    .join("");
