using System.Collections;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Addressing;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Tests;

/// <summary>A table in memory.</summary>
internal sealed class FakeTable : ILookupTable, IEnumerable
{
    private readonly Dictionary<string, string> _entries = [];

    internal string this[string key] { set => _entries[key] = value; }

    internal bool IsBroken { get; init; }

    public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(IsBroken ? LookupResult.Failed("down") : _entries.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public IEnumerator GetEnumerator() => _entries.GetEnumerator();
}

/// <summary>No table can be opened.</summary>
internal sealed class NoTables : ILookupTables
{
    public ILookupTable Open(string specification) => throw new ConfigurationException($"no table {specification}");
}

/// <summary>A DNS that knows nothing.</summary>
internal sealed class FakeDns : IDnsResolver
{
    internal static FakeDns Instance { get; } = new();

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => None<IPAddress>();
    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => None<IPAddress>();
    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => None<MxRecord>();
    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => None<string>();
    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => None<string>();
    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => None<string>();
    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => None<TlsaRecord>();

    private static ValueTask<DnsAnswer<T>> None<T>() => new(new DnsAnswer<T>(DnsStatus.NoSuchName, []));
}

/// <summary>Knows alice, whose password is <c>secret</c>.</summary>
internal sealed class FakeAuthenticator : IAuthenticator
{
    public IReadOnlyList<SaslMechanism> Mechanisms { get; } = [new("PLAIN", true), new("LOGIN", true)];

    public ISaslConversation Start(string mechanism, ClientContext context) => new Conversation();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Conversation : ISaslConversation
    {
        public ValueTask<SaslStep> AdvanceAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) =>
            response is { } bytes && Encoding.UTF8.GetString(bytes.Span) == "\0silent\0secret" ? new(new TaskCompletionSource<SaslStep>().Task) : new(Step(response));

        private static SaslStep Step(ReadOnlyMemory<byte>? response) => response switch
        {
            null => new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty),
            { } bytes when Encoding.UTF8.GetString(bytes.Span) == "\0dead\0secret" => throw new InvalidOperationException("a plugin's mistake"),
            { } bytes when Encoding.UTF8.GetString(bytes.Span) == "\0alice@example.test\0secret" => new SaslStep.Success("alice@example.test"),
            _ => new SaslStep.Failure("(reason unavailable)", "alice@example.test"),
        };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>The few restrictions these tests need, and the rules that use them.</summary>
internal static class Rules
{
    internal static Dictionary<string, string> Default { get; } = new()
    {
        ["relay.js"] = "import { restrictions as r } from 'policymta'; export default [r.permit_mynetworks(), r.permit_sasl_authenticated(), r.reject_unauth_destination()];",
    };

    internal static PolicyLoadOptions Options(AddressBook addresses, bool delaysReject, IDecisionRecorder? recorder = null) => new()
    {
        DelayReject = delaysReject,
        RejectUnlistedRecipient = true,
        Sets = new HashSet<string>(),
        Restrictions = new[]
        {
            Declare<ClientContext>("permit_mynetworks", c => c.Client.IsInMyNetworks ? Verdict.Permit : Verdict.Dunno),
            Declare<ClientContext>("permit_sasl_authenticated", c => c.Sasl is not null ? Verdict.Permit : Verdict.Dunno),
            Declare<ClientContext>("reject", _ => new Verdict.Refuse(554, EnhancedStatus.Parse("5.7.1"), "Access denied")),
            Declare<RecipientContext>("reject_unauth_destination", c => c.Recipient.Class != AddressClass.Default ? Verdict.Dunno
                : new Verdict.Refuse(554, EnhancedStatus.Parse("5.7.1"), "Relay access denied") { Frame = ReplyFrame.Item }),
            new RestrictionDeclaration("reject_unlisted_recipient", typeof(RecipientContext), "test", _ => new Unlisted(addresses)),
        }.ToDictionary(d => d.Name),
        Services = new PolicyServices
        {
            Tables = new NoTables(),
            Dns = FakeDns.Instance,
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
            Recorder = recorder,
        },
    };

    private static RestrictionDeclaration Declare<TContext>(string name, Func<TContext, Verdict> check) where TContext : ClientContext =>
        new(name, typeof(TContext), "test", _ => new Restriction<TContext>(check));

    private sealed class Restriction<TContext>(Func<TContext, Verdict> check) : IRestriction<TContext> where TContext : ClientContext
    {
        public ValueTask<Verdict> CheckAsync(TContext context, CancellationToken cancellationToken) => new(check(context));
    }

    private sealed class Unlisted(AddressBook addresses) : IRestriction<RecipientContext>
    {
        public async ValueTask<Verdict> CheckAsync(RecipientContext context, CancellationToken cancellationToken)
        {
            var status = await addresses.ValidateAsync(context.Recipient.Address, cancellationToken);
            return status.IsKnown ? Verdict.Dunno
                : new Verdict.Refuse(550, EnhancedStatus.Parse("5.1.1"), $"User unknown in {status.Table}") { Item = RefusedItem.Recipient };
        }
    }
}
