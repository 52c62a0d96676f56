#!/usr/bin/env bash
# CPU a message with SPF, DKIM and DMARC on: PolicyMTA beside Postfix with policyd-spf, OpenDKIM and OpenDMARC.
#
#   tests/Bench/auth.sh [MESSAGES [REPETITIONS]]     5000 and 3 unless told
#
# Both have the guide's restrictions and take the same signed message of 4 KB, one a connection, from 10 sessions; delivery is held. Each starts fresh and has a warm-up that is not counted. What is
# counted is user and system time of all the server's processes (a cgroup); named, which both ask, and the client are not in it. Tables are inline in both, and none of the guide's programs logs to syslog.
# Everything runs in a network namespace of its own. It takes root, what .ci/peers installs, opendmarc, and a published program:
#   dotnet publish src/PolicyMTA -c Release -r linux-x64 --self-contained true -o artifacts/policymta
# policyd-spf, whose package wants Postfix, is fetched and unpacked to artifacts/auth-bench.
set -euo pipefail
export PATH=$PATH:/usr/sbin
project=$(cd "$(dirname "$0")/../.." && pwd)
bin=${POLICYMTA_BIN:-$project/artifacts/policymta/policymta}
postfix=${POLICYMTA_PEER_ROOT:-/var/tmp/policymta-peers}/postfix
unpacked=$project/artifacts/auth-bench
messages=${1:-5000} repetitions=${2:-3} sessions=10 warmup=1500

if [ "${AUTH_INSIDE:-}" != yes ]; then
  for need in named opendkim opendmarc python3 openssl unshare ip curl; do command -v $need >/dev/null || { echo "auth.sh needs $need (see .ci/peers)" >&2; exit 3; }; done
  [ -x "$bin" ] && [ -d "$postfix" ] || { echo "auth.sh needs $bin and $postfix" >&2; exit 3; }
  if [ ! -x "$unpacked/usr/bin/policyd-spf" ]; then
    fetched=$(mktemp -d)
    chmod 755 "$fetched" # apt fetches as a user of its own
    (cd "$fetched" && apt-get download -q postfix-policyd-spf-python python3-spf-engine python3-spf python3-authres python3-dns)
    mkdir -p "$unpacked"
    for package in "$fetched"/*.deb; do dpkg -x "$package" "$unpacked"; done
    rm -rf "$fetched"
  fi
  # The end of the first process inside is the end of all others there.
  AUTH_INSIDE=yes exec unshare --net --mount --pid --fork --kill-child "$0" "$@"
fi

mount -t proc proc /proc
work=$(mktemp -d /var/tmp/policymta-auth.XXXXXX)
chmod 755 "$work"
group=/sys/fs/cgroup/cpuacct
[ -d $group ] || group=/sys/fs/cgroup
group=$group/policymta-auth-${work##*.}
mkdir "$group"
trap 'stop || true; rmdir "$group" 2>/dev/null || true; rm -rf "$work"' EXIT
ip link set lo up
ip addr add 192.0.2.25/32 dev lo
ip addr add 192.0.2.10/32 dev lo

# User and system time of the group so far, in microseconds.
cpu() { if [ -f "$group/cpuacct.usage" ]; then echo $(($(cat "$group/cpuacct.usage") / 1000)); else sed -n 's/^usage_usec //p' "$group/cpu.stat"; fi; }
# Runs a server in the group, in the background.
serve() { sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@" >>"$work/servers.log" 2>&1 </dev/null & }
stop() {
  local signal
  for signal in TERM KILL; do
    for _ in $(seq 100); do
      grep -q . "$group/cgroup.procs" || return 0
      # shellcheck disable=SC2046
      kill -$signal $(grep -v '^0$' "$group/cgroup.procs") 2>/dev/null || true
      sleep 0.1
    done
  done
}
until_true() { for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; echo "not within 30 s: $*" >&2; tail -n 20 "$work"/*.log >&2; exit 1; }
answers() { exec 3<>"/dev/tcp/192.0.2.25/25" && { read -r -t 5 line <&3; exec 3>&-; [[ $line == 220* ]]; }; }

# DNS: the client's names, the sender's three records. The sender is not of .test: OpenDKIM asks for such keys only with a ResolverConfiguration, and with one it crashed in libunbound under this load.
openssl genrsa -out "$work/good.key" 2048 2>/dev/null
public=$(openssl rsa -in "$work/good.key" -pubout -outform der 2>/dev/null | base64 -w0)
cat >"$work/root.zone" <<END
\$TTL 3600
. SOA ns.root. admin.root. 1 3600 600 86400 60
. NS ns.root.
ns.root. A 127.0.0.1
good.bench. MX 10 mail.good.bench.
good.bench. TXT "v=spf1 mx ip4:192.0.2.0/24 -all"
mail.good.bench. A 192.0.2.25
mail.good.bench. TXT "v=spf1 a -all"
25.2.0.192.in-addr.arpa. PTR mail.good.bench.
_dmarc.good.bench. TXT "v=DMARC1; p=reject"
s._domainkey.good.bench. TXT "v=DKIM1; k=rsa; p=${public:0:200}" "${public:200}"
example.test. MX 10 example.test.
example.test. A 192.0.2.25
END
cat >"$work/named.conf" <<END
options {
  directory "$work"; pid-file "$work/named.pid"; session-keyfile "$work/session.key"; managed-keys-directory "$work"; lock-file none;
  listen-on port 53 { 127.0.0.1; }; listen-on-v6 { none; };
  recursion yes; allow-query { any; }; allow-recursion { any; }; dnssec-validation no; empty-zones-enable no; minimal-responses yes; querylog no;
};
controls { };
zone "." { type primary; file "$work/root.zone"; };
END
named -f -c "$work/named.conf" -n 1 >"$work/named.log" 2>&1 &
echo 'nameserver 127.0.0.1' >"$work/resolv.conf"
mount --bind "$work/resolv.conf" /etc/resolv.conf
printf '127.0.0.1 localhost\n' >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
until_true bash -c 'exec 3<>/dev/tcp/127.0.0.1/53'

# The message, signed by OpenDKIM.
{
  printf 'From: Joe <joe@good.bench>\nTo: alice@example.test\nSubject: the same for all\nDate: %s\nMessage-ID: <1@good.bench>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n' "$(date -R)"
  for _ in $(seq 50); do echo 'It is a long established fact that a reader will look at the words of a page.'; done
} >"$work/unsigned"
printf 'Mode s\nDomain good.bench\nSelector s\nKeyFile %s/good.key\nRequireSafeKeys no\nCanonicalization relaxed/relaxed\nSyslog no\n' "$work" >"$work/sign.conf"
opendkim -x "$work/sign.conf" -v -v -t "$work/unsigned" 2>/dev/null | python3 -c '
import re, sys
print("DKIM-Signature: " + re.search(r"hvalue=.([^\x27]*)", sys.stdin.read()).group(1))' >"$work/signature"
cat "$work/signature" "$work/unsigned" >"$work/message"

policymta() {
  mkdir -p "$work/ours/policies"
  policy() { echo "import { restrictions as r } from 'policymta'; export default [$2];" >"$work/ours/policies/$1.js"; }
  policy client 'r.permit_sasl_authenticated()'
  policy helo 'r.permit_sasl_authenticated(), r.reject_unknown_helo_hostname()'
  policy sender 'r.permit_sasl_authenticated(), r.reject_unknown_sender_domain()'
  policy relay 'r.permit_sasl_authenticated(), r.reject_unauth_destination()'
  policy recipient 'r.permit_sasl_authenticated(), r.check_spf()'
  policy data 'r.reject_unauth_pipelining()'
  cat >"$work/ours/policymta.toml" <<END
myhostname = "example.test"
mynetworks = ["127.0.0.0/8"]
mydestination = ["localhost.localdomain"]
virtual_mailbox_domains = "inline:{ example.test=x }"
virtual_mailbox_maps = "inline:{ alice@example.test=alice/ }"
virtual_transport = "discard:"
smtpd_client_connection_count_limit = 0
strict_rfc821_envelopes = true
smtpd_helo_required = true
smtpd_reject_unlisted_sender = true
smtpd_tls_security_level = "none"
smtpd_sasl_auth_enable = false
smtpd_milters = ["dkim", "dmarc"]
milter_default_action = "tempfail"
[plugins."PolicyMTA.Filters.Dmarc"]
reject_failures = true
[listeners.smtp]
address = "192.0.2.25:25"
tls = "none"
[queue]
folder = "$work/ours/queue"
hold_deliveries = true
[policy]
folder = "$work/ours/policies"
[control]
socket = "$work/ours/control/socket"
[logging]
level = "warning"
END
  serve env DOTNET_gcServer=0 "$bin" serve --config "$work/ours/policymta.toml"
}
policymta_queued() { curl -s --unix-socket "$work/ours/control/socket" http://localhost/metrics | awk '/^policymta_queue_recipients/ {n += $2} END {print n + 0}'; }
policymta_results() {
  local id
  id=$("$bin" queue list --json --config "$work/ours/policymta.toml" | grep -oE '"(queue_)?id": *"[^"]*"' | sed -n 1p | cut -d'"' -f4)
  "$bin" queue cat "$id" --config "$work/ours/policymta.toml" | sed '/^\r*$/q'
}

guide() {
  mkdir -p "$work/guide/etc" "$work/guide/spool/pid" "$work/guide/spool/public" "$work/guide/spool/maildrop" "$work/guide/data" "$work/guide/run"
  for folder in active bounce corrupt defer deferred flush hold incoming private saved trace; do mkdir -p "$work/guide/spool/$folder"; chown postfix "$work/guide/spool/$folder"; chmod 700 "$work/guide/spool/$folder"; done
  chown postfix "$work/guide/data"
  chown postfix:postdrop "$work/guide/spool/maildrop" "$work/guide/spool/public"
  chmod 1730 "$work/guide/spool/maildrop"
  chmod 2710 "$work/guide/spool/public"
  chmod 777 "$work/guide/run"
  printf 'Syslog no\nMode sv\nCanonicalization relaxed/simple\nOversignHeaders From\nUMask 0\nSocket local:%s/opendkim\nAuthservID example.test\nInternalHosts 127.0.0.1\nDomain example.test\nSelector s\nKeyFile %s/good.key\nRequireSafeKeys no\nNameservers 127.0.0.1\n' \
    "$work/guide/run" "$work" >"$work/guide/opendkim.conf"
  printf 'com\ntest\nbench\n' >"$work/guide/suffixes"
  printf 'AuthservID example.test\nTrustedAuthservIDs example.test\nIgnoreAuthenticatedClients true\nRejectFailures true\nRecordAllMessages false\nSPFIgnoreResults false\nSPFSelfValidate false\nPublicSuffixList %s/suffixes\nSocket local:%s/opendmarc\nSyslog false\nUMask 0000\n' \
    "$work/guide" "$work/guide/run" >"$work/guide/opendmarc.conf"
  # As the package has it, but for the remarks.
  printf 'debugLevel = 1\nTestOnly = 1\nHELO_reject = Fail\nMail_From_reject = Fail\nPermError_reject = False\nTempError_Defer = False\nskip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1\n' >"$work/guide/policyd-spf.conf"
  cat >"$work/guide/etc/main.cf" <<END
compatibility_level = 3.7
queue_directory = $work/guide/spool
data_directory = $work/guide/data
daemon_directory = $postfix/usr/lib/postfix/sbin
command_directory = $postfix/usr/sbin
shlib_directory = $postfix/usr/lib/postfix
meta_directory = $work/guide/etc
import_environment = MAIL_CONFIG LANG=C LD_LIBRARY_PATH=$postfix/usr/lib/postfix
export_environment = MAIL_CONFIG LANG LD_LIBRARY_PATH PYTHONPATH=$unpacked/usr/lib/python3/dist-packages
maillog_file = $work/guide/mail.log
maillog_file_prefixes = $work
myhostname = example.test
mydestination = localhost.localdomain
mynetworks_style = host
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 192.0.2.25
inet_protocols = ipv4
virtual_mailbox_domains = inline:{ example.test=x }
virtual_mailbox_maps = inline:{ alice@example.test=alice/ }
virtual_transport = discard
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
message_size_limit = 0
mailbox_size_limit = 0
strict_rfc821_envelopes = yes
smtpd_helo_required = yes
smtpd_reject_unlisted_sender = yes
smtpd_client_restrictions = permit_sasl_authenticated
smtpd_helo_restrictions = permit_sasl_authenticated, reject_unknown_helo_hostname
smtpd_sender_restrictions = permit_sasl_authenticated, reject_unknown_sender_domain
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_recipient_restrictions = permit_sasl_authenticated, check_policy_service unix:private/policy-spf, check_client_access static:HOLD
policy-spf_time_limit = 3600s
smtpd_milters = unix:$work/guide/run/opendkim, unix:$work/guide/run/opendmarc
milter_default_action = tempfail
smtpd_tls_security_level = none
in_flow_delay = 0
END
  cat >"$work/guide/etc/master.cf" <<END
192.0.2.25:25 inet n - n - - smtpd
policy-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/env PYTHONPATH=$unpacked/usr/lib/python3/dist-packages python3 $unpacked/usr/bin/policyd-spf $work/guide/policyd-spf.conf
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
END
  serve opendkim -f -x "$work/guide/opendkim.conf"
  serve opendmarc -f -c "$work/guide/opendmarc.conf"
  until_true test -S "$work/guide/run/opendkim"
  until_true test -S "$work/guide/run/opendmarc"
  serve env LD_LIBRARY_PATH="$postfix/usr/lib/postfix" MAIL_CONFIG="$work/guide/etc" "$postfix/usr/lib/postfix/sbin/master" -c "$work/guide/etc" -d
}
guide_queued() { find "$work/guide/spool/hold" -type f | wc -l; }
guide_results() { find "$work/guide/spool/hold" -type f -print -quit | xargs strings -n 8; }

send() { # COUNT SESSIONS
  LD_LIBRARY_PATH=$postfix/usr/lib/postfix MAIL_CONFIG=$work/empty "$postfix/usr/sbin/smtp-source" -s "$2" -m "$1" -f joe@good.bench -t alice@example.test -M mail.good.bench -F "$work/message" inet:192.0.2.25:25
}

mkdir "$work/empty"
: >"$work/empty/main.cf"
declare -A figures=([policymta]="" [guide]="")
for repetition in $(seq "$repetitions"); do
  order="policymta guide"
  [ $((repetition % 2)) -eq 1 ] || order="guide policymta"
  for server in $order; do
    rm -rf "$work/ours" "$work/guide"
    $server
    until_true answers
    send $warmup $sessions
    before=$(cpu) began=$(date +%s%N)
    send "$messages" $sessions
    ended=$(date +%s%N) after=$(cpu)
    queued=$(${server}_queued)
    [ "$queued" -eq $((messages + warmup)) ] || { echo "$server: $queued of $((messages + warmup)) messages are in the queue" >&2; exit 1; }
    results=$(${server}_results)
    for word in 'Received-SPF: pass' dkim=pass dmarc=pass; do
      grep -qi "$word" <<<"$results" || { echo "$server: no $word in: $results" >&2; exit 1; }
    done
    milliseconds=$(awk -v u=$((after - before)) -v n="$messages" 'BEGIN { printf "%.3f", u / 1000 / n }')
    figures[$server]+="$milliseconds "
    echo "$server: $milliseconds ms of CPU a message, $(awk -v t=$((ended - began)) -v n="$messages" 'BEGIN { printf "%.0f", n * 1e9 / t }') messages/s"
    stop
  done
done
median() { tr ' ' '\n' <<<"$1" | grep . | sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
ours=$(median "${figures[policymta]}") theirs=$(median "${figures[guide]}")
awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "medians: policymta %.3f ms, the guide'\''s stack %.3f ms: %.1f %%\n", a, b, 100 * a / b }'
