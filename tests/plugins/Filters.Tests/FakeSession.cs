using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests;

/// <summary>What a filter sees of a session.</summary>
internal static class FakeSession
{
    internal static EndOfDataContext EndOfData(IMessage message, string sender = "joe@good.test", string client = "192.0.2.10", string? login = null, bool isInMyNetworks = false, AuthenticationResults? results = null) => new(
        new SessionFacts
        {
            Id = "s", Listener = "smtp", Server = new Server(IPAddress.Loopback, 25, "mx.example.test"), Client = new Client { Address = IPAddress.Parse(client), IsInMyNetworks = isInMyNetworks },
            Helo = new Helo("mail.good.test", IsExtended: true), Sasl = login is null ? null : new Sasl(login, "PLAIN"),
        },
        new TransactionFacts { Sender = Address.FromInternal(sender), Results = results ?? new AuthenticationResults() }, [], message);
}
