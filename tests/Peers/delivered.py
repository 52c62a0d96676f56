#!/usr/bin/env python3
"""Compares what lies in Maildirs with what the recorded server delivered.

    delivered.py MAIL_FOLDER RECORDED.json SESSIONS_DIR SECONDS

MAIL_FOLDER holds DOMAIN/USER/{new,cur}. Waits up to SECONDS for as many messages as were recorded, then compares who got which message (by its Subject, for the
sessions of SESSIONS_DIR) and its Return-Path, Delivered-To and X-Original-To. Prints one line "delivered N/M alike" and the differences; ends with 1 if there are any.
"""
import collections, glob, json, os, re, sys, time

mail, recorded, sessions, patience = sys.argv[1:]
played = {os.path.basename(path).split("-")[0] for path in glob.glob(os.path.join(sessions, "*.smtp"))}


def fields(raw, name):
    head = re.split(r"\r?\n\r?\n", raw, maxsplit=1)[0]
    return tuple(value.strip() for value in re.findall(r"(?im)^%s:([^\r\n]*)" % name, head))


def facts(box, raw):
    subject = fields(raw, "Subject")
    return box, subject[0] if subject else None, fields(raw, "Return-Path"), fields(raw, "Delivered-To"), fields(raw, "X-Original-To")


def verdicts(raw):
    """The words of dkim= and dmarc= that the server itself wrote; unsigned mail and a message without an author say none, or nothing."""
    words = {}
    head = re.split(r"\r?\n\r?\n", raw, maxsplit=1)[0]
    for field in re.findall(r"(?im)^Authentication-Results:((?:[^\r\n]*\r?\n[ \t])*[^\r\n]*)", head):
        for method, word in re.findall(r"\b(dkim|dmarc|spf)=([a-z]+)", field):
            words.setdefault(method, word)
    # policyd-spf writes a field of its own.
    spf = re.search(r"(?im)^Received-SPF: *(\w+)", head)
    words["spf"] = spf.group(1).lower() if spf else "none"
    return {method: words.get(method, "none") for method in ("spf", "dkim", "dmarc")}


def is_played(message):
    # A subject begins with its session's number where it has one; the sessions D… sign what they send.
    session = re.match(r"[sD]?(\d+)", message[1] or "")
    if message[1] and message[1].startswith("D"):
        return any(name.startswith("D") for name in played)
    return not session or session.group(1) in played


expected = collections.Counter()
recorded_verdicts, our_verdicts = {}, {}
for entry in json.load(open(recorded)):
    if not entry["box"].startswith("sink:"):
        message = facts(entry["box"], entry["raw"])
        if is_played(message):
            expected[message] += 1
            recorded_verdicts[message] = verdicts(entry["raw"])


def find():
    found = collections.Counter()
    for path in glob.glob(os.path.join(mail, "*", "*", "*", "*")):
        domain, user, folder, _ = path.split(os.sep)[-4:]
        if folder in ("new", "cur"):
            raw = open(path, encoding="utf-8", errors="replace", newline="").read()
            message = facts(f"{user}@{domain}", raw)
            found[message] += 1
            our_verdicts[message] = verdicts(raw)
    return found


end = time.monotonic() + float(patience)
while (found := find()).total() < expected.total() and time.monotonic() < end:
    time.sleep(0.2)
# Messages without a subject are not told apart, and the recorded server had more of them than these sessions send.
for message in [message for message in expected if message[1] is None]:
    expected[message] = min(expected[message], max(1, found[message]))
for message in sorted((expected - found).elements(), key=repr):
    print("  recorded, not here:", *(str(part)[:60] for part in message))
for message in sorted((found - expected).elements(), key=repr):
    print("  here, not recorded:", *(str(part)[:60] for part in message))
both = [(message, method) for message in sorted(recorded_verdicts, key=repr) for method in ("spf", "dkim", "dmarc") if message in our_verdicts and message[1]]
alike = 0
for message, method in both:
    theirs, ours = recorded_verdicts[message][method], our_verdicts[message][method]
    alike += theirs == ours
    if theirs != ours:
        print(f"  verdict of {str(message[1])[:20]}: {method}={theirs} there, {method}={ours} here")
print(f"verdicts {alike}/{len(both)} alike")
print(f"delivered {(expected & found).total()}/{expected.total()} alike, {found.total()} here")
sys.exit(found != expected)
