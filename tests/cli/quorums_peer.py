"""Who can be away: every set of people tried one by one, every choice of people
by augmenting paths. quorums_peer.py make SEED writes plan.gate and host.gate, of
60 gates, 40 people and 10 roles; compare K out.json reads what gatec says."""
import itertools, json, random, re, sys

PEOPLE = [f"person_{i:02d}" for i in range(40)]

def make(seed):
    r = random.Random(seed)
    roles = {f"role_{i}": sorted(r.sample(PEOPLE, r.randint(2, 7))) for i in range(10)}
    plan = ["edition 1", 'plan big "Many gates"'] + [f'role {n} "A role"' for n in roles]
    for i in range(60):
        names = r.sample(list(roles), r.randint(1, 5))
        how = r.choice(["all of", "any of", f"{r.randint(1, 4)} of"]) if len(names) > 1 else ""
        plan += [f'phase p{i} "Phase {i}" {{', "  needs nothing" if i == 0 else f"  needs p{i - 1}",
                 f'  gate L2 "Go on?" by {how} {", ".join(names)} within 1d otherwise stop',
                 '  action look { run shell.query { argv = ["date"] } }', "}"]
    open("plan.gate", "w").write("\n".join(plan) + "\n")
    host = ["edition 1", "setting initiator_may_approve = true"]
    host += [f'person {p} "{p}" {{ os "{p}" }}' for p in PEOPLE]
    host += [f"role {n} is {', '.join(m)}" for n, m in roles.items()]
    open("host.gate", "w").write("\n".join(host) + "\n")

def matching(sets):
    taken = {}
    def augment(i, seen):
        for p in sets[i]:
            if p not in seen:
                seen.add(p)
                if p not in taken or augment(taken[p], seen):
                    taken[p] = i
                    return True
        return False
    return all(augment(i, set()) for i in range(len(sets)))

def can(gate, roles, away):
    how, names = gate
    sets = [roles[n] - away for n in names]
    if how == "all of":
        return matching(sets)
    need = int(how.split()[0]) if how and how[0].isdigit() else 1
    return len(set().union(*sets)) >= need

def compare(k, out):
    plan, host = open("plan.gate").read(), open("host.gate").read()
    roles = {m[1]: set(m[2].split(", ")) for m in re.finditer(r"^role (\w+) is (.*)$", host, re.M)}
    gates = {m[1]: (m[2].strip(), tuple(m[3].split(", "))) for m in re.finditer(
        r'phase (\w+) .*?by (all of|any of|\d of|) ?([\w, ]+?) within', plan, re.S)}
    blocked = {g for g in gates if not can(gates[g], roles, set())}
    expected = {}
    for g, gate in gates.items():
        if g in blocked:
            continue
        people, found = sorted(set().union(*(roles[n] for n in gate[1]))), []
        for size in range(1, k + 1):
            for away in itertools.combinations(people, size):
                if not any(set(f) <= set(away) for f in found) and not can(gate, roles, set(away)):
                    found.append(away)
        for f in found:
            expected.setdefault(f, []).append(g)
    got = {}
    for d in json.load(open(out))["diagnostics"]:
        if d["code"] == "G4020":
            m = re.match(r"without (.*?), `(\w+)`", d["message"])
            got[tuple(sorted(re.split(", | and ", m[1])))] = m[2]
    if set(got) != set(expected):
        sys.exit(f"missing {set(expected) - set(got)}, too many {set(got) - set(expected)}")
    wrong = {f for f in got if got[f] != expected[f][0]}
    if wrong:
        sys.exit(f"other gates: {wrong}")
    print(len(got), "sets,", len(blocked), "gates that cannot be met")

if sys.argv[1] == "make":
    make(int(sys.argv[2]))
else:
    compare(int(sys.argv[2]), sys.argv[3])
