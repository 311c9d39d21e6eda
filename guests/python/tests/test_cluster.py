"""Names of a cluster, and those that are left to the network."""

import unittest

from avocet_guest.cluster import is_of_cluster

NAMES = {
    "yes": ["back.default.svc.cluster.local", "back.default.svc.cluster.local.", "back.other.svc", "back.default",
            "back.shop", "Back.Shop", "eventing-publisher-proxy.kyma-system"],
    "perhaps": ["back", "back.other", "example.com"],
    "no": ["localhost", "127.0.0.1", "::1", "a.b.example.com", "back.svc", "-a.default.svc", "a_b.default", "",
           "www.example.com"],
}


class Names(unittest.TestCase):
    def test_names(self):
        for expected, names in NAMES.items():
            for name in names:
                with self.subTest(name):
                    self.assertEqual(is_of_cluster(name, "shop"), expected)
