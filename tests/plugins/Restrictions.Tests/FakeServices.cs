using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Tests;

/// <summary>Everything a restriction may ask, in memory.</summary>
internal sealed class FakeServices : IPluginServices, ISettings, ILookupTables, IAddressClasses
{
    private static readonly char[] Separators = [',', ' '];

    public Dictionary<string, string> Values { get; } = [];
    public Dictionary<string, Dictionary<string, string>> Contents { get; } = [];
    public Dictionary<string, AddressClass> Domains { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<string> Known { get; } = new(StringComparer.OrdinalIgnoreCase);
    public FakeDns Zone { get; } = new();

    public ISettings Settings => this;
    public ILookupTables Tables => this;
    public IAddressClasses Addresses => this;
    public IDnsResolver Dns => Zone;
    public FakeVerifier Verified { get; } = new();
    public IAddressVerifier Verifier => Verified;
    public IMailSubmission Submission => throw new NotSupportedException();
    public Meter Meter { get; } = new("restrictions");
    public TimeProvider Time { get; set; } = TimeProvider.System;
    public ILogger Logger { get; set; } = NullLogger.Instance;
    public TOptions Options<TOptions>() where TOptions : class => throw new InvalidOperationException("no options");
    public void Run(string name, Func<CancellationToken, Task> work) => throw new InvalidOperationException("no background work");

    public string Text(string name) => Values.TryGetValue(name, out var value) ? value : throw new InvalidOperationException($"nobody declared {name}");
    public int Int32(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);
    public bool Boolean(string name) => Text(name) == "yes";
    public string FullPath(string path) => Path.GetFullPath(path);

    public IReadOnlyList<string> List(string name) => Text(name).Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    public ILookupTable Open(string specification) =>
        specification.StartsWith("fail:", StringComparison.Ordinal) ? new FakeTable(null)
        : specification.StartsWith("inline:{", StringComparison.Ordinal) ? new FakeTable(Inline(specification))
        : Contents.TryGetValue(specification, out var content) ? new FakeTable(content)
        : throw new ConfigurationException($"there is no table {specification}");

    public static Dictionary<string, string> Inline(string table) =>
        table["inline:{".Length..^1].Split(',').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0].Trim(), pair => pair[1]);

    public ValueTask<AddressClass> ClassifyAsync(Address address, CancellationToken cancellationToken) => new(ClassOf(address));

    public AddressClass ClassOf(Address address)
    {
        for (var domain = address.Domain; domain.Length > 0;)
        {
            if (Domains.TryGetValue(domain, out var found)) return found;
            var dot = domain.IndexOf('.', StringComparison.Ordinal);
            domain = dot < 0 ? "" : domain[(dot + 1)..];
        }
        return AddressClass.Default;
    }

    public ValueTask<AddressStatus> ValidateAsync(Address address, CancellationToken cancellationToken)
    {
        var found = ClassOf(address);
        var isKnown = found == AddressClass.Default || Known.Contains(address.ToString());
        return new(new AddressStatus(isKnown, found, isKnown ? "" : found switch
        {
            AddressClass.Local => "local recipient table",
            AddressClass.Relay => "relay recipient table",
            AddressClass.VirtualAlias => "virtual alias table",
            _ => "virtual mailbox table",
        }));
    }

    public Address Complete(Address address) => address.IsNull || address.Domain.Length > 0 ? address : address with { Domain = "example.test" };

    private sealed class FakeTable(Dictionary<string, string>? content) : ILookupTable
    {
        public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => new(
            content is null ? LookupResult.Failed("it always fails") : content.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.None);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>DNS of a dictionary: what it lacks does not exist.</summary>
internal sealed class FakeDns : IDnsResolver
{
    private readonly Dictionary<(string Name, string Type), object> _records = [];
    private readonly HashSet<string> _names = [];
    private readonly HashSet<string> _broken = [];

    public void Add(string name, params string[] addresses)
    {
        _names.Add(name);
        _records[(name, "A")] = addresses.Select(IPAddress.Parse).Where(a => a.GetAddressBytes().Length == 4).ToList();
        _records[(name, "AAAA")] = addresses.Select(IPAddress.Parse).Where(a => a.GetAddressBytes().Length == 16).ToList();
    }

    public void AddMx(string name, params string[] hosts)
    {
        _names.Add(name);
        _records[(name, "MX")] = hosts.Select((h, i) => new MxRecord(10 * (i + 1), h)).ToList();
    }

    public void AddNs(string name, params string[] hosts)
    {
        _names.Add(name);
        _records[(name, "NS")] = hosts.ToList();
    }

    public void AddTxt(string name, string text)
    {
        _names.Add(name);
        _records[(name, "TXT")] = new List<string> { text };
    }

    public void Break(string name) => _broken.Add(name);

    /// <summary>The types of records, but for the null MX, that can't be asked for where there are any.</summary>
    public HashSet<string> BrokenTypes { get; } = [];

    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => Find<IPAddress>(name, "A");
    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => Find<IPAddress>(name, "AAAA");
    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken) => Find<MxRecord>(name, "MX");
    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) => Find<string>(name, "NS");
    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) => Find<string>(name, "TXT");
    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken) => throw new NotSupportedException();
    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    private ValueTask<DnsAnswer<T>> Find<T>(string name, string type)
    {
        if (_broken.Contains(name)) return new(new DnsAnswer<T>(DnsStatus.Failure, []));
        if (_records.TryGetValue((name, type), out var found) && found is List<T> { Count: > 0 } records)
        {
            if (BrokenTypes.Contains(type) && records is not [MxRecord { Host: "" or "." }]) return new(new DnsAnswer<T>(DnsStatus.Failure, []));
            return new(new DnsAnswer<T>(DnsStatus.Found, records));
        }
        return new(new DnsAnswer<T>(_names.Contains(name) ? DnsStatus.NoData : DnsStatus.NoSuchName, []));
    }
}
