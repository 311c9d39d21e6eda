/** Host services of Avocet. `hostServices` waits; the module `avocet` and `hostServices.async` give promises. */

export type Payload = string | Uint8Array | ArrayBuffer | object | number | boolean | null;

export interface KeyMetadata {
  value: Uint8Array;
  revision: number;
  /** RFC 3339. */
  created: string;
  expires: string | null;
}

export interface ObjectInfo {
  name: string;
  size: number;
  chunks: number;
  /** `SHA-256=` and base64url with padding. */
  digest: string;
  /** RFC 3339. */
  mtime: string;
}

export interface HttpOptions {
  headers?: Record<string, string | number | boolean | readonly (string | number | boolean)[]>;
  /** Milliseconds, 2,500 by default. */
  timeout?: number;
}

export interface HttpResponse {
  status: number;
  /** Found by their names in any case. */
  headers: Record<string, string>;
  /** The body as text; null where it is empty. */
  response: string | null;
  bytes: Uint8Array;
}

export interface KeyValue {
  get(key: string): Promise<Uint8Array>;
  getWithMetadata(key: string): Promise<KeyMetadata | null>;
  /** `ttl` in seconds; `ifRevision` 0 for a key that must not exist. */
  set(key: string, value: Payload, options?: { ttl?: number; ifRevision?: number }): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
  list(options?: { prefix?: string; limit?: number; cursor?: string }): Promise<{ keys: string[]; cursor: string | null }>;
  increment(key: string, by?: number): Promise<number>;
}

export interface Objects {
  put(name: string, data: Payload): Promise<ObjectInfo>;
  get(name: string): Promise<Uint8Array>;
  delete(name: string): Promise<void>;
  list(): Promise<ObjectInfo[]>;
}

export interface Messaging {
  publish(subject: string, payload: Payload): Promise<void>;
  request(subject: string, payload: Payload): Promise<Uint8Array>;
  requestMany(subject: string, payload: Payload): Promise<Uint8Array[]>;
}

export interface Http {
  get(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
  head(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
  post(url: string | URL, body?: Payload, options?: HttpOptions): Promise<HttpResponse>;
  put(url: string | URL, body?: Payload, options?: HttpOptions): Promise<HttpResponse>;
  patch(url: string | URL, body?: Payload, options?: HttpOptions): Promise<HttpResponse>;
  del(url: string | URL, body?: Payload, options?: HttpOptions): Promise<HttpResponse>;
  delete(url: string | URL, body?: Payload, options?: HttpOptions): Promise<HttpResponse>;
}

export const kv: KeyValue;
export const objects: Objects;
export const objectStore: Objects;
export const messaging: Messaging;
export const http: Http;

type Waiting<Service> = {
  [Call in keyof Service]: Service[Call] extends (...args: infer Args) => Promise<infer Result> ? (...args: Args) => Result : never;
};

export interface AsyncHostServices {
  kv: KeyValue;
  objectStore: Objects;
  messaging: Messaging;
  http: Http;
}

export interface HostServices {
  kv: Waiting<KeyValue>;
  objectStore: Waiting<Objects>;
  messaging: Waiting<Messaging>;
  http: Waiting<Http>;
  async: AsyncHostServices;
}

declare global {
  /** In functions `(subject, payload) => …`. */
  const hostServices: HostServices;
}
