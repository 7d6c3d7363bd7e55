#!/bin/sh
# generate.sh LINES gate|lua: the same content, a plan of about LINES lines or
# a Lua table. Each phase is ten lines.
set -eu
awk -v lines="$1" -v kind="$2" '
BEGIN {
    n = int(lines / 10)
    if (kind == "gate") {
        print "edition 1\nplan big \"A generated plan\"\nrole owner \"Owner\"\ninput host: text = \"web-01\""
        for (i = 1; i <= n; i++) {
            printf "phase step_%d \"Step number %d\" {\n", i, i
            if (i == 1) print "  needs nothing"; else printf "  needs step_%d\n", i - 1
            print "  gate L2 \"Shall we go on with {host}?\""
            print "    by owner"
            print "    within 2d otherwise stop"
            printf "  action act \"Act on the host\" {\n    run shell.change { argv = [\"./act.sh\", host, \"%d\"] }\n", i
            print "    undo shell.change { argv = [\"./undo.sh\", host] } timeout 5m\n  }\n}"
        }
    } else {
        print "local plan = { edition = 1, name = \"big\", title = \"A generated plan\" }\nplan.roles = { owner = \"Owner\" }\nplan.inputs = { host = \"web-01\" }\nplan.phases = {}"
        for (i = 1; i <= n; i++) {
            printf "plan.phases[%d] = { name = \"step_%d\", title = \"Step number %d\",\n", i, i, i
            if (i == 1) print "  needs = {},"; else printf "  needs = { \"step_%d\" },\n", i - 1
            print "  gate = { level = \"L2\", question = \"Shall we go on with {host}?\","
            print "    by = { \"owner\" },"
            print "    within = \"2d\", otherwise = \"stop\" },"
            printf "  action = { name = \"act\", title = \"Act on the host\",\n    run = { tool = \"shell.change\", argv = { \"./act.sh\", host, \"%d\" } },\n", i
            print "    undo = { tool = \"shell.change\", argv = { \"./undo.sh\", host } }, timeout = \"5m\"\n  },\n}"
        }
    }
}'
