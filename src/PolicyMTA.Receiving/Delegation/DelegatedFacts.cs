using System.Globalization;
using System.Net;
using System.Text;
using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Delegation;

/// <summary>What a question says of another MTA's session, in our words. Pure.</summary>
internal static class DelegatedFacts
{
    private const int LongestId = 100;

    /// <exception cref="InvalidDataException">It has no client.</exception>
    internal static SessionFacts Session(DelegatedQuestion question, DelegationSettings settings) => new()
    {
        Id = question["instance"] is { Length: > 0 and <= LongestId } id ? id : "delegated",
        Listener = settings.Listener,
        Client = Client(question, settings.MyNetworks),
        Server = new Server(IPAddress.TryParse(question["server_address"], out var address) ? address : IPAddress.Loopback, Port(question, "server_port"), settings.HostName),
        Helo = question["helo_name"] is { Length: > 0 } name ? new Helo(name, question["protocol_name"] is not "SMTP") { IsLmtp = question["protocol_name"] == "LMTP" } : null,
        Tls = question["encryption_protocol"] is { Length: > 0 } version ? Tls(question, version) : null,
        Sasl = question["sasl_username"] is { Length: > 0 } user ? new Sasl(user, question["sasl_method"]) : null,
        IsUnderStress = question["stress"] == "yes",
    };

    /// <summary>The other server's queue id; null while it has none.</summary>
    internal static string? QueueIdOf(DelegatedQuestion question) => question["queue_id"] is { Length: > 0 and <= LongestId } id ? id : null;

    internal static TransactionFacts Transaction(DelegatedQuestion question, AddressBook book)
    {
        var given = Address.FromInternal(question["sender"]);
        return new TransactionFacts
        {
            Sender = book.Complete(given),
            GivenSender = given,
            Mail = MailParameters.None with { Size = question.Number("size") is > 0 and var size ? size : null, Auth = question["sasl_sender"] is { Length: > 0 } auth ? auth : null },
        };
    }

    private static Client Client(DelegatedQuestion question, NetworkList mine)
    {
        if (!IPAddress.TryParse(question["client_address"], out var address)) throw new InvalidDataException("a question without the address of a client");
        return new Client
        {
            Address = address,
            Port = Port(question, "client_port"),
            Name = Named(question["client_name"]),
            ReverseName = Named(question["reverse_client_name"]),
            IsInMyNetworks = mine.Contains(address),
        };
    }

    private static string Named(string name) => name.Length == 0 ? "unknown" : name;

    private static int Port(DelegatedQuestion question, string name) => question.Number(name) is >= 0 and <= IPEndPoint.MaxPort and var port ? (int)port : 0;

    private static Tls Tls(DelegatedQuestion question, string version) => new()
    {
        Version = version,
        Cipher = question["encryption_cipher"],
        Bits = (int)Math.Min(question.Number("encryption_keysize"), int.MaxValue),
        ServerName = question["tls_sni"] is { Length: > 0 } name ? name : null,
        // The names of a certificate are told only when the other server trusts it.
        Certificate = question["ccert_fingerprint"] is not { Length: > 0 } fingerprint ? null
            : new ClientCertificate(Unquote(question["ccert_subject"]), Unquote(question["ccert_issuer"]), fingerprint, question["ccert_pubkey_fingerprint"], question["ccert_subject"].Length > 0),
    };

    // xtext, RFC 3461 §4; what is none stays as it is.
    private static string Unquote(string text)
    {
        if (!text.Contains('+', StringComparison.Ordinal)) return text;
        var octets = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '+' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else octets.AddRange(Encoding.UTF8.GetBytes([text[i]]));
        }
        return new string([.. Encoding.UTF8.GetString([.. octets]).Where(c => !char.IsControl(c))]);
    }
}
