using System.Globalization;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>The head of a request: what rspamd is told besides the message. Pure.</summary>
internal static class RspamdRequest
{
    /// <summary>HTTP/1.0, so that the answer comes in one piece and the connection ends with it.</summary>
    internal static byte[] Head(EndOfDataContext context, long length)
    {
        var head = new StringBuilder("POST /checkv2 HTTP/1.0\r\n");
        Add("IP", context.Client.Address.ToString());
        Add("Helo", context.Helo?.Name);
        // rspamd takes this word for no name, as Postfix gives it.
        Add("Hostname", context.Client.Name);
        Add("From", $"<{context.Sender.ToEnvelope()}>");
        foreach (var recipient in context.Recipients) Add("Rcpt", $"<{recipient.Address.ToEnvelope()}>");
        Add("User", context.Sasl?.User);
        Add("Queue-Id", context.Transaction.QueueId?.ToString());
        Add("MTA-Name", context.Server.Name);
        Add("TLS-Version", context.Tls?.Version);
        Add("TLS-Cipher", context.Tls?.Cipher);
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n\r\n");
        return Encoding.UTF8.GetBytes(head.ToString());

        // A client says what it likes: nothing of it may end a line.
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) head.Append(name).Append(": ").Append(string.Concat(value.Select(c => char.IsControl(c) ? '?' : c))).Append("\r\n");
        }
    }
}
