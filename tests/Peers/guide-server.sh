# The guide's server in two network namespaces of its own, for oracle.sh and guide.sh to source: DNS, PostfixAdmin's database, certificates, Dovecot, and samples/guide in the form that
# `form` names: internal, external with OpenDKIM, OpenDMARC, policyd-spf and spamd, or imported: what `policymta import postfix` makes of samples/postfix/guide/as-meant, with the programs of
# the second form. `project` and `oracle` are folders; `work` is made, and goes with all processes at the end.
export PATH=$PATH:/usr/sbin
for command in ip named sqlite3 python3 openssl; do
  command -v "$command" >/dev/null || { echo "this needs $command (see .ci/peers)" >&2; exit 3; }
done
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

# The paths of the samples, here.
place() {
  sed -i "s|/home/vmail|$work/vmail|; s|/etc/letsencrypt/live/example.test|$work/tls|; s|/etc/opendkim|$work/opendkim|; s|/var/spool/postfix|$work|; s|/etc/dovecot/|$work/|
    s|/var/run/opendmarc/|/run/opendmarc/|; s|/run/opendkim/|$work/run/|; s|/run/opendmarc/|$work/run/|; s|/run/spamd/|$work/run/|; s|/usr/bin/policyd-spf|${policyd_spf:-}|; s|/etc/postfix-policyd-spf-python/|$work/|" "$@"
}
in_place() { ip netns exec "$inside" "$@" >"$work/$(basename "$1").out" 2>&1 & children+=($!); }
until_there() { # a socket
  for _ in $(seq 150); do [ -S "$1" ] && return; sleep 0.2; done
  echo "there is no $1:" >&2
  cat "$work"/*.out "$work"/dovecot.log >&2
  exit 4
}

# Dovecot takes the mail by LMTP; without it mail stays in the queue, which changes no reply.
if [ "$form" = internal ] && command -v dovecot >/dev/null && [ -x /usr/lib/dovecot/lmtp ]; then
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
  in_place dovecot -F -c "$work/dovecot.conf"
fi

# The programs of the second form, with the files beside it. The users they give root up for are the same one here.
if [ "$form" != internal ]; then
  for command in dovecot opendkim opendmarc spamd; do command -v "$command" >/dev/null || { echo "the second form needs $command (see .ci/peers)" >&2; exit 3; }; done
  policyd_spf=$(command -v policyd-spf || echo "${POLICYMTA_PEER_ROOT:-/var/tmp/policymta-peers}/postfix-policyd-spf-python/usr/bin/policyd-spf")
  [ -x "$policyd_spf" ] || { echo "the second form needs policyd-spf (see .ci/peers)" >&2; exit 3; }
  cp "$project"/samples/guide/external/*.conf "$project/samples/guide/external/spamassassin.cf" "$work"
  place "$work"/{opendkim,opendmarc,dovecot,dovecot-sql}.conf
  mkdir "$work/run" "$work/spamassassin"
  mv "$work/spamassassin.cf" "$work/spamassassin/local.cf"
  echo 'loadplugin Mail::SpamAssassin::Plugin::Check' >"$work/spamassassin/init.pre"
  # libunbound knows that there is no .test, unless it is told otherwise.
  printf 'server:\n  local-zone: "test." nodefault\n  local-zone: "invalid." nodefault\n  do-not-query-localhost: no\n  module-config: "iterator"\n  chroot: ""\nforward-zone:\n  name: "."\n  forward-addr: 127.0.0.1\n' >"$work/unbound.conf"
  printf 'ResolverConfiguration %s\nRequireSafeKeys no\n' "$work/unbound.conf" >>"$work/opendkim.conf"
  printf 'test\n' >"$work/suffixes"
  echo "PublicSuffixList $work/suffixes" >>"$work/opendmarc.conf"
  sed -i '/^UserID/d; s/^UMask .*/UMask 0000/' "$work/opendkim.conf" "$work/opendmarc.conf"
  sed -i "s/'vmail' AS uid/'nobody' AS uid/; s/'vmail' AS gid/'nogroup' AS gid/" "$work/dovecot-sql.conf"
  sed -i "s/^mail_uid.*/mail_uid = nobody/; s/^mail_gid.*/mail_gid = nogroup/; s/^first_valid_uid.*/first_valid_uid = 1\nfirst_valid_gid = 1/; s/mode = 0660/mode = 0666/; /group = policymta/d" "$work/dovecot.conf"
  printf 'base_dir = %s/dovecot\nstate_dir = %s/dovecot-state\nlog_path = %s/dovecot.log\n' "$work" "$work" "$work" >>"$work/dovecot.conf"
  chown -R nobody "$work/vmail/mail"
  in_place dovecot -F -c "$work/dovecot.conf"
  in_place opendkim -f -x "$work/opendkim.conf"
  in_place opendmarc -f -c "$work/opendmarc.conf"
  in_place spamd --local --nouser-config --syslog=stderr --siteconfigpath="$work/spamassassin" --max-children=2 --min-children=1 --username=nobody --socketpath="$work/run/spamd.sock" --socketmode=0666
  for socket in run/opendkim.sock run/opendmarc.sock run/spamd.sock private/auth private/dovecot-lmtp; do until_there "$work/$socket"; done
fi

# What a variant changes in the sample's configuration; parameters stand before the first section.
set_parameter() {
  sed -i "/^$1 = /d" "$configuration"
  sed -i "0,/^myhostname/s//$1 = $2\nmyhostname/" "$configuration"
}
configure() {
  rm -rf "$work/guide"
  cp -r "$project/samples/guide" "$work/guide"
  configuration=$work/guide/policymta.toml
  [ "$form" != external ] || configuration=$work/guide/external/policymta.toml
  if [ "$form" = imported ]; then
    # The check at its end fails: certificates and database are elsewhere here.
    "$server" import postfix "$project/samples/postfix/guide/as-meant" --out "$work/guide/imported" >"$work/import.out" 2>&1 || [ -s "$work/guide/imported/policymta.toml" ]
    configuration=$work/guide/imported/policymta.toml
    sed -i "s|\"/usr/bin/policyd-spf\"|\"/usr/bin/policyd-spf\", \"$work/policyd-spf.conf\"|" "$configuration"
    place "$work"/guide/imported/sql/*.cf
  fi
  place "$configuration" "$work"/guide/sql/*.cf
  sed -i "s|^syslog = .*|file = \"$work/guide/mail.log\"|" "$configuration"
  case $1 in
    intended) ;;
    softbounce)
      set_parameter soft_bounce true
      set_parameter smtpd_forbid_unauth_pipelining false ;; # the default of 3.7, which this was recorded with
    aswritten)
      set_parameter soft_bounce true
      set_parameter smtpd_forbid_unauth_pipelining false
      cp "$work/guide/policies/submission/client.js" "$(dirname "$configuration")/policies/client.js" ;;
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
serve() { # starts the server; its process is $pid
  ip netns exec "$inside" "$server" serve --config "$configuration" >"$work/server.log" 2>&1 &
  pid=$!
  children+=("$pid")
  until_answered 25
}
end_server() {
  kill "$pid"
  wait "$pid" || { echo "the server ended with an error:" >&2; cat "$work/server.log" >&2; exit 5; }
}
