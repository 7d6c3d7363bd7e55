"""Gives every condition of verifier or interpreter a switch.

Writes a copy of C files of ours in which each check can be compiled out, one at a
time: check_off(N) is true while N is the one. The files themselves know nothing of
it. What counts as a check, and as what it is compiled out:

    if (E) ...              E is false: what it guards, mostly a refusal, is gone
    return E;               E is true: all is well; where no refusal can come from the
                            function, which then only tells something, false as well
    x = E;  bool x = E;     true and false
    f(v, E, ...)            true; in calls of what tells nobody, false as well

and within E each operand for itself: of `A || B`, where it matters that it is false,
A and B; of `A && B`, where it matters that it is true, A and B; behind a `!` the other
way round. Conditions of loops are none: they end the loop.

usage: checks.py OUT FILE...     writes OUT/NAME of each FILE and OUT/list: `N place: what`
"""

import os
import re
import sys

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|\#(?:\\\n|[^\n])*)
      |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      |(?P<word>[A-Za-z_]\w*|\d[\w.]*)
      |(?P<mark>\.\.\.|->|\+\+|--|<<=|>>=|<<|>>|[<>=!&|+*/%^-]=|&&|\|\||.)""",
    re.X | re.S,
)
CLOSE = {"(": ")", "[": "]", "{": "}"}
# They refuse, or stand for what they are given; a check is their second argument.
TELL = ("verify_that", "holds")
ALWAYS_FALSE = ("verify_bad", "vm_fail", "vm_missing", "malformed", "undecided", "bad_tags", "too_large")
REFUSE = ALWAYS_FALSE + TELL


class Source:
    """The tokens of one file; `to[i]` is the bracket that closes the one at i."""

    def __init__(self, path):
        self.path = path
        self.text = open(path).read()
        self.tokens, self.at = [], []
        for m in TOKEN.finditer(self.text):
            if m.lastgroup != "space":
                self.tokens.append(m.group())
                self.at.append((m.start(), m.end()))
        self.to, open_ones = {}, []
        for i, t in enumerate(self.tokens):
            if t in CLOSE:
                open_ones.append(i)
            elif t in CLOSE.values():
                self.to[open_ones.pop()] = i

    def split(self, first, end, *marks):
        """The ranges between marks that stand in no brackets."""
        parts, i, start = [], first, first
        while i < end:
            if self.tokens[i] in marks:
                parts.append((start, i))
                start = i + 1
            i = self.to.get(i, i) + 1
        return parts + [(start, end)]

    def line(self, i):
        return self.text.count("\n", 0, self.at[i][0]) + 1

    def words(self, first, end):
        return " ".join(self.text[self.at[first][0] : self.at[end - 1][1]].split())


class Function:
    def __init__(self, source, head, body):
        self.source = source
        self.head = source.tokens[head:body]
        self.first, self.end = body + 1, source.to[body]
        self.name = next(t for i, t in enumerate(self.head) if self.head[i + 1] == "(")
        self.is_bool = "bool" in self.head[: self.head.index(self.name)]
        self.calls = {
            t
            for i, t in enumerate(source.tokens[self.first : self.end])
            if source.tokens[self.first + i + 1] == "(" and re.match(r"[a-z_]\w*$", t)
        }


def functions(source):
    found, i, head = [], 0, 0
    while i < len(source.tokens):
        t = source.tokens[i]
        if t == "{" and source.tokens[i - 1] == ")":
            found.append(Function(source, head, i))
        if t == ";" or t == "{" and source.tokens[i - 1] == ")":
            head = source.to.get(i, i) + 1
        i = source.to.get(i, i) + 1
    return found


def refusing(all_functions):
    """Names of those from which a refusal can come; a name means the own file's."""
    names = set(REFUSE)
    more = True
    while more:
        more = False
        for f in all_functions:
            own = {g.name for g in all_functions if g.source is f.source}
            key = (f.source.path, f.name)
            seen = {n for n in f.calls if n in REFUSE or (f.source.path, n) in names
                    or n not in own and n in {k[1] for k in names if isinstance(k, tuple)}}
            if seen and key not in names:
                names.add(key)
                more = True
    return names


class Switches:
    """Collects them for one file: (first token, end, value), each once."""

    def __init__(self, source, names):
        self.source, self.names, self.found = source, names, []

    def add(self, first, end, want):
        s = (first, end, want)
        if self.source.words(first, end) not in ("true", "false") and s not in self.found:
            self.found.append(s)

    def refuses(self, name):
        return name in REFUSE or any(isinstance(k, tuple) and k[1] == name for k in self.names)

    def walk(self, first, end, want):
        s = self.source
        parts = s.split(first, end, "?")
        if len(parts) > 1:
            a, b = s.split(parts[1][0], end, ":")
            self.walk(*a, want)
            self.walk(*b, want)
            return
        for mark, dropped in (("||", False), ("&&", True)):
            parts = s.split(first, end, mark)
            if len(parts) == 1:
                continue
            if want != dropped:
                self.add(first, end, want)
            for p in parts:
                if want == dropped or self.compound(*p):
                    self.walk(*p, want)
            return
        if s.tokens[first] == "(" and s.to[first] == end - 1:
            self.walk(first + 1, end - 1, want)
        elif s.tokens[first] == "!" and not self.compares(first, end):
            self.walk(first + 1, end, not want)
        else:
            self.add(first, end, want)
            self.arguments(first, end)

    def compares(self, first, end):
        return any(len(self.source.split(first, end, m)) > 1 for m in ("==", "!=", "<", ">", "<=", ">="))

    def compound(self, first, end):
        return any(t in ("&&", "||", "!") or t in TELL for t in self.source.tokens[first:end])

    def truth(self, first, end):
        """Whether it is one, for what is assigned: by its outermost mark."""
        s = self.source
        if len(s.split(first, end, "?")) > 1:
            return False
        return (self.compares(first, end) or s.tokens[first] == "!"
                or any(len(s.split(first, end, m)) > 1 for m in ("&&", "||")))

    def arguments(self, first, end):
        s = self.source
        for i in range(first, end - 1):
            name = s.tokens[i]
            if s.tokens[i + 1] != "(" or not re.match(r"[a-z_]\w*$", name):
                continue
            for n, a in enumerate(s.split(i + 2, s.to[i + 1], ",")):
                if n == 1 and name in TELL:
                    if self.compound(*a):
                        self.walk(*a, True)
                elif a[0] < a[1] and any(len(s.split(*a, m)) > 1 for m in ("&&", "||")):
                    self.walk(*a, True)
                    self.walk(*a, False)

    def function(self, f):
        s, i = self.source, f.first
        tells = (s.path, f.name) in self.names
        while i < f.end:
            t = s.tokens[i]
            if t == "if":
                self.walk(i + 2, s.to[i + 1], False)
                i = s.to[i + 1]
            elif t in ("for", "while"):
                i = s.to[i + 1]
            elif t == "return":
                end = s.split(i + 1, f.end, ";")[0][1]
                if f.is_bool and s.tokens[i + 1] not in ALWAYS_FALSE:
                    self.walk(i + 1, end, True)
                    if not tells:
                        self.walk(i + 1, end, False)
                i = end
            elif t == "=":
                end = min(s.split(i + 1, f.end, ";", ",", "}")[0][1], f.end)
                if self.truth(i + 1, end):
                    self.walk(i + 1, end, True)
                    self.walk(i + 1, end, False)
                i += 1
                continue
            elif t != "switch" and re.match(r"[a-z_]\w*$", t) and s.tokens[i + 1] == "(" \
                    and s.tokens[i - 1] in (";", "{", "}", ")"):
                end = s.split(i, f.end, ";")[0][1]
                if t != "assert":
                    self.arguments(i, end)
                i = end
            i += 1


def written(source, switches, number, out):
    """The copy. Switches nest: the wider one stands outside."""
    before, behind = {}, {}
    for n, (first, end, want) in enumerate(switches, number):
        before.setdefault(source.at[first][0], []).append((end, n, want))
        behind.setdefault(source.at[end - 1][1], []).append(first)
    parts, last = ['#include "tests/checks/off.h"\n#line 1 "%s"\n' % source.path], 0
    for at in sorted(set(before) | set(behind)):
        parts.append(source.text[last:at])
        parts += [")))"] * len(behind.get(at, []))
        for _, n, want in sorted(before.get(at, []), key=lambda x: -x[0]):
            parts.append("(check_off(%d) ? %s : ((" % (n, "true" if want else "false"))
        last = at
    parts.append(source.text[last:])
    with open(os.path.join(out, os.path.basename(source.path)), "w") as f:
        f.write("".join(parts))


def main(out, paths):
    os.makedirs(out, exist_ok=True)
    sources = [Source(p) for p in paths]
    all_functions = [f for s in sources for f in functions(s)]
    names = refusing(all_functions)
    number = 1
    with open(os.path.join(out, "list"), "w") as rows:
        for s in sources:
            x = Switches(s, names)
            for f in all_functions:
                if f.source is s:
                    x.function(f)
            x.found.sort(key=lambda r: (r[0], -r[1], r[2]))
            written(s, x.found, number, out)
            for first, end, want in x.found:
                rows.write("%d %s:%d: `%s` is %s\n" % (number, s.path, s.line(first),
                           s.words(first, end), "true" if want else "false"))
                number += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
