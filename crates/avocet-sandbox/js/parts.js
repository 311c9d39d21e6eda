(function sandboxPartsPart(binding) {
  'use strict';

  binding.parts('sandbox/parts/', {
    'event_methods.js': ['event-methods'],
    'express_response.js': ['express-response'],
    'host_services.js': ['host-services', 'avocet'],
    'mime.js': ['mime', 'negotiation'],
    'qs.js': ['qs'],
    'request.js': ['request'],
    'response.js': ['response', 'status-reasons'],
    'response_headers.js': ['response-headers', 'cookies'],
    'tracer.js': ['tracer'],
  });

  binding.addBuiltin('avocet', () => binding.use('avocet'));
})
