"""Names of a form that nest."""

import unittest

from avocet_guest.forms import parse

CASES = {
    "": {},
    "a=1&b=&c": {"a": "1", "b": "", "c": ""},
    "a=1&a=2&a=3": {"a": ["1", "2", "3"]},
    "a[]=1": {"a": ["1"]},
    "a[]=1&a=2": {"a": ["1", "2"]},
    "a[5]=x&a[2]=y": {"a": ["y", "x"]},
    "a[101]=x": {"a": {"101": "x"}},
    "a[01]=x": {"a": {"01": "x"}},
    "a[]=1&a[b]=2": {"a": {"0": "1", "b": "2"}},
    "a[b]=1&a=2": {"a": {"b": "1", "2": True}},
    "a[0][b]=1&a[1][b]=2": {"a": [{"b": "1"}, {"b": "2"}]},
    "a%5Bb%5D=c%20d+e": {"a": {"b": "c d e"}},
    "a[b": {"a[b": ""},
    "a]=1": {"a]": "1"},
    "[a]=1": {"a": "1"},
    "=1&&x=2": {"x": "2"},
    "a;b=1": {"a;b": "1"},
    "x=%ff&y=%zz": {"x": "\ufffd", "y": "%zz"},
    "__proto__[a]=1&a[__proto__]=1": {},
}


class Forms(unittest.TestCase):
    def test_names_nest(self):
        for text, expected in CASES.items():
            with self.subTest(text):
                self.assertEqual(parse(text), expected)

    def test_what_is_too_deep_stays_a_name(self):
        found, depth = parse("a" + "[b]" * 40 + "=1"), 0
        while "b" in found or "a" in found:
            found, depth = found.get("b", found.get("a")), depth + 1
        self.assertEqual((depth, found), (33, {"[b]" * 8: "1"}))

    def test_no_more_pairs_than_the_limit(self):
        self.assertEqual(len(parse("&".join(f"k{n}=v" for n in range(2000)))), 1000)
