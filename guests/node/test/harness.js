'use strict';
// Starts the worker as the supervisor does (a socket as descriptor 0) and speaks frames to it.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { Decoder, Writer, Kind, VERSION } = require('../lib/frames.js');

const WORKER = path.join(__dirname, '..', 'worker.js');

/** A running worker with one function of the given files; `await worker.stop()` ends it. */
async function start(files, { entry = 'handler.js', runtime = 'nodejs20', env = {}, prefix = [], modules, nodeArgs = [], warm, version = VERSION, early } = {}) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'avocet-guest-')));
  const code = path.join(folder, 'code');
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(code, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  if (modules !== undefined) fs.symlinkSync(modules, path.join(code, 'node_modules'));
  const [near, far] = await pair(path.join(folder, 's'));
  const [command, ...args] = [...prefix, process.execPath, ...nodeArgs, WORKER];
  const child = spawn(command, args, { stdio: [far, 'pipe', 'pipe'] });
  far.destroy();
  const worker = new Worker(child, near, folder);
  worker.send(Kind.hello, 0, 0, { version, warm });
  if (version !== VERSION) return worker;
  await worker.next((f) => f.kind === Kind.hello);
  if (warm) worker.send(Kind.hello, 0, 0, { version, namespace: 'default' });
  const context = { 'function-name': 'test', namespace: 'default', runtime, timeout: 180, 'memory-limit': '200Mi', 'body-size-limit': 1 };
  worker.send(Kind.load, 1, 0, {
    name: 'test', namespace: 'default', revision: 1, runtime, entry, export: 'main', files: [], dir: code, env, context,
    limits: { timeout_ms: 180000, heap_bytes: 0, concurrency: 50, instances: 1, queue: 100 },
  });
  early?.(worker);
  worker.loaded = JSON.parse((await worker.next((f) => f.kind === Kind.loaded)).head);
  return worker;
}

async function pair(address) {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(address, resolve));
  const far = new Promise((resolve) => server.once('connection', (socket) => {
    socket.pause();
    resolve(socket);
  }));
  const near = net.connect(address);
  const both = [near, await far];
  server.close();
  return both;
}

class Worker {
  constructor(child, socket, folder) {
    Object.assign(this, { child, socket, folder, frames: [], waiting: [], number: 1, logs: [], printed: '' });
    this.out = new Writer(socket);
    const decoder = new Decoder((kind, fn, call, data, headAt, bodyAt, end) => this.arrived({
      kind, fn, call, head: data.toString('utf8', headAt, bodyAt), body: Buffer.from(data.subarray(bodyAt, end)),
    }));
    socket.on('data', (bytes) => decoder.push(bytes));
    socket.on('error', () => {}); // a worker that ends with frames unread resets it
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { this.printed += text; });
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => {
      resolve({ code, signal });
      for (const one of this.waiting) one.reject(new Error(`the worker ended (${code ?? signal}): ${this.printed}`));
    }));
  }

  send(kind, fn, call, head, body) { this.out.frame(kind, fn, call, head === undefined ? '' : JSON.stringify(head), body); }

  arrived(frame) {
    if (frame.kind === Kind.log) this.logs.push({ ...JSON.parse(frame.head), call: frame.call, text: frame.body.toString() });
    this.frames.push(frame);
    this.waiting = this.waiting.filter((one) => !this.offer(one));
  }

  offer(one) {
    const at = this.frames.findIndex(one.wanted);
    if (at < 0) return false;
    one.resolve(this.frames.splice(at, 1)[0]);
    return true;
  }

  /** The first frame that matches, from those that came already or that will. */
  next(wanted) {
    return new Promise((resolve, reject) => {
      const one = { wanted, resolve, reject };
      if (!this.offer(one)) this.waiting.push(one);
    });
  }

  /** Sends a call; returns its number. `trace`: what the supervisor makes of the headers. */
  invoke({ method = 'GET', url = '/', headers = {}, kind = 'none', body, trace: t } = {}) {
    const number = this.number++;
    const head = { m: method, u: url, h: Array.isArray(headers) ? headers : Object.entries(headers).flat(), k: kind, ip: '127.0.0.1', t };
    this.send(Kind.invoke, 1, number, head, body);
    return number;
  }

  /** The whole answer of a call: head, and the body's bytes with all chunks. */
  async answer(number) {
    const first = await this.next((f) => f.kind === Kind.respond && f.call === number);
    const answer = { ...JSON.parse(first.head), chunks: [first.body] };
    while (answer.more) {
      const frame = await this.next((f) => f.call === number && (f.kind === Kind.respondChunk || f.kind === Kind.end));
      if (frame.kind === Kind.end) {
        if (frame.head !== '') answer.broken = JSON.parse(frame.head);
        break;
      }
      answer.chunks.push(frame.body);
      this.send(Kind.credit, 1, number, { n: frame.body.length });
    }
    answer.body = Buffer.concat(answer.chunks).toString();
    return answer;
  }

  call(request) { return this.answer(this.invoke(request)); }

  async log(matching) {
    const found = this.logs.find((line) => matching.test(line.text));
    if (found) return found;
    const frame = await this.next((f) => f.kind === Kind.log && matching.test(f.body.toString()));
    return { ...JSON.parse(frame.head), call: frame.call, text: frame.body.toString() };
  }

  async stop() {
    this.socket.destroy();
    const end = await this.exited;
    fs.rmSync(this.folder, { recursive: true, force: true });
    return end;
  }
}

module.exports = { start, Kind };
