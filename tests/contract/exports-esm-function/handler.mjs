export function main(event, context) {
  return "loaded";
}
