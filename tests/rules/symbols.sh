#!/bin/sh
# Engine and core import no clock, file, socket, process or random function:
# everything that they take from outside stands in the list below, and nothing
# else may. Prints TAP.
set -u
B=${B:-build}
allowed='^(mem|str|arena|buf|hash|os_format_instant|os_parse_instant|os_uuid4|os_days_from_civil|os_civil_from_days|os_date_valid|rec|val|num|prog|builtin|operator|json|text|vm|effect_word|eng|policy|grant)(_|$)|^(os_(format|parse)_instant|os_uuid4|os_days_from_civil|os_civil_from_days|os_date_valid|effect_word|text_to_value|json_to_value)$|^(memcpy|memset|memcmp|memmove|memchr|strlen|strcmp|strncmp|strchr|strrchr|strncpy|strncat|__divmodti4|snprintf|vsnprintf|qsort|bsearch|__stack_chk_fail|__assert_fail|__snprintf_chk|__vsnprintf_chk|__mem(cpy|set|move)_chk|_GLOBAL_OFFSET_TABLE_)$|^__(asan|ubsan|sanitizer)|^(utf8proc_)'
n=0
for room in engine core; do
    n=$((n + 1))
    lib=$B/lib/$room.a
    nm -u "$lib" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u >"$B/$room.imports"
    # What the room defines itself is not an import.
    nm --defined-only "$lib" | awk 'NF == 3 { print $3 }' | sort -u >"$B/$room.own"
    bad=$(comm -23 "$B/$room.imports" "$B/$room.own" | grep -Ev "$allowed")
    if [ -z "$bad" ] && [ -s "$B/$room.own" ]; then
        echo "ok $n - $room imports no clock, file, socket or random function"
    else
        echo "not ok $n - $room imports what it must not"
        echo "$bad" | sed 's/^/# /'
    fi
done
