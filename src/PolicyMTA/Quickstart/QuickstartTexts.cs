namespace PolicyMTA.Quickstart;

/// <summary>The files of a quickstart folder that are text.</summary>
internal static class QuickstartTexts
{
    /// <summary>The configuration: the guide's server on high ports of one address.</summary>
    public static string Configuration(QuickstartOptions options) => $"""
        # Made by `policymta quickstart`; yours from here on. After a change: `policymta reload`.

        myhostname = "{Mailbox.Domain}"
        mydomain = "{Mailbox.Domain}"
        myorigin = "{Mailbox.Domain}"

        # Clients here are trusted by permit_mynetworks. The relay list (policies/relay.js) does not ask it: relaying takes a login.
        mynetworks = ["127.0.0.0/8", "[::1]/128"]
        # Nothing here asks DNS who a client is.
        smtpd_peername_lookup = false

        message_size_limit = 0
        strict_rfc821_envelopes = true
        disable_vrfy_command = true
        smtpd_helo_required = true
        smtpd_reject_unlisted_sender = true

        # Logins only under TLS
        smtpd_tls_auth_only = true
        smtpd_tls_security_level = "may"
        smtpd_tls_cert_file = "tls/cert.pem"
        smtpd_tls_key_file = "tls/key.pem"

        # Mail for the database's domains goes to folders here.
        mydestination = ["localhost.localdomain"]
        local_transport = "maildir"
        local_recipient_maps = "$virtual_mailbox_maps"
        virtual_transport = "maildir"
        virtual_mailbox_base = "mail"

        # Domains, mailboxes, aliases, logins, and who may use which sender address: all from the tables of PostfixAdmin.
        [postfixadmin]
        database = "sqlite:database/{QuickstartPaths.DatabaseName}"

        # Mail from elsewhere
        [listeners.smtp]
        address = "{Address(options, options.SmtpPort ?? QuickstartOptions.DefaultSmtpPort)}"
        tls = "starttls"

        # Mail from our own people, TLS by STARTTLS; policies/submission/ asks for the login
        [listeners.submission]
        address = "{Address(options, options.SubmissionPort ?? QuickstartOptions.DefaultSubmissionPort)}"
        tls = "starttls"
        smtpd_tls_security_level = "encrypt"

        # The same, TLS from the first byte
        [listeners.submissions]
        address = "{Address(options, options.SubmissionsPort ?? QuickstartOptions.DefaultSubmissionsPort)}"
        tls = "implicit"

        [queue]
        folder = "queue"

        [logging]
        console = true
        file = "log/mail.log"

        """;

    /// <summary><c>127.0.0.1:2525</c>, <c>[::1]:2525</c>.</summary>
    public static string Address(QuickstartOptions options, int port) => new System.Net.IPEndPoint(System.Net.IPAddress.Parse(options.Listen ?? QuickstartOptions.DefaultAddress), port).ToString();
}
