const text = "loaded";

export function main(event, context) {
  return text;
}
