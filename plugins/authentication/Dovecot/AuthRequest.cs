using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>Writes requests. What clients say is a secret: it goes into bytes that are cleared, never into a string.</summary>
internal static class AuthRequest
{
    // Dovecot ends a connection, and with it everybody's logins, over a line of more than 16384 bytes.
    internal const int LongestLine = 16000;

    /// <summary>
    /// What Dovecot is told of the session. <c>nologin</c>: nobody will ask it about the user afterwards.
    /// </summary>
    internal static string Facts(string service, SessionFacts session)
    {
        var text = new StringBuilder();
        void Add(string name, string? value = null) => text.Append('\t').Append(name).Append(value is null ? "" : "=" + AuthLine.Escaped(value));
        Add("service", service);
        Add("nologin");
        Add("session", session.Id);
        if (session.Server.Port > 0)
        {
            Add("lip", session.Server.Address.ToString());
            Add("lport", session.Server.Port.ToString(CultureInfo.InvariantCulture));
        }
        Add("rip", session.Client.Address.ToString());
        if (session.Client.Port > 0) Add("rport", session.Client.Port.ToString(CultureInfo.InvariantCulture));
        if (session.Tls is not { } tls) return text.ToString();
        Add("secured", "tls");
        if (tls.ServerName is { Length: > 0 } name) Add("local_name", name);
        if (tls.Certificate is not { IsVerified: true } certificate) return text.ToString();
        Add("valid-client-cert");
        Add("cert_username", certificate.Subject);
        return text.ToString();
    }

    /// <summary><c>AUTH</c>; null when the line would be too long. An empty initial response is <c>=</c>, as in SMTP: to Dovecot nothing would be none.</summary>
    internal static byte[]? Begin(uint id, string mechanism, string facts, ReadOnlySpan<byte> initial, bool hasInitial) =>
        Line($"AUTH\t{id}\t{mechanism}{facts}{(!hasInitial ? "" : initial.IsEmpty ? "\tresp==" : "\tresp=")}", initial);

    /// <summary><c>CONT</c>; null when the line would be too long.</summary>
    internal static byte[]? Continue(uint id, ReadOnlySpan<byte> response) => Line($"CONT\t{id}\t", response);

    /// <summary><c>CANCEL</c>: the client has given up.</summary>
    internal static byte[] Cancel(uint id) => Line($"CANCEL\t{id}", [])!;

    private static byte[]? Line(string head, ReadOnlySpan<byte> secret)
    {
        var start = Encoding.UTF8.GetBytes(head);
        var room = Base64.GetMaxEncodedToUtf8Length(secret.Length);
        var line = new byte[start.Length + room + 1];
        if (line.Length > LongestLine) return null;
        start.CopyTo(line, 0);
        Base64.EncodeToUtf8(secret, line.AsSpan(start.Length), out _, out var length);
        line[start.Length + length] = (byte)'\n';
        return line;
    }

    internal static void Clear(byte[] line) => CryptographicOperations.ZeroMemory(line);
}
