#!/usr/bin/env bash
# Plays recorded sessions of the guide's server against samples/guide and compares the replies.
#
#   tests/Peers/oracle.sh SESSIONS_DIR REFERENCE.json
#
# Player, comparer, DNS zone and database come from POLICYMTA_ORACLE, else from ../shared/oracle beside the project. The reference's own label tells which
# variant of the guide's server it was recorded from; sessions that say `needs: limits` are played with the small limits they need.
# ORACLE_FORM=external plays them against the second form, samples/guide/external, with the programs it names.
# Left out: L11 (a fault of Postfix); for references recorded with Postfix 3.7 those sessions whose codes differ from 3.10's. ORACLE_OUT=FILE.json keeps the replies, ORACLE_ONLY=GLOB plays some.
# Everything happens in two network namespaces of its own, the same addresses as the recorded server's; it takes root, iproute2, bind9, sqlite3 and python3.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
project=$(cd "$(dirname "$0")/../.." && pwd)
oracle=$(cd "${POLICYMTA_ORACLE:-$project/../shared/oracle}" && pwd)
sessions=$(cd "$1" && pwd)
reference=$(realpath "$2")
form=${ORACLE_FORM:-internal}
. "$project/tests/Peers/guide-server.sh"

play() { # VARIANT NEEDS
  configure "$1"
  serve
  ip netns exec "$outside" python3 "$oracle/play.py" --out "$work/ours.json" --merge --sessions "$work/sessions" --needs "$2" --only "${ORACLE_ONLY:-*}"
  if [ "$2" = base ] && [ -n "$delivered" ]; then
    [ -z "${ORACLE_MAIL:-}" ] || cp -r "$work/vmail/mail" "$ORACLE_MAIL"
    python3 "$project/tests/Peers/delivered.py" "$work/vmail/mail" "$delivered" "$work/sessions" 30 >"$work/delivered.out" || true
  fi
  end_server
  [ -z "${ORACLE_LOG:-}" ] || cat "$work/guide/mail.log" >>"$ORACLE_LOG"
}

variant=$(python3 - "$reference" <<'END'
import json, sys
label = json.load(open(sys.argv[1]))["meta"]["label"]
print(label if label in ("softbounce", "aswritten", "bnreject", "limits") else "intended")
END
)
# The sessions to play: those of the folder, without what is left out.
mkdir "$work/sessions"
python3 - "$oracle" "$sessions" "$reference" "$work/sessions" <<'END'
import glob, json, os, shutil, sys
oracle, folder, reference, target = sys.argv[1:]
load = lambda name: json.load(open(name))
codes = lambda session: [step["code"] for step in session["steps"]]
recorded = load(reference)
old, new = (load(os.path.join(oracle, name))["sessions"] for name in ("postfix.json", "postfix-3.10.json"))
is_new = "3.10" in recorded["meta"]["label"]
for path in sorted(glob.glob(os.path.join(folder, "*.smtp"))):
    name = os.path.basename(path)[:-5]
    why = None
    if name.startswith("L11"): why = "a fault of Postfix"
    elif not is_new and name in old and name in new and codes(old[name]) != codes(new[name]): why = "Postfix 3.7 and 3.10 differ"
    elif name not in recorded["sessions"]: why = "not in the reference"
    if why: print("left out: %-34s %s" % (name, why))
    else: shutil.copy(path, target)
END
# What the recorded server delivered is known of two runs.
case $(basename "$reference") in
  postfix-3.10.json) delivered=$oracle/delivered-3.10.json ;;
  postfix.json) delivered=$oracle/delivered.json ;;
  *) delivered= ;;
esac
[ -d "$work/dovecot" ] && [ -z "${ORACLE_ONLY:-}" ] || delivered=
play "$variant" base
if grep -lq '^needs: *limits' "$work"/sessions/*.smtp 2>/dev/null; then play limits limits; fi
[ -z "${ORACLE_OUT:-}" ] || cp "$work/ours.json" "$ORACLE_OUT"
echo "variant $variant"
[ ! -e "$work/delivered.out" ] || cat "$work/delivered.out"
python3 "$oracle/compare.py" "$reference" "$work/ours.json" | grep -v ' missing in B$'
