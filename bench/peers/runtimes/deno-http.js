// Deno.serve, one text.
Deno.serve(
  { port: Number(Deno.env.get('PORT')), hostname: '127.0.0.1', onListen() {} },
  () => new Response('Hello World\n', { headers: { 'content-type': 'text/plain' } }),
);
