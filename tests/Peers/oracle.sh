#!/usr/bin/env bash
# Plays recorded sessions of the guide's server against samples/guide and compares the replies.
#
#   tests/Peers/oracle.sh SESSIONS_DIR REFERENCE.json
#
# Player, comparer, DNS zone and database come from POLICYMTA_ORACLE, else from ../shared/oracle beside the project. The reference's own label tells which
# variant of the guide's server it was recorded from; sessions that say `needs: limits` are played with the small limits they need.
# Left out: L11 (a fault of Postfix); for references recorded with Postfix 3.7 those sessions whose codes differ from 3.10's. ORACLE_OUT=FILE.json keeps the replies, ORACLE_ONLY=GLOB plays some.
# Everything happens in two network namespaces of its own, the same addresses as the recorded server's; it takes root, iproute2, bind9, sqlite3 and python3.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
project=$(cd "$(dirname "$0")/../.." && pwd)
oracle=$(cd "${POLICYMTA_ORACLE:-$project/../shared/oracle}" && pwd)
sessions=$(cd "$1" && pwd)
reference=$(realpath "$2")
for command in ip named sqlite3 python3 openssl; do
  PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || { echo "oracle.sh needs $command (see .ci/peers)" >&2; exit 3; }
done
export PATH=$PATH:/usr/sbin
server=${POLICYMTA_BIN:-$project/src/PolicyMTA/bin/Debug/net10.0/policymta}
[ -x "$server" ] || dotnet build "$project/PolicyMTA.sln" >&2

work=$(mktemp -d /tmp/policymta-oracle.XXXXXX)
chmod 755 "$work" # named and dovecot give up root
tag=${work##*.}
inside=pmta-$tag outside=world-$tag
children=()
cleanup() {
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
  ip netns del "$inside" 2>/dev/null || true
  ip netns del "$outside" 2>/dev/null || true
  rm -rf "/etc/netns/$inside" "/etc/netns/$outside" "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# The network: the server in one namespace, all its clients in the other.
mkdir -p "/etc/netns/$inside" "/etc/netns/$outside"
echo 'nameserver 127.0.0.1' >"/etc/netns/$inside/resolv.conf"
printf '127.0.0.1 localhost\n192.0.2.25 example.test\n' >"/etc/netns/$inside/hosts"
ip netns add "$inside"
ip netns add "$outside"
ip link add oi0 netns "$inside" type veth peer name oo0 netns "$outside"
for side in "$inside lo" "$inside oi0" "$outside lo" "$outside oo0"; do
  read -r space link <<<"$side"
  ip -n "$space" link set "$link" up
done
ip -n "$inside" addr add 192.0.2.25/24 dev oi0
for host in 192.0.2.{10,11,12,13} 198.51.100.{7,20,21,22,23,24,25} 203.0.113.{66,99,5}; do ip -n "$outside" addr add "$host/24" dev oo0; done
for net in 198.51.100.0/24 203.0.113.0/24; do ip -n "$inside" route add "$net" dev oi0; done

# DNS, with the zone of the recorded server.
cp "$oracle/etc/bind/root.zone" "$work/root.zone"
cat >"$work/named.conf" <<END
options {
  directory "$work"; pid-file "$work/named.pid"; session-keyfile "$work/session.key"; managed-keys-directory "$work"; lock-file none;
  listen-on port 53 { 127.0.0.1; }; listen-on-v6 { none; };
  recursion yes; allow-query { any; }; allow-recursion { any; }; dnssec-validation no; empty-zones-enable no; minimal-responses yes; querylog no;
};
controls { };
zone "." { type primary; file "$work/root.zone"; };
zone "servfail.test" { type primary; file "$work/there-is-no-such.zone"; };
END
ip netns exec "$inside" named -f -c "$work/named.conf" -n 1 >"$work/named.log" 2>&1 &
children+=($!)

# The database as PostfixAdmin made it, and a certificate.
mkdir -p "$work/vmail/database" "$work/vmail/mail" "$work/tls" "$work/private"
sqlite3 "$work/vmail/database/vmail.sqlite3" <"$oracle/etc/postfixadmin-3.3.13-schema.sql"
python3 - "$oracle/etc/postfixadmin-data.sql" <<'END' | sqlite3 "$work/vmail/database/vmail.sqlite3"
import re, subprocess, sys
def crypt(match):
    return "{SHA512-CRYPT}" + subprocess.run(["openssl", "passwd", "-6", "-salt", "oraclesalt", match.group(1)], capture_output=True, text=True, check=True).stdout.strip()
print(re.sub(r"\{PW:([^}]*)\}", crypt, open(sys.argv[1]).read().split("\n", 1)[1]))
END
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=example.test -addext subjectAltName=DNS:example.test,DNS:mx.example.test \
  -keyout "$work/tls/privkey.pem" -out "$work/tls/fullchain.pem" 2>/dev/null

# A key to sign with, and OpenDKIM's tables.
mkdir "$work/opendkim"
openssl genrsa -out "$work/opendkim/oracle.private" 2048 2>/dev/null
echo "oracle example.test:oracle:$work/opendkim/oracle.private" >"$work/opendkim/KeyTable"
echo '*@example.test oracle' >"$work/opendkim/SigningTable"

# Dovecot takes the mail by LMTP; without it mail stays in the queue, which changes no reply.
if command -v dovecot >/dev/null && [ -x /usr/lib/dovecot/lmtp ]; then
  for user in alice bob tiny; do echo "$user@example.test:::::::"; done >"$work/dovecot-users"
  echo 'dave@catchall.test:::::::' >>"$work/dovecot-users"
  chown -R nobody "$work/vmail/mail"
  cat >"$work/dovecot.conf" <<END
protocols = lmtp
listen = 127.0.0.1
base_dir = $work/dovecot
state_dir = $work/dovecot-state
log_path = $work/dovecot.log
ssl = no
mail_location = maildir:$work/vmail/mail/%d/%n
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
auth_username_format = %Lu
postmaster_address = postmaster@example.test
hostname = example.test
userdb {
  driver = passwd-file
  args = $work/dovecot-users
  default_fields = uid=nobody gid=nogroup home=$work/vmail/mail/%d/%n
}
passdb {
  driver = static
  args = nopassword=y
}
service lmtp {
  unix_listener $work/private/dovecot-lmtp {
    mode = 0666
  }
}
END
  ip netns exec "$inside" dovecot -F -c "$work/dovecot.conf" >"$work/dovecot.out" 2>&1 &
  children+=($!)
fi

# What a variant changes in the sample's configuration; parameters stand before the first section.
set_parameter() {
  sed -i "/^$1 = /d" "$work/guide/policymta.toml"
  sed -i "0,/^myhostname/s//$1 = $2\nmyhostname/" "$work/guide/policymta.toml"
}
configure() {
  rm -rf "$work/guide"
  cp -r "$project/samples/guide" "$work/guide"
  sed -i "s|/home/vmail|$work/vmail|; s|/etc/letsencrypt/live/example.test|$work/tls|; s|/etc/opendkim|$work/opendkim|; s|/var/spool/postfix|$work|; s|^syslog = .*|file = \"mail.log\"|" "$work/guide/policymta.toml" "$work"/guide/sql/*.cf
  case $1 in
    intended) ;;
    softbounce)
      set_parameter soft_bounce true
      set_parameter smtpd_forbid_unauth_pipelining false ;; # the default of 3.7, which this was recorded with
    aswritten)
      set_parameter soft_bounce true
      set_parameter smtpd_forbid_unauth_pipelining false
      cp "$work/guide/policies/submission/client.js" "$work/guide/policies/client.js" ;;
    bnreject) set_parameter smtpd_forbid_bare_newline '"reject"' ;;
    limits)
      set_parameter message_size_limit 20000
      set_parameter smtpd_timeout '"4s"'
      set_parameter smtpd_recipient_limit 10
      set_parameter smtpd_soft_error_limit 3
      set_parameter smtpd_hard_error_limit 6
      set_parameter smtpd_client_connection_count_limit 3
      set_parameter smtpd_junk_command_limit 5
      set_parameter line_length_limit 2048 ;;
  esac
}
until_answered() {
  for _ in $(seq 100); do
    if ip netns exec "$outside" python3 -c 'import socket, sys
s = socket.create_connection(("192.0.2.25", int(sys.argv[1])), 2, ("198.51.100.20", 0)); s.settimeout(5)
sys.exit(not s.recv(99).startswith(b"220"))' "$1" 2>/dev/null; then return; fi
    sleep 0.2
  done
  echo "the server does not answer:" >&2
  cat "$work"/server.log "$work"/named.log >&2
  exit 4
}
play() { # VARIANT NEEDS
  configure "$1"
  ip netns exec "$inside" "$server" serve --config "$work/guide/policymta.toml" >"$work/server.log" 2>&1 &
  local pid=$!
  children+=("$pid")
  until_answered 25
  ip netns exec "$outside" python3 "$oracle/play.py" --out "$work/ours.json" --merge --sessions "$work/sessions" --needs "$2" --only "${ORACLE_ONLY:-*}"
  if [ "$2" = base ] && [ -n "$delivered" ]; then
    [ -z "${ORACLE_MAIL:-}" ] || cp -r "$work/vmail/mail" "$ORACLE_MAIL"
    python3 "$project/tests/Peers/delivered.py" "$work/vmail/mail" "$delivered" "$work/sessions" 30 >"$work/delivered.out" || true
  fi
  kill "$pid"
  wait "$pid" || { echo "the server ended with an error:" >&2; cat "$work/server.log" >&2; exit 5; }
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
