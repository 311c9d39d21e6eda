import { getFunctionName } from "sdk";

type Response = { json(value: unknown): void };

export function main(req: { path: string }, res: Response): void {
  res.json({ path: req.path, name: getFunctionName() });
}
