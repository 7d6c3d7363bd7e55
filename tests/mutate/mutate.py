"""Weakens one guard of a plan at a time. mutate.py PLAN DIR writes DIR/N.gate and
prints `N what` for each; what is not there in the plan is not tried. `mutate.py
kinds` prints all kinds there are, so that run.sh can say which was never tried."""
import re, sys

STATEMENT = r"(?=\n\s*(?:action|check|task|only|never|limit|controls|on failure|estimate|needs|when|require|tell|together|await|deadline|\}))"


def with_role(m, new, role):
    """Where the plan declares that role."""
    return new if f"role {role}" in m.string else None


# What is taken away.
GONE = [
    ("gate gone", r"^\s*gate L[0-9].*?" + STATEMENT),
    ("evidence gone", r"^\s*show [\w., ]+$"),
    ("question of a form gone", r"^\s*ask \w+: \w+$"),
    ("assurance gone", r"assure \w+"),
    ("not before gone", r"not before \S+"),
    ("way back gone, no word", r"^\s*undo (?!none|by)[\w.]+ \{[^}]*\}"),
    ("reason gone", r'^\s*undo none because "[^"]*"'),
    ("nobody told", r" then tell \w+"),
    ("window gone", r"^\s*(?:only|never) during \w+$"),
    ("closed day gone", r"^\s*closed .*$"),
    ("condition gone", r"^\s*when .*$"),
    ("requirement gone", r'^\s*require [^\n]*"$'),
    ("check gone", r"^\s*check \w+[^\n]*\{(?:[^{}]|\{[^{}]*\})*\}"),
    ("hold gone", r"hold for \d+m"),
    ("limit gone", r"^\s*limit .*$"),
    ("control gone", r"^\s*controls .*$"),
    ("waves gone", r" waves .*$"),
    ("pause gone", r" pause \w+"),
    ("lock gone", r"^\s*lock .*$"),
    ("policy gone", r"^policy .*?^\}"),
    ("range gone", r" in 1\.\.5"),
]

# What is put in its place: a pattern's replacement, or what makes it from the
# match (None: not here).
WEAKER = [
    ("level lowered", r"gate L2", "gate L1"),
    ("level lowered", r"gate L2", "gate L0"),
    ("level lowered", r"gate L1", "gate L0"),
    ("quorum: any of", r"by all of", "by any of"),
    ("quorum: one fewer", r"by (\d+) of", lambda m: f"by {int(m[1]) - 1} of" if int(m[1]) > 1 else None),
    ("quorum: a role fewer", r"(by all of [\w.]+(?:, [\w.]+)*), [\w.]+", lambda m: m[1] if "," in m[1] else m[1].replace("all of ", "")),
    ("approvers: a role more", r"(by any of [\w.]+(?:, [\w.]+)*)", lambda m: with_role(m, f"{m[1]}, extra_role", "extra_role")),
    ("silence asks others", r"otherwise stop", lambda m: with_role(m, "otherwise ask security", "security")),
    ("silence goes on", r"otherwise stop", "otherwise continue"),
    ("assurance lower", r"assure signed", "assure session"),
    ("good for longer", r"good for (\d+)d", lambda m: f"good for {int(m[1]) + 9}d"),
    ("way back gone", r"undo (?!none|by)[\w.]+ \{[^}]*\}", 'undo none because "It cannot be taken back any more"'),
    ("failure stops", r"on failure undo", "on failure stop"),
    ("failure goes on", r"on failure (?:undo|stop)", "on failure continue"),
    ("window earlier", r"open   ?Mon..Fri 18:00", "open Mon..Fri 08:00"),
    ("window longer", r"22:00", "23:30"),
    ("window: weekends", r"Mon\.\.Fri", "Mon..Sun"),
    ("freeze gone", r"open 2026-12-21 00:00..24:00", "open 2026-12-28 00:00..24:00"),
    ("needs nothing", r"needs (?!nothing)[\w, ]+", "needs nothing"),
    ("even if failed", r"needs (?!nothing)[\w, ]+$", r"\g<0> even if failed"),
    ("hold shorter", r"hold for (\d+)m", "hold for 1m"),
    ("limit higher", r"limit (\d+)", lambda m: f"limit {int(m[1]) * 2}"),
    ("first wave larger", r"waves 1,", "waves 5,"),
    ("pause shorter", r"pause 20m", "pause 1m"),
    ("more failures", r"stop after (\d+)", lambda m: f"stop after {int(m[1]) + 5}"),
    ("effect grown", r"run shell\.query", "run shell.change"),
    ("effect grown", r"run shell\.change", "run shell.destroy"),
    ("policy weaker", r"for every gate where gate.level >= L2 require gate.quorum >= 1", "for every gate where gate.level >= L2 require gate.quorum >= 0"),
    ("destroying tool", r'run file\.write (\{ path = "[^"]*"), text = "[^"]*" \}', r"run file.remove \1 }"),]


def mutants(text):
    """Each place that a pattern matches, once: what was done, where, the plan."""
    for what, pattern, replacement in [(*row, "") for row in GONE] + WEAKER:
        for m in re.finditer(pattern, text, re.M | re.S):
            new = m.expand(replacement) if isinstance(replacement, str) else replacement(m)
            if new is not None and new != m[0]:
                line = text.count("\n", 0, m.start()) + 1
                said = " ".join(m[0].split())[:50]
                yield f"{what} in line {line}: {said}", text[:m.start()] + new + text[m.end():]


if sys.argv[1] == "kinds":
    print("\n".join(sorted({row[0] for row in GONE + WEAKER})))
else:
    for n, (what, mutant) in enumerate(mutants(open(sys.argv[1]).read()), 1):
        open(f"{sys.argv[2]}/{n}.gate", "w").write(mutant)
        print(n, what)
