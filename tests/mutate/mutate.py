"""Weakens one guard of a plan at a time. mutate.py PLAN DIR writes DIR/N.gate
and prints `N what` for each; what is not there in the plan is not tried."""
import re, sys

text = open(sys.argv[1]).read()
out, n = sys.argv[2], 0

def write(what, mutant):
    global n
    if mutant == text:
        return
    n += 1
    open(f"{out}/{n}.gate", "w").write(mutant)
    print(n, what)

def each(what, pattern, replacement):
    """One mutant for each place that the pattern matches."""
    for m in re.finditer(pattern, text, re.M | re.S):
        new = m.expand(replacement) if isinstance(replacement, str) else replacement(m)
        if new is not None:
            line = text.count("\n", 0, m.start()) + 1
            write(f"{what} in line {line}: {' '.join(m[0].split())[:50]}", text[:m.start()] + new + text[m.end():])

STATEMENT = r"(?=\n\s*(?:action|check|task|only|never|limit|controls|on failure|estimate|needs|when|require|tell|together|await|deadline|\}))"
each("gate gone", r"^\s*gate L[0-9].*?" + STATEMENT, "")
each("level lowered", r"gate L2", "gate L1")
each("level lowered", r"gate L2", "gate L0")
each("level lowered", r"gate L1", "gate L0")
each("quorum: any of", r"by all of", "by any of")
each("quorum: one fewer", r"by (\d+) of", lambda m: f"by {int(m[1]) - 1} of" if int(m[1]) > 1 else None)
each("quorum: a role fewer", r"(by all of [\w.]+(?:, [\w.]+)*), [\w.]+", lambda m: m[1] if "," in m[1] else m[1].replace("all of ", ""))
each("approvers: a role more", r"(by any of [\w., ]*\w)", r"\1, extra_role" if "role extra_role" in text else r"\1")
each("silence asks others", r"otherwise stop", "otherwise ask security" if "role security" in text else "otherwise stop")
each("silence goes on", r"otherwise stop", "otherwise continue")
each("evidence gone", r"^\s*show [\w., ]+$", "")
each("question of a form gone", r"^\s*ask \w+: \w+$", "")
each("assurance gone", r"assure \w+", "")
each("assurance lower", r"assure signed", "assure session")
each("good for longer", r"good for (\d+)d", lambda m: f"good for {int(m[1]) + 9}d")
each("not before gone", r"not before \S+", "")
each("way back gone", r"undo (?!none|by)[\w.]+ \{[^}]*\}", 'undo none because "It cannot be taken back any more"')
each("way back gone, no word", r"^\s*undo (?!none|by)[\w.]+ \{[^}]*\}", "")
each("reason gone", r'^\s*undo none because "[^"]*"', "")
each("failure stops", r"on failure undo", "on failure stop")
each("failure goes on", r"on failure (?:undo|stop)", "on failure continue")
each("nobody told", r" then tell \w+", "")
each("window gone", r"^\s*(?:only|never) during \w+$", "")
each("window earlier", r"open   ?Mon..Fri 18:00", "open Mon..Fri 08:00")
each("window longer", r"22:00", "23:30")
each("window: weekends", r"Mon\.\.Fri", "Mon..Sun")
each("closed day gone", r"^\s*closed .*$", "")
each("freeze gone", r"open 2026-12-21 00:00..24:00", "open 2026-12-28 00:00..24:00")
each("needs nothing", r"needs (?!nothing)[\w, ]+", "needs nothing")
each("even if failed", r"needs (?!nothing)[\w, ]+$", r"\g<0> even if failed")
each("condition gone", r"^\s*when .*$", "")
each("requirement gone", r'^\s*require [^\n]*"$', "")
each("check gone", r"^\s*check \w+[^\n]*\{(?:[^{}]|\{[^{}]*\})*\}", "")
each("hold shorter", r"hold for (\d+)m", "hold for 1m")
each("hold gone", r"hold for \d+m", "")
each("limit higher", r"limit (\d+)", lambda m: f"limit {int(m[1]) * 2}")
each("limit gone", r"^\s*limit .*$", "")
each("control gone", r"^\s*controls .*$", "")
each("waves gone", r" waves .*$", "")
each("first wave larger", r"waves 1,", "waves 5,")
each("pause gone", r" pause \w+", "")
each("pause shorter", r"pause 20m", "pause 1m")
each("more failures", r"stop after (\d+)", lambda m: f"stop after {int(m[1]) + 5}")
each("lock gone", r"^\s*lock .*$", "")
each("effect grown", r"run shell\.query", "run shell.change")
each("effect grown", r"run shell\.change", "run shell.destroy")
each("policy gone", r"^policy .*?^\}", "")
each("policy weaker", r"for every gate where gate.level >= L2 require gate.quorum >= 1", "for every gate where gate.level >= L2 require gate.quorum >= 0")
each("range gone", r" in 1\.\.5", "")
each("destroying tool", r"run file\.write", "run file.remove")
