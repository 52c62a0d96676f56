"""Sends mail to the guide's server from its clients' addresses and reads it back; one line for each thing that holds, an error for the first that does not."""
import imaplib, smtplib, ssl, sys, time
import dkim

SERVER = "192.0.2.25"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
TLS = ssl._create_unverified_context()


def message(sender, to, subject, body="Hello,\r\n\r\nthis is a test.\r\n"):
    return (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())}\r\n"
            f"Message-ID: <{subject}.{time.time()}@{sender.split('@')[1]}>\r\n\r\n{body}").encode()


def from_outside(sender, to, content, helo="mail.good.test", source="192.0.2.10"):
    """The first reply that is no success, else the last."""
    with smtplib.SMTP(SERVER, 25, local_hostname=helo, source_address=(source, 0), timeout=60) as client:
        client.ehlo()
        for reply in (client.mail(sender), client.rcpt(to)):
            if reply[0] >= 300:
                return reply
        return client.data(content)


def submit(port, user, password, sender, to, content):
    client = smtplib.SMTP_SSL(SERVER, port, context=TLS, timeout=60) if port == 465 else smtplib.SMTP(SERVER, port, timeout=60)
    with client:
        client.ehlo()
        if port != 465:
            assert not client.has_extn("auth"), "AUTH is offered in plain text"
            client.starttls(context=TLS)
            client.ehlo()
        if user:
            client.login(user, password)
        for reply in (client.mail(sender), client.rcpt(to)):
            if reply[0] >= 300:
                return reply
        return client.data(content)


def read(user, password, subject):
    """The message with that subject, from the INBOX; None when it does not come."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with imaplib.IMAP4_SSL(SERVER, ssl_context=TLS) as imap:
            imap.login(user, password)
            imap.select("INBOX")
            found = imap.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
            if found:
                return imap.fetch(found[-1], "(BODY[])")[1][0][1].decode("utf-8", "replace").replace("\r\n\t", " ").replace("\r\n ", " ")
        time.sleep(0.3)
    return None


def holds(what, condition, seen=""):
    if not condition:
        sys.exit(f"does not hold: {what}\n{seen}")
    print(f"holds: {what}", flush=True)


def main(good_key):
    for port in (465, 587):
        subject = f"ours-{port}"
        reply = submit(port, "alice@example.test", "alice-pw", "alice@example.test", "bob@example.test", message("alice@example.test", "bob@example.test", subject))
        holds(f"mail of who logs in on {port} is taken", reply[0] == 250, reply)
        mail = read("bob@example.test", "bob-pw", subject)
        holds("it is read over IMAP", mail is not None)
        holds("OpenDKIM signed it", "DKIM-Signature: v=1;" in mail and "d=example.test; s=oracle;" in mail, mail)
    reply = submit(587, None, None, "alice@example.test", "bob@example.test", b"")
    holds("submission wants a login", reply[0] == 554, reply)

    content = message("joe@good.test", "alice@example.test", "verified")
    signed = dkim.sign(content, b"s1", b"good.test", open(good_key, "rb").read()) + content
    reply = from_outside("joe@good.test", "alice@example.test", signed)
    holds("signed mail from outside is taken", reply[0] == 250, reply)
    mail = read("alice@example.test", "alice-pw", "verified")
    holds("it is read over IMAP", mail is not None)
    holds("policyd-spf wrote its finding", "Received-SPF: Pass" in mail, mail)
    holds("OpenDKIM verified it", "dkim=pass" in mail, mail)
    holds("OpenDMARC believes both", "dmarc=pass" in mail, mail)
    holds("SpamAssassin looked at it", "X-Spam-Checker-Version:" in mail and "X-Spam-Status: No" in mail, mail)

    reply = from_outside("joe@good.test", "alice@example.test", message("joe@good.test", "alice@example.test", "spam", GTUBE + "\r\n"))
    holds("spam is refused", reply[0] == 550, reply)
    reply = from_outside("joe@dmarc-reject.test", "alice@example.test", message("joe@dmarc-reject.test", "alice@example.test", "forged"), source="192.0.2.11", helo="mail2.good.test")
    holds("what its domain does not stand behind is refused", reply[0] == 550, reply)
    reply = from_outside("joe@fail.test", "alice@example.test", b"")
    holds("what SPF forbids is refused", reply[0] == 550 and b"SPF" in reply[1], reply)
    reply = from_outside("joe@good.test", "someone@elsewhere.test", b"")
    holds("nobody relays", reply[0] == 554 and b"Relay access denied" in reply[1], reply)
    reply = from_outside("joe@good.test", "nobody@example.test", b"")
    holds("an unknown user is refused", reply[0] == 550, reply)


main(*sys.argv[1:])
