import { greeting, type Greeting } from "./lib/greeting.ts";

interface Event {
  extensions: { request: { query: Record<string, string> } };
}

export const main = async (event: Event, context: Record<string, unknown>): Promise<Greeting> => {
  const name: string = event.extensions.request.query.name ?? "World";
  return greeting(name as string, context["runtime"] as string);
};
