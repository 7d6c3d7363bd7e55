#!/bin/sh
# generate.sh LINES gate|lua: the same content, a plan of about LINES lines or a
# Lua table. Groups of 55 lines say what plans usually say: phases with and
# without gates, actions, tasks, checks, what is read of one another, times,
# business days, evidence, failure, comments. No two groups have the same names.
# generate.sh LINES dense: a plan in which every ten lines are a phase, its gate and
# its action, with nothing between them: what costs most memory for its text.
set -eu
awk -v lines="$1" -v kind="$2" '
BEGIN {
    n = int((lines - 20) / 55 + 0.5)
    if (kind == "dense") dense(int(lines / 10))
    else if (kind == "gate") plan(n < 1 ? 1 : n)
    else lua(n < 1 ? 1 : n)
}
function dense(n,    i) {
    print "edition 1\nplan big \"A generated plan\"\nrole owner \"Owner\"\ninput host: text = \"web-01\""
    for (i = 1; i <= n; i++) {
        printf "phase step_%d \"Step number %d\" {\n", i, i
        printf i == 1 ? "  needs nothing\n" : "  needs step_%d\n", i - 1
        print "  gate L2 \"Shall we go on with {host}?\"\n    by owner\n    within 2d otherwise stop"
        printf "  action act \"Act on the host\" {\n    run shell.change { argv = [\"./act.sh\", host, \"%d\"] }\n", i
        print "    undo shell.change { argv = [\"./undo.sh\", host] } timeout 5m\n  }\n}"
    }
}
function plan(n,    i) {
    print "edition 1"
    print "## A plan that was generated, to measure with."
    print "plan big \"A generated plan\""
    print ""
    print "input host: text = \"web-01\""
    print "input fleet: list of text"
    print "let servers = count(fleet)"
    print ""
    print "role owner \"The person who decides\""
    print "role it_lead \"Runs the work\""
    print "role desk \"The service desk\""
    print ""
    print "calendar office {"
    print "  zone \"Europe/Bratislava\""
    print "  open Mon..Fri 08:00..17:00"
    print "}"
    print "calendar evenings {"
    print "  zone \"Europe/Bratislava\""
    print "  open Mon..Fri 18:00..22:00"
    print "}"
    for (i = 1; i <= n; i++) {
        printf "\n# Step %d: find out, change, switch over, tell.\n", i
        printf "phase find_%d \"Find out what there is, step %d\" {\n", i, i
        printf i == 1 ? "  needs nothing\n" : "  needs close_%d\n", i - 1
        print "  estimate 2..5 business days of office"
        print "  action facts \"Read the facts\" {"
        printf "    run shell.query { argv = [\"./facts.sh\", host, \"%d\"] }\n", i
        print "    timeout 10m"
        print "    retry 3 times every 1m"
        print "  }"
        print "  check found \"There is something to change\" {"
        print "    require facts.status == 0 and servers > 0"
        print "  }"
        print "}"
        printf "phase change_%d \"Change every server, step %d\" {\n", i, i
        printf "  needs find_%d\n", i
        printf "  require find_%d.facts.status == 0 \"The facts were read\"\n", i
        print "  limit 500 server"
        print "  gate L2 \"Change {servers} servers, beginning with {host}?\""
        print "    by all of owner, it_lead"
        print "    within 2 business days of office"
        printf "    show find_%d.facts\n", i
        print "    remind every 4h"
        print "    good for 5d"
        print "    assure session"
        print "    otherwise stop"
        print "  action patch \"Patch them\" {"
        print "    only during evenings"
        print "    each server in fleet at most 10 at once"
        printf "    run shell.change { argv = [\"./patch.sh\", server, \"%d\"] }\n", i
        printf "    undo shell.change { argv = [\"./unpatch.sh\", server, \"%d\"] }\n", i
        print "    timeout 30m"
        print "    stop after 2 failures"
        print "  }"
        print "  on failure undo then tell it_lead"
        print "}"
        printf "phase switch_%d \"Switch over, step %d\" {\n", i, i
        printf "  needs change_%d\n", i
        print "  controls \"cm-3\""
        print "  gate L3 \"Switch over to what was changed?\" by owner within 1d otherwise stop"
        print "  task move \"Point the balancer at the new pool\" by it_lead {"
        print "    steps \"Sign in, set the pool to {host}, and keep the name of the old one.\""
        print "    ask old_pool: text"
        print "    undo \"Set the pool back to the one that was noted\""
        print "  }"
        print "  check answers \"The new pool answers\" {"
        print "    require http.get(\"https://pool.example.org/ready\").status == 200"
        print "    hold for 15m"
        print "    within 4h"
        print "  }"
        print "}"
        printf "phase close_%d \"Tell of it, step %d\" {\n", i, i
        printf "  needs switch_%d\n", i
        printf "  tell desk \"Step %d is over. The old pool was {switch_%d.old_pool}.\"\n", i, i
        print "}"
    }
}
function lua(n,    i) {
    print "-- A plan that was generated, to measure with."
    print "local plan = { edition = 1, name = \"big\", title = \"A generated plan\" }"
    print ""
    print "plan.inputs = {"
    print "  host = { type = \"text\", default = \"web-01\" },"
    print "  fleet = { type = \"list of text\" },"
    print "}"
    print "plan.lets = { servers = { call = \"count\", \"fleet\" } }"
    print ""
    print "plan.roles = { owner = \"The person who decides\","
    print "  it_lead = \"Runs the work\","
    print "  desk = \"The service desk\" }"
    print "plan.calendars = { office = {"
    print "  zone = \"Europe/Bratislava\","
    print "  open = { \"Mon..Fri\", \"08:00..17:00\" }"
    print "}, evenings = {"
    print "  zone = \"Europe/Bratislava\","
    print "  open = { \"Mon..Fri\", \"18:00..22:00\" }"
    print "} }"
    print "plan.phases = {}"
    for (i = 1; i <= n; i++) {
        printf "\n-- Step %d: find out, change, switch over, tell.\n", i
        printf "plan.phases.find_%d = { title = \"Find out what there is, step %d\",\n", i, i
        printf i == 1 ? "  needs = {},\n" : "  needs = { \"close_%d\" },\n", i - 1
        print "  estimate = { 2, 5, unit = \"business days\", of = \"office\" },"
        print "  action = { name = \"facts\", title = \"Read the facts\","
        printf "    run = { tool = \"shell.query\", argv = { \"./facts.sh\", host, \"%d\" } },\n", i
        print "    timeout = \"10m\","
        print "    retry = { times = 3, every = \"1m\" }"
        print "  },"
        print "  check = { name = \"found\", title = \"There is something to change\","
        print "    require = { \"and\", { \"==\", { \"facts\", \"status\" }, 0 }, { \">\", \"servers\", 0 } }"
        print "  },"
        print "}"
        printf "plan.phases.change_%d = { title = \"Change every server, step %d\",\n", i, i
        printf "  needs = { \"find_%d\" },\n", i
        printf "  require = { { \"==\", { \"find_%d\", \"facts\", \"status\" }, 0 }, \"The facts were read\" },\n", i
        print "  limit = { 500, \"server\" },"
        print "  gate = { level = \"L2\", question = \"Change {servers} servers, beginning with {host}?\","
        print "    by = { all = true, \"owner\", \"it_lead\" },"
        print "    within = { 2, unit = \"business days\", of = \"office\" },"
        printf "    show = { \"find_%d\", \"facts\" },\n", i
        print "    remind = \"4h\","
        print "    good_for = \"5d\","
        print "    assure = \"session\","
        print "    otherwise = \"stop\" },"
        print "  action = { name = \"patch\", title = \"Patch them\","
        print "    only_during = \"evenings\","
        print "    each = { \"server\", \"fleet\", at_most = 10 },"
        printf "    run = { tool = \"shell.change\", argv = { \"./patch.sh\", server, \"%d\" } },\n", i
        printf "    undo = { tool = \"shell.change\", argv = { \"./unpatch.sh\", server, \"%d\" } },\n", i
        print "    timeout = \"30m\","
        print "    stop_after = 2"
        print "  },"
        print "  on_failure = { \"undo\", { tell = \"it_lead\" } }"
        print "}"
        printf "plan.phases.switch_%d = { title = \"Switch over, step %d\",\n", i, i
        printf "  needs = { \"change_%d\" },\n", i
        print "  controls = { \"cm-3\" },"
        print "  gate = { level = \"L3\", question = \"Switch over to what was changed?\", by = { \"owner\" }, within = \"1d\", otherwise = \"stop\" },"
        print "  task = { name = \"move\", title = \"Point the balancer at the new pool\", by = { \"it_lead\" },"
        print "    steps = \"Sign in, set the pool to {host}, and keep the name of the old one.\","
        print "    ask = { old_pool = \"text\" },"
        print "    undo = \"Set the pool back to the one that was noted\""
        print "  },"
        print "  check = { name = \"answers\", title = \"The new pool answers\","
        print "    require = { \"==\", { \"http.get\", \"https://pool.example.org/ready\", \"status\" }, 200 },"
        print "    hold = \"15m\","
        print "    within = \"4h\""
        print "  },"
        print "}"
        printf "plan.phases.close_%d = { title = \"Tell of it, step %d\",\n", i, i
        printf "  needs = { \"switch_%d\" },\n", i
        printf "  tell = { \"desk\", \"Step %d is over. The old pool was {switch_%d.old_pool}.\" }\n", i, i
        print "}"
    }
}'
