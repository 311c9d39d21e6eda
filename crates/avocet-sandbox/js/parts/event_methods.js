(function eventMethodsPart(binding) {
  'use strict';

  const { ops } = binding;

  binding.define('event-methods', () => {
    const { randomUUID } = binding.use('crypto').crypto;
    const NAME = /^[a-z0-9]+$/;
    const warned = { __proto__: null };

    function warnOnce(name, instead) {
      if (warned[name]) return;
      warned[name] = true;
      binding.print('warn', `DeprecationWarning: event.${name}() is deprecated: use event.${instead}()`);
    }

    function needText(value, name) {
      if (typeof value === 'string' && value !== '') return;
      throw new TypeError(`emitCloudEvent: ${name} must be a string that is not empty`);
    }

    /** Attributes that the function gave besides; a `ce-` in front of their names is dropped. */
    function extraAttributes(given) {
      const out = {};
      for (const key of Object.keys(given ?? {})) {
        const name = key.startsWith('ce-') ? key.slice(3) : key;
        if (!NAME.test(name)) {
          throw new TypeError(`emitCloudEvent: "${key}" is no attribute name: lower-case letters and digits are allowed`);
        }
        if (given[key] !== undefined && given[key] !== null) out[name] = given[key];
      }
      return out;
    }

    function withData(event, data) {
      if (data === undefined) return event;
      const bytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? binding.bytesOf(data) : null;
      if (bytes !== null) {
        event.datacontenttype ??= 'application/octet-stream';
        event.data_base64 = binding.use('base64').encode(bytes);
      } else {
        event.datacontenttype ??= typeof data === 'string' ? 'text/plain' : 'application/json';
        event.data = data;
      }
      return event;
    }

    /** A CloudEvent 1.0 in the JSON format. */
    function build(type, source, data, given) {
      needText(type, 'type');
      needText(source, 'source');
      const event = {
        specversion: '1.0', id: randomUUID(), type, source, time: new Date().toISOString(),
        ...extraAttributes(given),
      };
      return withData(event, data);
    }

    const STATUS_TEXT = { __proto__: null, 200: 'OK', 202: 'Accepted', 204: 'No Content' };

    function replyOf(status, body) {
      let data = body === null ? '' : ops.utf8_decode(new Uint8Array(body), false);
      if (/^\s*[{[]/.test(data)) {
        try {
          data = JSON.parse(data);
        } catch {
          // An answer that only looks like JSON stays text.
        }
      }
      return { status, statusText: STATUS_TEXT[status] ?? '', data, headers: {}, config: {} };
    }

    /** `error` as it looks where the function called `method`. */
    function at(error, caller) {
      error.stack = `${error}${caller.stack.replace(/^[^]*?(?=\n +at |$)/, '')}`;
      return error;
    }

    async function publish(call, event, name, method) {
      const caller = {};
      Error.captureStackTrace(caller, method);
      const json = JSON.stringify(event);
      const trace = binding.use('tracer').outgoing(call);
      const { status, error, body } = await binding.hostCall(call.id, { op: 'events.publish', ...trace }, json);
      const response = replyOf(status, body);
      if (error === null && status >= 200 && status < 300) return response;
      const reason = error ?? `the event bus answered ${status}`;
      const failed = new Error(`${name}: event "${event?.type}" from "${event?.source}" was not published: ${reason}`);
      failed.code = 'ERR_PUBLISH';
      failed.response = response;
      throw at(failed, caller);
    }

    function buildResponse(call, id, type, data) {
      const attribute = (name) => binding.attribute(call, name);
      return withData({
        specversion: attribute('ce-specversion') ?? '1.0', id, type,
        source: attribute('ce-source') ?? '',
        eventtypeversion: attribute('ce-eventtypeversion'),
        time: new Date().toISOString(),
      }, data);
    }

    return {
      setResponseHeader: (call) => function setResponseHeader(name, value) {
        binding.responseOf(call).setHeader(name, value);
      },
      setResponseContentType: (call) => function setResponseContentType(type) {
        binding.responseOf(call).type(type);
      },
      setResponseStatus: (call) => function setResponseStatus(status) {
        binding.responseOf(call).status(status);
      },
      emitCloudEvent: (call) => async function emitCloudEvent(type, source, data, attributes) {
        return publish(call, build(type, source, data, attributes), 'emitCloudEvent', emitCloudEvent);
      },
      publishCloudEvent: (call) => async function publishCloudEvent(event) {
        warnOnce('publishCloudEvent', 'emitCloudEvent');
        return publish(call, event, 'publishCloudEvent', publishCloudEvent);
      },
      buildResponseCloudEvent: (call) => function buildResponseCloudEvent(id, type, data) {
        warnOnce('buildResponseCloudEvent', 'emitCloudEvent');
        return buildResponse(call, id, type, data);
      },
    };
  });
})
