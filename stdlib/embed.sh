#!/bin/sh
# Prints a C file that holds the given .gate files: stdlib_files[] = {path,
# bytes, length}, ended by a NULL path. Sorted input, so the same bytes out.
set -eu
echo '/* Made by stdlib/embed.sh; do not edit. */'
echo '#include "compiler/stdlib.h"'
n=0
for f in "$@"; do
    printf 'static const unsigned char f%d[] = {' "$n"
    od -An -v -tu1 "$f" | sed 's/^ *//; s/  */,/g; s/$/,/'
    echo '0};'
    n=$((n + 1))
done
echo 'const StdlibFile stdlib_files[] = {'
n=0
for f in "$@"; do
    printf '    {"%s", (const char *)f%d, sizeof f%d - 1},\n' "$f" "$n" "$n"
    n=$((n + 1))
done
echo '    {0, 0, 0},'
echo '};'
