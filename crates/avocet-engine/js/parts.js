(function partsPart(binding) {
  'use strict';

  binding.parts('engine/parts/', {
    'assert.js': ['node:assert'],
    'base64.js': ['base64'],
    'buffer.js': ['buffer'],
    'buffer_numbers.js': ['buffer-numbers'],
    'clone.js': ['clone'],
    'crypto.js': ['crypto', 'node:crypto'],
    'deep_equal.js': ['deep-equal'],
    'dom_exception.js': ['dom-exception'],
    'emitter.js': ['node:events'],
    'encoding.js': ['text-encoding'],
    'event_target.js': ['event-target', 'abort'],
    'inspect.js': ['inspect'],
    'inspect_objects.js': ['inspect-objects'],
    'path.js': ['node:path', 'node:querystring'],
    'performance.js': ['performance'],
    'process.js': ['process'],
    'table.js': ['table'],
    'timers_promises.js': ['timers/promises'],
    'url.js': ['url', 'node:url'],
    'url_search_params.js': ['url-search-params'],
    'util.js': ['node:util'],
  });

  binding.globals('dom-exception', ['DOMException']);
  binding.globals('text-encoding', ['TextEncoder', 'TextDecoder']);
  binding.globals('base64', ['atob', 'btoa']);
  binding.globals('buffer', ['Buffer']);
  binding.globals('url', ['URL']);
  binding.globals('url-search-params', ['URLSearchParams']);
  binding.globals('event-target', ['Event', 'CustomEvent', 'EventTarget']);
  binding.globals('abort', ['AbortController', 'AbortSignal']);
  binding.globals('clone', ['structuredClone']);
  binding.globals('performance', ['performance']);
  binding.globals('crypto', ['crypto']);
  binding.globals('process', ['process']);
})
