import { getFunctionName } from "sdk";

export function main(req, res) {
  res.send(getFunctionName());
}
