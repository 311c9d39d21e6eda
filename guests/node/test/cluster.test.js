'use strict';
// Names of a cluster, and those that are left to the network.
const assert = require('node:assert/strict');
const test = require('node:test');
const { isOfCluster } = require('../lib/cluster.js');

const NAMES = {
  yes: ['back.default.svc.cluster.local', 'back.default.svc.cluster.local.', 'back.other.svc', 'back.default', 'back.shop', 'Back.Shop', 'eventing-publisher-proxy.kyma-system'],
  perhaps: ['back', 'back.other', 'example.com'],
  no: ['localhost', '127.0.0.1', '::1', 'a.b.example.com', 'back.svc', '-a.default.svc', 'a_b.default', '', 'www.example.com'],
};
for (const [expected, names] of Object.entries(NAMES)) {
  for (const name of names) test(`${name}: ${expected}`, () => assert.equal(isOfCluster(name, 'shop'), expected));
}
