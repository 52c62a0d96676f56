#!/usr/bin/env bash
# Fuzzes the parsers with coverage feedback: run.sh TARGET|all EXECUTIONS [SEED]
# Findings are written to artifacts/fuzz/TARGET; a line per target is printed (docs/fuzzing.md says what it means).
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
target=${1:?TARGET}
executions=${2:?EXECUTIONS}
seed=${3:-1}

build=$root/artifacts/fuzz/build
rm -rf "$build"
dotnet build PolicyMTA.Fuzz.csproj -c Release -warnaserror -v quiet -o "$build/plain" >&2
cp -r "$build/plain" "$build/instrumented"
for assembly in Smtp Receiving Filters.Spf Filters.Dkim Filters.Dmarc; do
    dotnet "$build/plain/PolicyMTA.Fuzz.dll" instrument "$build/instrumented/PolicyMTA.$assembly.dll"
done

targets=$target
if [ "$target" = all ]; then targets=$(dotnet "$build/plain/PolicyMTA.Fuzz.dll" targets); fi
status=0
for one in $targets; do
    dotnet "$build/instrumented/PolicyMTA.Fuzz.dll" run "$one" "$executions" corpus "$root/artifacts/fuzz" "$seed" || status=1
done
exit $status
