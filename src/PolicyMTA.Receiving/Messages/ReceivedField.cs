using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Messages;

/// <summary>The trace field that receiving puts on top (RFC 5321 §4.4), in Postfix's layout.</summary>
internal static class ReceivedField
{
    /// <param name="session">The session.</param>
    /// <param name="id">The message's queue id.</param>
    /// <param name="recipients">The recipients as given; one alone is named, several are nobody's business.</param>
    /// <param name="service">Names of host and program.</param>
    /// <param name="now">Local time.</param>
    internal static string Format(SessionFacts session, QueueId id, IReadOnlyList<string> recipients, SmtpServiceSettings service, DateTimeOffset now)
    {
        var client = session.Client;
        var text = new StringBuilder(256);
        text.Append("Received: from ").Append(Printable(session.Helo?.Name ?? client.Name))
            .Append(" (").Append(client.Name).Append(" [").Append(Literal(client.Address)).Append("])\r\n");
        if (service.Tls.InReceivedField && session.Tls is { } tls)
        {
            text.Append(CultureInfo.InvariantCulture, $"\t(using {tls.Version} with cipher {tls.Cipher} ({tls.Bits}/{tls.Bits} bits))\r\n")
                .Append("\t(").Append(CertificateOf(tls, service)).Append(")\r\n");
        }
        if (service.Login.NamesAccount && session.Sasl is { } sasl) text.Append("\t(Authenticated sender: ").Append(Comment(sasl.User)).Append(")\r\n");
        text.Append("\tby ").Append(service.HostName).Append(" (").Append(service.MailName).Append(") with ")
            .Append(Protocol(session)).Append(" id ").Append(id.Value);
        text.Append(recipients.Count == 1 ? $"\r\n\tfor <{recipients[0]}>; " : "; ");
        return text.Append(Date(now)).Append("\r\n").ToString();
    }

    private static string CertificateOf(Tls tls, SmtpServiceSettings service) => tls.Certificate switch
    {
        { } c => $"Client CN \"{Comment(c.Subject)}\", Issuer \"{Comment(c.Issuer)}\" ({(c.IsVerified ? "verified OK" : "not verified")})",
        null => service.Tls.AsksForCertificates ? "Client did not present a certificate" : "No client certificate requested",
    };

    /// <summary>RFC 3848: <c>SMTP</c>, or <c>ESMTP</c> and <c>LMTP</c> with an S for TLS and an A for a login.</summary>
    internal static string Protocol(SessionFacts session) => session switch
    {
        { Helo: not { IsExtended: true } } => "SMTP",
        { Helo.IsLmtp: true } => "LMTP" + Suffix(session),
        _ => "ESMTP" + Suffix(session),
    };

    private static string Suffix(SessionFacts session) => (session.Tls, session.Sasl) switch
    {
        (not null, not null) => "SA",
        (not null, null) => "S",
        (null, not null) => "A",
        _ => "",
    };

    /// <summary>RFC 5322 §3.3 with the zone's name as a comment.</summary>
    internal static string Date(DateTimeOffset now)
    {
        var offset = now.Offset;
        var zone = $"{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hhmm}";
        var comment = offset == TimeSpan.Zero ? " (UTC)" : "";
        return now.ToString("ddd, d MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture) + zone + comment;
    }

    /// <summary>A client's own words must not break the field.</summary>
    private static string Printable(string name) => name.Any(char.IsControl) ? string.Concat(name.Select(c => char.IsControl(c) ? '?' : c)) : name;

    /// <summary>RFC 5322 §3.2.2: nothing that would end a comment or begin another.</summary>
    private static string Comment(string name) => string.Concat(name.Select(c => char.IsControl(c) || c is '(' or ')' or '\\' ? '?' : c));

    private static string Literal(System.Net.IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"IPv6:{address}" : address.ToString();
}
