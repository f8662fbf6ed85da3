"""Values made from a schema: right ones, and right ones with one fault.

Which ids exist is known to the caller: `known` gives, for the name of a parameter or member, values that exist, and
one of them is taken most of the time, since a request about nothing is answered before it is looked at.
"""

import datetime
import string

try:
    from re import _constants as kinds, _parser as parser
except ImportError:  # Python 3.10 and earlier
    import sre_constants as kinds
    import sre_parse as parser

LETTERS = string.ascii_letters + string.digits + " -_.,:/@%&?#\"'<>" + "模擬太郎東京都清瀬市ｱア髙〓é\u200b"


class Generator:
    def __init__(self, random, known):
        self.random = random
        self.known = known

    def value(self, schema, name=""):
        """A value that the schema allows, as far as it is a question of form."""
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        known = self.known.get(name)
        if known and self.random.random() < 0.8:
            return self.random.choice(known)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self.value(self.random.choice(schema[word]), name)
        if "allOf" in schema:
            merged = {}
            for part in schema["allOf"]:
                merged.update(self.value(part, name))
            return merged
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        return getattr(self, "_" + kind)(schema, name)

    def _null(self, _schema, _name):
        return None

    def _boolean(self, _schema, _name):
        return self.random.random() < 0.5

    def _integer(self, schema, _name):
        return self.random.randint(schema.get("minimum", 0), schema.get("maximum", 10**6))

    def _array(self, schema, name):
        count = self.random.randint(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3))
        return [self.value(schema["items"], name) for _ in range(count)]

    def _object(self, schema, _name):
        required = schema.get("required", [])
        return {name: self.value(member, name) for name, member in schema.get("properties", {}).items()
                if name in required or self.random.random() < 0.3}

    def _string(self, schema, _name):
        if schema.get("format") == "date":
            day = datetime.date.today() + datetime.timedelta(days=self.random.choice([0, 0, -1, -400, 1, 40, -20000]))
            return day.isoformat()
        if schema.get("format") == "date-time":
            return "2026-11-23T05:00:00Z"
        if "pattern" in schema:
            return self.text_of(schema["pattern"])
        length = self.random.randint(schema.get("minLength", 0), min(schema.get("maxLength", 40), 40))
        return "".join(self.random.choice(LETTERS) for _ in range(length))

    def text_of(self, pattern):
        """A text that the regular expression matches; knows what the patterns of the description use."""
        return "".join(self._piece(kind, value) for kind, value in parser.parse(pattern))

    def _piece(self, kind, value):
        if kind is kinds.LITERAL:
            return chr(value)
        if kind is kinds.AT:
            return ""
        if kind is kinds.IN:
            return self._piece(*self.random.choice(value))
        if kind is kinds.RANGE:
            return chr(self.random.randint(*value))
        if kind is kinds.CATEGORY:
            return self.random.choice(string.digits)
        if kind is kinds.BRANCH:
            return "".join(self._piece(*part) for part in self.random.choice(value[1]))
        if kind is kinds.SUBPATTERN:
            return "".join(self._piece(*part) for part in value[-1])
        if kind is kinds.MAX_REPEAT:
            low, high, parts = value
            count = self.random.randint(low, max(low, min(high, low + 8)))
            return "".join(self._piece(*part) for _ in range(count) for part in parts)
        raise ValueError(f"the generator does not know {kind}")

    def broken(self, value):
        """The value with one fault: a member too few, one too many, or one of another type."""
        if not isinstance(value, dict) or not value or self.random.random() < 0.1:
            return self.random.choice([None, 1, "x", [], [value], {}])
        value = dict(value)
        name = self.random.choice(list(value))
        fault = self.random.randrange(4)
        if fault == 0:
            del value[name]
        elif fault == 1:
            value["not_a_member"] = 1
        elif fault == 2 and isinstance(value[name], (dict, list)) and value[name]:
            inner = value[name]
            value[name] = self.broken(inner) if isinstance(inner, dict) else [self.broken(inner[0])] + inner[1:]
        else:
            value[name] = self.random.choice([None, True, -1, 1.5, 10**30, "", "\x00", "x" * 5000, [], {}, [1, 2]])
        return value
