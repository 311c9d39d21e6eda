"""Names of a form that nest."""

import unittest

from avocet_guest.forms import TooDeep, parse

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
    "x=%ff&y=%zz%20&z=%C3%BC": {"x": "%ff", "y": "%zz%20", "z": "ü"},
    "a[b]=c=d&e=f=g": {"a": {"b": "c=d"}, "e": "f=g"},
    "a[b][c=1": {"a": {"b": {"[c": "1"}}},
    "__proto__[a]=1&a[__proto__]=1": {},
}


class Forms(unittest.TestCase):
    def test_names_nest(self):
        for text, expected in CASES.items():
            with self.subTest(text):
                self.assertEqual(parse(text), expected)

    def test_what_is_too_deep_is_refused(self):
        found, depth = parse("a" + "[b]" * 32 + "=1"), 0
        while found != "1":
            found, depth = next(iter(found.values())), depth + 1
        self.assertEqual(depth, 33)
        with self.assertRaisesRegex(TooDeep, "deeper than 32 levels"):
            parse("a" + "[b]" * 33 + "=1")

    def test_nothing_is_dropped(self):
        self.assertEqual(len(parse("&".join(f"k{n}=v" for n in range(2000)))), 2000)
        wanted = [str(n) for n in range(2000)]
        for name in ("a", "a[]", "a[{}]"):
            text = "&".join(f"{name.format(n)}={n}" for n in range(2000))
            self.assertEqual(parse(text), {"a": wanted}, name)

    def test_a_long_list_takes_no_longer_than_its_text(self):
        # Quadratic work would take hours.
        self.assertEqual(len(parse("a=1&" * 250_000)["a"]), 250_000)
        self.assertEqual(len(parse("a[]=1&a[x]=2&" + "a[]=1&" * 150_000)["a"]), 150_002)
