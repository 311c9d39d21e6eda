export type Greeting = { hello: string; from: string };

export function greeting(hello: string, from: string): Greeting {
  return { hello, from } satisfies Greeting;
}
