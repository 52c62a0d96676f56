using System.Net.Sockets;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Spf;

/// <summary>The milter <c>iprev</c> (RFC 8601 §3): whether a name of the client's address leads back to it. It refuses nobody; <c>results.iprev</c> is there from MAIL on.</summary>
internal sealed class IprevMilter(string name, IDnsResolver dns) : IMilter
{
    // As SPF has it for "ptr" (RFC 7208 §4.6.4): who owns the reverse zone must not make us ask for ever.
    private const int MostNames = 10;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ValueTask<IMilterSession?> StartAsync(ClientContext context, CancellationToken cancellationToken) => new(context.Client.IsInMyNetworks ? null : new Session(dns));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Session(IDnsResolver dns) : IMilterSession
    {
        private AuthenticationResult? _result;

        public async ValueTask<Verdict> MailAsync(SenderContext context, CancellationToken cancellationToken)
        {
            if (context.Sasl is not null) return Verdict.Dunno;
            _result ??= await FindAsync(context.Client, cancellationToken);
            context.Results.Add(_result);
            return Verdict.Dunno;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async ValueTask<AuthenticationResult> FindAsync(Client client, CancellationToken cancellationToken)
        {
            var names = await dns.FindPtrAsync(client.Address, cancellationToken);
            if (names.IsFailure) return Result("temperror");
            if (!names.IsFound) return Result("permerror");
            var isUnclear = false;
            foreach (var candidate in names.Records.Take(MostNames))
            {
                var addresses = client.Address.AddressFamily == AddressFamily.InterNetworkV6 ? await dns.FindIpv6Async(candidate, cancellationToken) : await dns.FindIpv4Async(candidate, cancellationToken);
                if (addresses.Records.Contains(client.Address)) return Result("pass", candidate);
                isUnclear |= addresses.IsFailure;
            }
            return Result(isUnclear ? "temperror" : "fail");

            AuthenticationResult Result(string word, string? found = null) => new("iprev", word, found) { Properties = [new("policy.iprev", client.Address.ToString())] };
        }
    }
}
