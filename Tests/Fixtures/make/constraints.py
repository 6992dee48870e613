"""What schemas and regular expressions allow, from jsonschema and Python's re. Usage: python constraints.py

`constraints/schemas.json`: for each schema texts that were generated from it, all valid, with properties in the schema's
order (`canonical`), and texts made from these by one change, valid or not. `constraints/patterns.json`: for random
regular expressions over a small alphabet the strings, of all short ones, that match as a whole.
"""
import copy
import itertools
import json
import os
import random
import re
import string
from importlib.metadata import version
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

OUT = Path(os.environ.get("FIXTURES", Path(__file__).resolve().parent.parent)) / "constraints"

DATES = ["2024-02-29", "1999-12-31", "2000-02-29", "2026-04-30", "1900-02-28"]
TIMES = ["00:00:00Z", "23:59:59.123456+05:30", "12:30:00-08:00"]
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 30},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "email": {"type": "string", "format": "email", "x-examples": ["a@b.org", "first.last+tag@mail.example.com"]},
        "tags": {"type": "array", "items": {"enum": ["red", "green", "blue"]}, "maxItems": 3},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
TREE = {
    "$defs": {"node": {
        "type": "object",
        "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        "required": ["value", "children"], "additionalProperties": False}},
    "$ref": "#/$defs/node",
}
LIST = {
    "type": "object",
    "properties": {"head": {"type": "boolean"}, "tail": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
    "required": ["head", "tail"], "additionalProperties": False,
}
SHAPES = {"oneOf": [
    {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number", "exclusiveMinimum": 0}},
     "required": ["kind", "radius"], "additionalProperties": False},
    {"type": "object", "properties": {"kind": {"const": "box"}, "sides": {
        "type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "items": False, "minItems": 2}},
     "required": ["kind", "sides"], "additionalProperties": False}]}
SCHEMAS = {
    "person": PERSON,
    "tree": TREE,
    "list": LIST,
    "shapes": SHAPES,
    "anything": {},
    "any object": {"type": "object"},
    "any array": {"type": "array"},
    "string": {"type": "string"},
    "lengths": {"type": "string", "minLength": 2, "maxLength": 4},
    "long string": {"type": "string", "maxLength": 400},
    "at least three": {"type": "string", "minLength": 3},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-\\d{1,4}$", "x-examples": ["AB-1", "ZZ-9999"]},
    "open pattern": {"type": "string", "pattern": "b+c", "x-examples": ["abc", "bc", "xx bbbc \" yy"]},
    "escaped pattern": {"type": "string", "pattern": "^[\"\\\\\\n]+$", "x-examples": ["\"", "\\\"\n"]},
    "date": {"type": "string", "format": "date", "x-examples": DATES},
    "uuid": {"type": "string", "format": "uuid", "x-examples": ["123e4567-e89b-12d3-a456-426614174000"]},
    "ipv4": {"type": "string", "format": "ipv4", "x-examples": ["0.0.0.0", "192.168.1.255"]},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "two types": {"type": ["string", "null"]},
    "three types": {"type": ["integer", "boolean", "array"]},
    "small integer": {"type": "integer", "minimum": -3, "maximum": 12},
    "large integer": {"type": "integer", "minimum": 999, "maximum": 100000},
    "exclusive integer": {"type": "integer", "exclusiveMinimum": -10, "exclusiveMaximum": -2},
    "fractional bounds": {"type": "integer", "minimum": -2.5, "maximum": 7.5},
    "minimum only": {"type": "integer", "minimum": 1234},
    "maximum only": {"type": "integer", "maximum": -56},
    "probability": {"type": "number", "minimum": 0, "maximum": 1},
    "temperature": {"type": "number", "minimum": -273.15, "exclusiveMaximum": 1000},
    "between": {"type": "number", "exclusiveMinimum": 1.25, "maximum": 1.5},
    "negative": {"type": "number", "maximum": -0.5},
    "enum": {"enum": ["a", "b\"c", 1, 2.5, None, True, {"k": [1, "x"]}, []]},
    "typed enum": {"type": "string", "enum": ["left", "right", 3]},
    "const": {"const": {"a": [1, 2, {"b": None}]}},
    "array of strings": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 4},
    "exact array": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}},
    "closed tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "long tuple": {"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "integer"}, "minItems": 3,
                   "maxItems": 5},
    "nested arrays": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    "optional": {"type": "object", "properties": {k: {"type": "integer"} for k in "abcde"}, "required": ["c"],
                 "additionalProperties": False},
    "all optional": {"type": "object", "properties": {k: {"type": "boolean"} for k in "xyz"},
                     "additionalProperties": False},
    "additional": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"],
                   "additionalProperties": {"type": "string"}},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    "required only": {"type": "object", "required": ["p", "q"]},
    "escaped names": {"type": "object", "properties": {"a\"b": {"type": "null"}, "c\\d": {"type": "null"},
                                                       "été": {"type": "null"}}, "additionalProperties": False},
    "anyOf": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "integer", "minimum": 5}]},
    "anyOf beside": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "anyOf": [
        {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        {"properties": {"c": {"type": "null"}}, "required": ["c"]}]},
    "oneOf types": {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "null"}}]},
    "allOf": {"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                        {"properties": {"b": {"type": "string"}}, "required": ["b"]}]},
    "allOf bounds": {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 9}, {"minimum": 5}]},
    "allOf with reference": {"$defs": {"base": {"type": "object", "properties": {"id": {"type": "integer"}},
                                                "required": ["id"]}},
                             "allOf": [{"$ref": "#/$defs/base"}],
                             "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "reference beside": {"$defs": {"short": {"type": "string", "maxLength": 5}}, "$ref": "#/$defs/short",
                         "minLength": 2},
    "pointer": {"type": "object", "properties": {"a": {"type": "integer", "maximum": 3},
                                                 "b": {"$ref": "#/properties/a"}},
                "required": ["a", "b"], "additionalProperties": False},
    "false property": {"type": "object", "properties": {"never": False, "a": True}, "additionalProperties": False},
}


class Generator:
    """Values that are valid by construction, properties in the order in which a schema names them."""

    def __init__(self, root, rng):
        self.root, self.rng = root, rng

    def resolve(self, reference):
        node = self.root
        for name in reference[2:].split("/") if len(reference) > 1 else []:
            node = node[name]
        return node

    def merge(self, schema):
        """The schema with references, allOf and one alternative of anyOf or oneOf merged in, as far as is needed here."""
        schema = dict(schema)
        parts = [self.resolve(schema.pop("$ref"))] if "$ref" in schema else []
        parts += schema.pop("allOf", [])
        chosen = [self.rng.choice(schema.pop(k)) for k in ("anyOf", "oneOf") if k in schema]
        result = {}
        for part in [*(self.merge(p) for p in parts), schema, *(self.merge(p) for p in chosen)]:
            for key, value in part.items():
                if key == "properties":
                    result.setdefault(key, {}).update(value)
                elif key == "required":
                    result[key] = result.get(key, []) + value
                elif key in ("minimum", "minLength") and key in result:
                    result[key] = max(value, result[key])
                else:
                    result.setdefault(key, value)
        return result

    def value(self, schema, depth=0):
        if schema is True:
            schema = {}
        for _ in range(200):
            merged = self.merge(schema)
            value = self.plain(merged, depth)
            if Draft202012Validator({**schema, "$defs": self.root.get("$defs", {})}).is_valid(value) \
                    if "#/properties" not in json.dumps(schema) and '"#"' not in json.dumps(schema) else True:
                return value
        raise ValueError(schema)

    def plain(self, schema, depth):
        rng = self.rng
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice([v for v in schema["enum"] if schema.get("type") != "string" or isinstance(v, str)])
        if "x-examples" in schema:
            return rng.choice(schema["x-examples"])
        kinds = schema.get("type", ["object", "array", "string", "number", "integer", "boolean", "null"])
        kind = kinds if isinstance(kinds, str) else rng.choice(kinds)
        if depth > 3 and kind in ("object", "array") and not isinstance(kinds, str):
            kind = "null" if "null" in kinds else kind
        return getattr(self, kind)(schema, depth)

    def null(self, schema, depth):
        return None

    def boolean(self, schema, depth):
        return self.rng.random() < 0.5

    def ends(self, schema):
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        if low is None:
            low = -1000 if high is None else high - 1000
        return low, high if high is not None else low + 2000

    def integer(self, schema, depth):
        low, high = self.ends(schema)
        while True:
            value = self.rng.randint(int(low) - 1, int(high) + 1)
            if Draft202012Validator({k: v for k, v in schema.items() if "imum" in k.lower()}).is_valid(value):
                return value

    def number(self, schema, depth):
        if self.rng.random() < 0.3 and "imum" not in str(schema).lower():
            return self.rng.choice([0, 1e10, -2.5e-7, 1e-5, 123456789])
        low, high = self.ends(schema)
        while True:
            value = round(self.rng.uniform(low, high), self.rng.choice([0, 1, 2, 6]))
            value = int(value) if value == int(value) and self.rng.random() < 0.5 else value
            small = value != 0 and abs(value) < 1e-4
            if not small and str(value) != "-0.0" and Draft202012Validator(
                    {k: v for k, v in schema.items() if "imum" in k.lower()}).is_valid(value):
                return value

    def string(self, schema, depth):
        low = schema.get("minLength", 0)
        count = self.rng.randint(low, schema.get("maxLength", low + 12))
        letters = string.ascii_letters + string.digits + " _-/\"\\\n\tßé中🙂\u0001"
        return "".join(self.rng.choice(letters) for _ in range(count))

    def array(self, schema, depth):
        prefix = schema.get("prefixItems", [])
        items = schema.get("items", True)
        low = schema.get("minItems", 0)
        most = schema.get("maxItems", low + (3 if depth < 3 else 0))
        if items is False:
            most = min(most, len(prefix))
        count = self.rng.randint(low, max(most, low))
        return [self.value(prefix[i] if i < len(prefix) else items, depth + 1) for i in range(count)]

    def object(self, schema, depth):
        result = {}
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        for name in list(properties) + [name for name in required if name not in properties]:
            inner = properties.get(name, True)
            if inner is not False and (name in required or self.rng.random() < 0.5):
                result[name] = self.value(inner, depth + 1)
        others = schema.get("additionalProperties", not properties)
        if others is not False and depth < 3:
            for _ in range(self.rng.randint(0, 2)):
                name = "".join(self.rng.choice("abcxyzé_0") for _ in range(self.rng.randint(1, 6)))
                if name not in result and name not in properties:
                    result[name] = self.value(others, depth + 1)
        return result


def changed(value, rng):
    """A copy with one change somewhere."""
    value = copy.deepcopy(value)
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(list(value))
        pick = rng.random()
        if pick < 0.2:
            del value[name]
        elif pick < 0.3:
            value["extra"] = 1
        else:
            value[name] = changed(value[name], rng)
        return value
    if isinstance(value, list) and value and rng.random() < 0.8:
        place = rng.randrange(len(value))
        pick = rng.random()
        if pick < 0.2:
            del value[place]
        elif pick < 0.4:
            value.append(value[place])
        else:
            value[place] = changed(value[place], rng)
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and rng.random() < 0.7:
        return rng.choice([value + 1, value - 1, value * 10, -value, value + 0.5, round(value / 3, 3)])
    if isinstance(value, str) and rng.random() < 0.7:
        return rng.choice([value + "x", value[:-1], value[1:], value * 3, value.upper(), value.replace("-", "")])
    return rng.choice([None, True, 0, 7, -1, 1.5, "", "text", [], [1], {}, {"k": 1}])


def text(value, rng):
    style = rng.choice([{"separators": (",", ":")}, {}, {"indent": 2}, {"indent": "\t"}])
    return json.dumps(value, ensure_ascii=False, **style)


def schemas():
    cases = []
    for name, schema in SCHEMAS.items():
        rng = random.Random(name)
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        generator = Generator(schema, rng)
        texts = {}
        for _ in range(14):
            value = generator.value(schema)
            assert validator.is_valid(value), (name, value)
            texts[text(value, rng)] = {"canonical": True, "valid": True}
            for _ in range(2):
                other = changed(value, rng)
                texts.setdefault(text(other, rng), {"canonical": False, "valid": validator.is_valid(other)})
        cases.append({"name": name, "schema": schema, "texts": [{"text": t, **flags} for t, flags in texts.items()]})
    return cases


def expression(rng, depth):
    pick = rng.random()
    if depth == 0 or pick < 0.35:
        return rng.choice(["a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "\\w", "\\d", "ab", "é"])
    if pick < 0.55:
        return expression(rng, depth - 1) + expression(rng, depth - 1)
    if pick < 0.7:
        return "(?:" + expression(rng, depth - 1) + "|" + expression(rng, depth - 1) + ")"
    inner = "(" + expression(rng, depth - 1) + ")"
    return inner + rng.choice(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"])


def patterns():
    rng = random.Random(4)
    alphabet = "abcé1"
    strings = ["".join(s) for n in range(5) for s in itertools.product(alphabet, repeat=n)]
    cases, seen = [], set()
    while len(cases) < 300:
        pattern = expression(rng, 4)
        if pattern in seen or len(pattern) > 60:
            continue
        seen.add(pattern)
        compiled = re.compile(pattern, re.ASCII)
        sample = rng.sample(strings, 60) + ["", "a", "b", "ab", "é"]
        cases.append({"pattern": pattern, "matching": sorted({s for s in sample if compiled.fullmatch(s)}),
                      "others": sorted({s for s in sample if not compiled.fullmatch(s)})})
    return cases


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    about = {"jsonschema": version("jsonschema")}
    for name, cases in (("schemas", schemas()), ("patterns", patterns())):
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
        (OUT / f"{name}.json").write_text(f'{{"made_with": {json.dumps(about)}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
