using System.Text;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>AUTH (RFC 4954 §4): the best mechanism that both sides have.</summary>
internal sealed class LoginDialogue(ClientConnection connection, ClientSettings settings, Login login)
{
    // RFC 4954 §4: a longer initial response would exceed the command line; it waits for an empty challenge.
    private const int LongestInitialResponse = 400;
    // No mechanism needs more; a server could go on for ever.
    private const int MostChallenges = 8;
    private static readonly EnhancedStatus NotLoggedIn = new(4, 7, 0);

    private Destination Destination => connection.Destination;

    /// <summary>Null once we are logged in, and where the server knows no logins at all.</summary>
    public async ValueTask<Failure?> RunAsync()
    {
        var offered = connection.Keywords.AuthMechanisms;
        if (offered.Count == 0) return null;
        var usable = connection.IsEncrypted ? settings.Logins.MechanismsUnderTls : settings.Logins.Mechanisms;
        if (usable.FirstOrDefault(offered.Contains) is not { } mechanism)
        {
            return Failure.At(Destination, NotLoggedIn, $"SASL authentication failed: server {Destination.Name} offered no compatible authentication mechanisms for this type of connection security");
        }
        var exchange = SaslExchange.Create(mechanism, login);
        var reply = await BeginAsync(mechanism, exchange);
        for (var count = 0; reply.Code == 334; count++)
        {
            var answer = count < MostChallenges ? AnswerTo(reply, exchange) : null;
            reply = await SayAsync(answer is null ? "*" : Convert.ToBase64String(answer));
            if (answer is null) return Failure.At(Destination, NotLoggedIn, $"SASL authentication failed; cannot authenticate to server {Destination.Name}: bad challenge");
        }
        if (reply.Code / 100 != 2) return Failure.NotLoggedIn(Destination, reply, settings.Logins.IsRefusalTemporary);
        return exchange.IsProven ? null : Failure.At(Destination, NotLoggedIn, $"SASL authentication failed; cannot authenticate to server {Destination.Name}: it did not prove that it knows the password");
    }

    private ValueTask<RemoteReply> BeginAsync(string mechanism, SaslExchange exchange)
    {
        if (exchange.Start() is not { } start || start.Length > LongestInitialResponse) return SayAsync($"AUTH {mechanism}");
        return SayAsync($"AUTH {mechanism} {(start.Length == 0 ? "=" : Convert.ToBase64String(start))}");
    }

    private static byte[]? AnswerTo(RemoteReply reply, SaslExchange exchange)
    {
        var text = reply.Lines[^1].Trim();
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return null;
        // What could not be sent with AUTH is asked for with an empty challenge.
        return length == 0 && exchange.Start() is { Length: > LongestInitialResponse } late ? late : exchange.Answer(bytes.AsSpan(0, length));
    }

    private async ValueTask<RemoteReply> SayAsync(string line)
    {
        connection.Output.Write(Encoding.ASCII.GetBytes(line + "\r\n"));
        await connection.FlushAsync(settings.Timeouts.Helo);
        return await connection.ReadReplyAsync(settings.Timeouts.Helo);
    }
}
