using System.Globalization;
using System.Net.Sockets;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>What is written for spamd. Pure.</summary>
internal static class SpamRequest
{
    // So that the answer's header section can be bounded.
    private const int LongestName = 255;

    /// <summary>The head of a request.</summary>
    internal static byte[] Head(string command, string user, long length) =>
        Encoding.UTF8.GetBytes($"{command.ToUpperInvariant()} SPAMC/1.5\r\nContent-length: {length.ToString(CultureInfo.InvariantCulture)}\r\n{(user.Length > 0 ? $"User: {user}\r\n" : "")}\r\n");

    /// <summary>Whose preferences count.</summary>
    internal static string User(SpamAssassinOptions options, DataContext context) =>
        options.UserOfRecipient && context.Recipient is { } only ? Clean(only.Address.WithFoldedDomain().ToString(), ' ') : options.User;

    /// <summary>
    /// The fields that delivery would put on top: our own Received field does not stand in a message yet, and SpamAssassin learns from it who sent it. Written as Postfix does, which it knows.
    /// </summary>
    internal static string Top(EndOfDataContext context, DateTimeOffset now)
    {
        var client = context.Client;
        var address = client.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"IPv6:{client.Address}" : client.Address.ToString();
        var login = context.Sasl is { } sasl ? $"\r\n\t(Authenticated sender: {Clean(sasl.User)})" : "";
        var protocol = (context.Helo?.IsExtended ?? false) ? "ESMTP" + (context.Tls is null ? "" : "S") + (context.Sasl is null ? "" : "A") : "SMTP";
        return $"Return-Path: <{Clean(context.Sender.ToEnvelope())}>\r\nReceived: from {Clean(context.Helo?.Name ?? client.Name)} ({Clean(client.Name)} [{address}]){login}\r\n\tby {Clean(context.Server.Name)} (Postfix) with {protocol} id {context.Transaction.QueueId};\r\n\t{now.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} {now.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal)}\r\n";
    }

    // A client says what it likes: nothing of it may end a line or a comment.
    private static string Clean(string text, char least = '!')
    {
        var clean = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, LongestName))) clean.Append(c < least || c > '~' || c is '(' or ')' ? '?' : c);
        return clean.ToString();
    }
}
