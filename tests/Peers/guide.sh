#!/usr/bin/env bash
# The guide as it stands, from end to end: samples/guide/external with OpenDKIM, OpenDMARC, policyd-spf, spamd and Dovecot; mail is sent, signed, verified, filtered, and read back over IMAP.
#
#   tests/Peers/guide.sh
#
# DNS zone, database and keys come from POLICYMTA_ORACLE, else from ../shared/oracle beside the project. It takes root, and what tests/Peers/oracle.sh takes.
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
oracle=$(cd "${POLICYMTA_ORACLE:-$project/../shared/oracle}" && pwd)
form=external
. "$project/tests/Peers/guide-server.sh"
# The key that the zone publishes.
cp "$oracle/etc/dkim/example.key" "$work/opendkim/oracle.private"
configure intended
serve
PYTHONDONTWRITEBYTECODE=1 ip netns exec "$outside" /usr/bin/python3 "$project/tests/Peers/guide_mail.py" "$oracle/etc/dkim/good.key" || { tail -n 60 "$work/guide/mail.log" >&2; exit 1; }
end_server
