#!/bin/sh
# Packs as programs find them: beside the plan, on the pack path, of the right
# version; pinned by gate.lock; believed where a host lists them.
. "$(dirname "$0")/tap.sh"
unset GATE_PACKS
cd "$plans" || exit 1
cat >plan.gate <<'END'
edition 1
plan demo "A demonstration"
use desk 1.1
use people from "shared/people.gate"

phase look "Look at the ticket" {
  check still_open "The ticket is open" {
    require desk.ticket(12).status == "open"
  }
  check noon "It is afternoon" {
    require people.afternoon
  }
}
END
mkdir shared
cat >shared/people.gate <<'END'
edition 1
use hours from "hours.gate"
let afternoon = hours.noon < 13
END
printf 'edition 1\nlet noon = 12\n' >shared/hours.gate
code() { json "[.diagnostics[].code] == [$1]"; }
check() { "$gatec" check --format json "${1:-plan.gate}"; }

# --- finding ------------------------------------------------------------------------
exits 1 "no pack anywhere" check
ok "is one report" code '"G1006"'
exits 1 "in words" "$gatec" check plan.gate
ok "with the two places" said 'packs beside the plan, or name its folder in GATE_PACKS'
mkdir packs
desk 1.1 >packs/desk.gate
exits 0 "packs/desk.gate" "$gatec" check plan.gate
mkdir packs/desk
mv packs/desk.gate packs/desk
exits 0 "packs/desk/desk.gate" "$gatec" check plan.gate
exits 0 "from another folder" sh -c 'cd / && "$gatec" check "$plans/plan.gate"'
mv packs far
exits 1 "a folder that nobody names" check
exits 0 "named in GATE_PACKS" env GATE_PACKS="$tmp/none:$plans/far" "$gatec" check plan.gate
exits 1 "built without it" "$gatec" build plan.gate
ok "for the pack" said G1006
GATE_PACKS=$plans/far "$gatec" build plan.gate >"$out" 2>"$err"
ok "built with it: the pack is found" not said G1006
exits 1 "run without it" "$gate" run plan.gate
ok "is refused for the pack" said G1006
GATE_PACKS=$plans/far "$gate" run plan.gate >"$out" 2>"$err"
ok "run with it: the pack is found" not said G1006
mv far packs
for v in 1.0 2.0 0.9; do
    desk $v >packs/desk/desk.gate
    exits 1 "version $v for 1.1" check
    ok "is one report" code '"G1006"'
done
desk 1.10 >packs/desk/desk.gate
exits 0 "version 1.10 for 1.1" "$gatec" check plan.gate

# --- the lock -------------------------------------------------------------------------
hash() { sha256sum "$1" | cut -d' ' -f1; }
exits 0 "the lock is written" "$gatec" lock plan.gate
ok "nothing is printed" [ ! -s "$out" ]
ok "what it pins is said in a line" [ "$(cat "$err")" = "gate.lock pins file shared/hours.gate, file shared/people.gate, pack desk 1.10" ]
cat >"$tmp/want" <<END
gate.lock 1
file shared/hours.gate sha256:$(hash shared/hours.gate)
file shared/people.gate sha256:$(hash shared/people.gate)
pack desk 1.10 sha256:$(hash packs/desk/desk.gate)
END
ok "sorted, also what others use" cmp -s gate.lock "$tmp/want"
exits 0 "what it pins" "$gatec" check plan.gate
"$gatec" build plan.gate >"$out" 2>"$err"
ok "is built, as far as the lock goes" not said G1008
cp gate.lock "$tmp/lock"
exits 0 "the same again" "$gatec" lock plan.gate
ok "to the byte" cmp -s gate.lock "$tmp/lock"

desk 1.11 >packs/desk/desk.gate
exits 1 "another version" check
ok "is one report" code '"G1008"'
exits 1 "is not built" "$gatec" build plan.gate
exits 1 "and not run" "$gate" run plan.gate
ok "for that" said 'version 1.11 now, and gate.lock pins 1.10'
desk 1.10 >packs/desk/desk.gate
echo '# a comment' >>packs/desk/desk.gate
exits 1 "other bytes of the same version" check
ok "is one report" code '"G1008"'
desk 1.10 >packs/desk/desk.gate
printf 'edition 1\nlet noon = 11\n' >shared/hours.gate
exits 1 "a file that a file uses" check
ok "is one report, where it is used" json '[.diagnostics[] | [.code, (.file | sub(".*/"; "")), .line]] == [["G1008", "people.gate", 2]]'
printf 'edition 1\nlet noon = 12\n' >shared/hours.gate
exits 0 "all as it was" "$gatec" check plan.gate
sed '/^pack/d' "$tmp/lock" >gate.lock
exits 1 "a pack that is not in it" check
ok "is one report" code '"G1008"'

# --- a damaged lock ----------------------------------------------------------------------
damage() { # LINE NAME: the lock is damaged there, and only that is said
    exits 1 "$2" check
    ok "$2: is one report, and names the line" json "[.diagnostics[] | [.code, (.file | sub(\".*/\"; \"\")), .line]] == [[\"G1008\", \"gate.lock\", $1]]"
}
: >gate.lock
damage 1 "an empty lock"
sed '1s/1/2/' "$tmp/lock" >gate.lock
damage 1 "a lock of a later gate"
sed '2s/sha256:./sha256:x/' "$tmp/lock" >gate.lock
damage 2 "a letter that is no digit"
sed '3s/.$//' "$tmp/lock" >gate.lock
damage 3 "a digit too few"
sed '4s/ 1.10 / /' "$tmp/lock" >gate.lock
damage 4 "a pack without version"
sed '3s/^/<<<<<<< /' "$tmp/lock" >gate.lock
damage 3 "a merge that nobody finished"
{ cat "$tmp/lock" && sed -n 4p "$tmp/lock"; } >gate.lock
damage 5 "a pack twice"
cp "$tmp/lock" gate.lock

# --- writing it ---------------------------------------------------------------------------
exits 2 "a lock of nothing" "$gatec" lock
exits 2 "of standard input" "$gatec" lock -
exits 2 "an option" "$gatec" lock --all plan.gate
exits 5 "of no file" "$gatec" lock none.gate
sed 's/use desk 1.1/use desk 3.0/' plan.gate >wrong.gate
desk 1.12 >packs/desk/desk.gate
exits 1 "with a plan that is wrong" "$gatec" lock plan.gate wrong.gate
ok "nothing is written" cmp -s gate.lock "$tmp/lock"
printf 'edition 1\nplan other "Another"\nuse hours from "shared/hours.gate"\nphase a "A" { check c "It is noon" { require hours.noon == 12 } }\n' >other.gate
mkdir deep
printf 'edition 1\nlet x = 1\n' >deep/alone.gate
exits 0 "several plans" "$gatec" lock other.gate plan.gate deep/alone.gate
ok "say so, lock by lock" [ "$(grep -c 'gate.lock pins' "$err")" -eq 2 ]
ok "also that nothing is pinned" said '^deep/gate.lock pins nothing: no pack and no file is used$'
ok "share the lock of their folder" [ "$(grep -c . gate.lock)" -eq 4 ]
ok "and other folders have their own" [ "$(cat deep/gate.lock)" = "gate.lock 1" ]
exits 0 "the one" "$gatec" check plan.gate
exits 0 "and the other" "$gatec" check other.gate

i=0
{
    echo 'edition 1'
    while [ $i -lt 9 ]; do
        printf 'edition 1\nlet x%s = 1\n' $i >"deep/x$i.gate"
        echo "use lib$i from \"x$i.gate\""
        i=$((i + 1))
    done
} >deep/many.gate
exits 0 "a lock of many" "$gatec" lock deep/many.gate
ok "names some of them" said '^deep/gate.lock pins file x0.gate, .*, file x7.gate and 1 more$'

# --- a circle ------------------------------------------------------------------------------
mkdir ring ring/packs
printf 'edition 1\nuse two 1.0\nconnector one "One" { version 1.0 }\n' >ring/packs/one.gate
printf 'edition 1\nuse one 1.0\nconnector two "Two" { version 1.0 }\n' >ring/packs/two.gate
printf 'edition 1\nplan ring "Ring"\nuse one 1.0\nphase a "A" { check c "It is so" { require one.x().y == 1 } }\n' >ring/plan.gate
exits 1 "packs that use each other" "$gatec" check ring/plan.gate
ok "the circle is printed" said 'the circle: one, two, one'
exits 1 "cannot be locked" "$gatec" lock ring/plan.gate
ok "and are not" [ ! -f ring/gate.lock ]

# --- whose word counts ------------------------------------------------------------------------
mkdir host
cp -r packs host
cat >host/host.gate <<'END'
edition 1
use desk 1.0
person ann "Ann" { os "ann" }
person bob "Bob" { os "bob" }
role owner is ann, bob
END
cat >change.gate <<'END'
edition 1
plan change "A change"
use desk 1.0
role owner "Decides"

phase write "Write a note" {
  gate L1 by owner
  action note "Write it" {
    run desk.note { id = 12 }
    undo none because "A note stays where it is"
    timeout 1m
  }
}
END
rm gate.lock
exits 1 "nobody lists the pack" check change.gate
ok "it counts as destroying" code '"G4009"'
exits 1 "a host that uses it and pins nothing" "$gatec" check --policy host/host.gate --format json change.gate
ok "does not list it" code '"G4009"'
exits 0 "its lock" "$gatec" lock host/host.gate
exits 0 "lists it" "$gatec" check --policy host/host.gate change.gate
ok "not one report" [ ! -s "$err" ]
echo '# longer' >>packs/desk/desk.gate
exits 1 "other bytes than the host's" "$gatec" check --policy host/host.gate --format json change.gate
ok "are not listed" code '"G4009"'
cp host/packs/desk/desk.gate packs/desk/desk.gate
sed "/^person/d; /^role/d" host/host.gate >host/tenant.gate
printf 'edition 1\nperson ann "Ann" { os "ann" }\nperson bob "Bob" { os "bob" }\nrole owner is ann, bob\n' >host/host.gate
exits 1 "a tenant that lists what its host does not" "$gatec" check --policy host/host.gate --policy host/tenant.gate --format json change.gate
ok "is not believed" json '[.diagnostics[].code] | index("G4009") != null'
# A listed pack is believed, and what it says of its own way back counts as well.
mkdir cloud cloud/packs
cat >cloud/packs/cloud.gate <<'END'
edition 1
connector cloud "Rented machines" {
  version 1.0
  hosts "cloud.example.org"
  base "https://cloud.example.org"
  tool rent "Rent a machine" {
    takes id: text
    post "/machines"
    changes
    repeatable
    undo by drop { id = id } compensates
  }
  tool drop "Give a machine back, with all that is on it" {
    takes id: text
    delete "/machines/{id}"
    destroys
    repeatable
  }
}
END
sed 's/desk/cloud/' host/host.gate >cloud/host.gate
sed -i '1a use cloud 1.0' cloud/host.gate
cat >cloud/plan.gate <<'END'
edition 1
plan grow "One machine more"
use cloud 1.0
role owner "Decides"

phase rent "Rent a machine" {
  gate L1 by owner
  action rent { run cloud.rent { id = "m1" } timeout 1m }
  on failure undo
}
END
exits 0 "a host that lists the pack" "$gatec" lock cloud/host.gate
exits 1 "a way back of the pack that destroys, and nobody is asked" "$gatec" check --policy cloud/host.gate --format json cloud/plan.gate
ok "is one report" code '"G4009"'
"$gatec" check --policy cloud/host.gate cloud/plan.gate 2>"$err"
ok "and names it" said 'its own way back, `cloud.drop`, destroys'
sed -i 's/gate L1 by owner/gate L2 "Rent it?" by owner within 1d otherwise stop/' cloud/plan.gate
exits 0 "somebody is asked" "$gatec" check --policy cloud/host.gate cloud/plan.gate
ok "not one report" [ ! -s "$err" ]
sed -i 's/ compensates/ exact/' cloud/packs/cloud.gate
exits 0 "locked anew" "$gatec" lock cloud/host.gate
sed -i '/gate L2/d; /on failure/d; /^role/d' cloud/plan.gate
exits 0 "an exact way back puts things as they were: nobody is asked" "$gatec" check --policy cloud/host.gate cloud/plan.gate
echo "1..$n"
