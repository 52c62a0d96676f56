using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using PolicyMTA.Sdk;
using MxRecord = PolicyMTA.Sdk.MxRecord;
using TlsaRecord = PolicyMTA.Sdk.TlsaRecord;

namespace PolicyMTA.Dns;

/// <summary>DNS through a recursive nameserver: cached by time to live, one query in flight for each question, every question with a deadline.</summary>
public sealed class DnsResolver : IDnsResolver
{
    // RFC 2308 §5 allows up to three hours; five minutes keep a repaired zone from staying invisible.
    private static readonly TimeSpan LongestNegative = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NegativeWithoutSoa = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPositive = TimeSpan.FromDays(1);
    // Nobody's records need a quarter of it; TCP could carry four times as much.
    internal const int LargestAnswer = 16 * 1024;

    private readonly DnsSettings _settings;
    private readonly TimeProvider _time;
    private readonly LookupClient? _client;
    private readonly LoopbackNames _loopback;
    private readonly AnswerCache _cache;
    private readonly ConcurrentDictionary<Question, Lazy<Task<object>>> _flights = new();

    /// <summary>Reads the system's files where the settings leave it to them.</summary>
    public DnsResolver(DnsSettings settings, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(time);
        _settings = settings;
        _time = time;
        _cache = new AnswerCache(settings.CacheSize, time);
        _loopback = LoopbackNames.Read(settings.Hosts);
        var servers = settings.Nameservers ?? SystemNameservers.Read(settings.ResolvConf);
        if (servers.Count > 0) _client = new LookupClient(Options(settings, servers));
    }

    /// <summary>How many answers are remembered now.</summary>
    internal int Remembered => _cache.Count;

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> FindIpv4Async(string name, CancellationToken cancellationToken) => _loopback.Knows(name)
        ? new(_loopback.FindAddresses(name, AddressFamily.InterNetwork))
        : AskAsync(name, QueryType.A, static r => r is ARecord a ? a.Address : null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> FindIpv6Async(string name, CancellationToken cancellationToken) => _loopback.Knows(name)
        ? new(_loopback.FindAddresses(name, AddressFamily.InterNetworkV6))
        : AskAsync(name, QueryType.AAAA, static r => r is AaaaRecord a ? a.Address : null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(name, QueryType.MX,
            static r => r is DnsClient.Protocol.MxRecord mx ? new MxRecord(mx.Preference, WithoutDot(mx.Exchange)) : null, cancellationToken);
        if (answer.Records.Count < 2) return answer;
        // RFC 7505 §3: a null MX beside others is a mistake, and no host.
        MxRecord[] hosts = [.. answer.Records.Where(r => r.Host.Length > 0).OrderBy(r => r.Preference)];
        return answer with { Records = hosts.Length > 0 ? hosts : [answer.Records[0]] };
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindNsAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(name, QueryType.NS, static r => r is NsRecord ns ? WithoutDot(ns.NSDName) : null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindTxtAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(name, QueryType.TXT, static r => r is TxtRecord txt ? string.Concat(txt.Text) : null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindPtrAsync(IPAddress address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return _loopback.FindName(address) is { } name
            ? new(new DnsAnswer<string>(DnsStatus.Found, [name]))
            : AskAsync(ReverseName.Of(address), QueryType.PTR, static r => r is PtrRecord ptr ? WithoutDot(ptr.PtrDomainName) : null, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(name, QueryType.TLSA, static r => r is DnsClient.Protocol.TlsaRecord tlsa
            ? new TlsaRecord((byte)tlsa.CertificateUsage, (byte)tlsa.Selector, (byte)tlsa.MatchingType, tlsa.CertificateAssociationData.ToArray())
            : null, cancellationToken);

    private async ValueTask<DnsAnswer<T>> AskAsync<T>(string name, QueryType type, Func<DnsResourceRecord, T?> select, CancellationToken cancellationToken) where T : class
    {
        ArgumentNullException.ThrowIfNull(name);
        var question = new Question(name.TrimEnd('.').ToLowerInvariant(), type);
        if (_loopback.Knows(question.Name)) return new DnsAnswer<T>(DnsStatus.NoData, []);
        if (_cache.Find(question) is { } known) return (DnsAnswer<T>)known;
        if (_client is null) return new DnsAnswer<T>(DnsStatus.Failure, []);
        var flight = _flights.GetOrAdd(question, q => new Lazy<Task<object>>(() => FlyAsync(q, select)));
        // The query goes on without a caller that has left: others may wait for it, and its answer is worth keeping.
        return (DnsAnswer<T>)await flight.Value.WaitAsync(cancellationToken);
    }

    private async Task<object> FlyAsync<T>(Question question, Func<DnsResourceRecord, T?> select) where T : class
    {
        try
        {
            var (answer, timeToLive) = await QueryAsync(question, select);
            _cache.Add(question, answer, timeToLive);
            return answer;
        }
        finally
        {
            _flights.TryRemove(question, out _);
        }
    }

    private async Task<(DnsAnswer<T> Answer, TimeSpan TimeToLive)> QueryAsync<T>(Question question, Func<DnsResourceRecord, T?> select) where T : class
    {
        if (!IsAskable(question.Name)) return (new DnsAnswer<T>(DnsStatus.NoSuchName, []), TimeSpan.Zero);
        try
        {
            using var deadline = new CancellationTokenSource(_settings.Deadline, _time);
            var response = await _client!.QueryAsync(question.Name, question.Type, QueryClass.IN, deadline.Token);
            return Read(response, select);
        }
        // What DnsClient throws is not a closed set: transport errors, unparsable packets, time. None of them says anything about the name.
        catch (Exception)
        {
            return (new DnsAnswer<T>(DnsStatus.Failure, []), TimeSpan.Zero);
        }
    }

    private static (DnsAnswer<T> Answer, TimeSpan TimeToLive) Read<T>(IDnsQueryResponse response, Func<DnsResourceRecord, T?> select) where T : class
    {
        var authenticated = response.Header.IsAuthenticData;
        var code = response.Header.ResponseCode;
        if (code == DnsHeaderResponseCode.NotExistentDomain) return (new DnsAnswer<T>(DnsStatus.NoSuchName, [], authenticated), NegativeTime(response));
        if (code != DnsHeaderResponseCode.NoError || response.MessageSize > LargestAnswer) return (new DnsAnswer<T>(DnsStatus.Failure, []), TimeSpan.Zero);
        var records = new List<T>(response.Answers.Count);
        foreach (var record in response.Answers)
        {
            if (select(record) is { } value) records.Add(value);
        }
        if (records.Count == 0 && HasLoop(response)) return (new DnsAnswer<T>(DnsStatus.Failure, []), TimeSpan.Zero);
        if (records.Count == 0) return (new DnsAnswer<T>(DnsStatus.NoData, [], authenticated), NegativeTime(response));
        var seconds = response.Answers.Min(r => r.InitialTimeToLive); // the aliases on the way count too
        return (new DnsAnswer<T>(DnsStatus.Found, records, authenticated), Bounded(seconds, LongestPositive));
    }

    // RFC 1034 §3.6.2: aliases that lead back to one another are an error, which says nothing about the name.
    private static bool HasLoop(IDnsQueryResponse response)
    {
        var aliases = response.Answers.OfType<CNameRecord>().GroupBy(alias => alias.DomainName.Value, StringComparer.OrdinalIgnoreCase).ToDictionary(same => same.Key, same => same.First().CanonicalName.Value, StringComparer.OrdinalIgnoreCase);
        if (aliases.Count == 0) return false;
        var name = response.Questions[0].QueryName.Value;
        for (var steps = 0; aliases.TryGetValue(name, out var next); steps++)
        {
            if (steps == aliases.Count) return true;
            name = next;
        }
        return false;
    }

    // RFC 2308 §5: the smaller of the SOA's own time to live and its MINIMUM.
    private static TimeSpan NegativeTime(IDnsQueryResponse response) =>
        response.Authorities.OfType<SoaRecord>().FirstOrDefault() is { } soa
            ? Bounded(Math.Min(soa.InitialTimeToLive, (long)soa.Minimum), LongestNegative)
            : NegativeWithoutSoa;

    private static TimeSpan Bounded(long seconds, TimeSpan most)
    {
        var time = TimeSpan.FromSeconds(Math.Max(0, seconds));
        return time < most ? time : most;
    }

    // RFC 1035 §2.3.4. A name that can't be asked can't exist.
    private static bool IsAskable(string name)
    {
        if (name.Length is 0 or > 253) return false;
        foreach (var label in name.Split('.'))
        {
            if (label.Length is 0 or > 63) return false;
        }
        return true;
    }

    private static string WithoutDot(DnsString name) => name.Value.TrimEnd('.');

    private static LookupClientOptions Options(DnsSettings settings, IReadOnlyList<IPEndPoint> servers) => new([.. servers.Select(s => new NameServer(s))])
    {
        UseCache = false,
        Timeout = settings.Timeout,
        Retries = settings.Retries,
        UseTcpFallback = true,
        UseRandomNameServer = false,
        ThrowDnsErrors = false,
        ContinueOnDnsError = true,
        ContinueOnEmptyResponse = false,
        AutoResolveNameServers = false,
    };
}
