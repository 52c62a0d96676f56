using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Addressing;
using PolicyMTA.Leases;
using PolicyMTA.Policy;
using PolicyMTA.Queue;
using PolicyMTA.Receiving.Listening;
using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>The receiving side with real policies and a real queue on loopback; tables, DNS and logins are fakes, nothing is delivered.</summary>
internal sealed class ReceivingServer : IAsyncDisposable
{
    private const string Stranger = "203.0.113.0/24";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));
    private readonly MessageQueue _queue;
    private readonly ReceivingGeneration _generation;
    private readonly Current<ReceivingGeneration> _current;
    private readonly SmtpReceiver _receiver;

    private ReceivingServer(MessageQueue queue, ReceivingGeneration generation, TemporaryFolder folder, ILoggerFactory loggers, ISessionNotices? notices)
    {
        _folder = folder;
        _queue = queue;
        _generation = generation;
        _current = new Current<ReceivingGeneration>(generation, g => g.Policies.DisposeAsync(), _time);
        _receiver = new SmtpReceiver(_current, queue, FakeDns.Instance, _time, loggers, notices: notices);
    }

    internal SmtpReceiver Receiver => _receiver;

    internal MessageQueue Queue => _queue;

    internal Current<ReceivingGeneration> Current => _current;

    /// <summary>For sessions without a socket; the caller disposes of the flushes.</summary>
    internal ReceivingServices Services() =>
        new(_current, _queue, FakeDns.Instance, _time, NullLogger.Instance, new FlushRequests(_queue, _time, NullLogger.Instance));

    internal ListenerSettings Listener(string name) => _generation.Listeners[name];

    internal static async Task<ReceivingServer> StartAsync(
        Func<SmtpServiceSettings, SmtpServiceSettings>? change = null, Dictionary<string, string>? policies = null, bool trustsLoopback = false, bool delaysReject = true,
        Func<ReceivingGeneration, ReceivingGeneration>? generation = null, bool holds = true, Func<ListenerSettings, ListenerSettings>? listen = null, ILoggerFactory? loggers = null,
        ISessionNotices? notices = null, IDecisionRecorder? recorder = null)
    {
        var folder = new TemporaryFolder();
        var queue = await MessageQueue.OpenAsync(
            new QueueSettings { Folder = folder.File("queue"), HoldAll = holds }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        var first = Generation(change, policies, trustsLoopback, delaysReject, "one", listen, recorder);
        var server = new ReceivingServer(queue, generation?.Invoke(first) ?? first, folder, loggers ?? NullLoggerFactory.Instance, notices);
        await server._receiver.ApplyAsync(server._current.Lease().Value.Listeners.Values, CancellationToken.None);
        return server;
    }

    internal Task PlayAsync(string script, string listener = "smtp") =>
        Dialogue.PlayAsync(_receiver.EndPoints[listener], script, script.Contains("W: ", StringComparison.Ordinal) ? MoveAsync : MoveSessionsClockAsync, implicitTls: listener == "submissions");

    /// <summary>Moves the clock, once every session waits for its client.</summary>
    internal Task AdvanceAsync(TimeSpan by) => MoveClockAsync(by);

    internal Task AdvanceAsync(TimeSpan by, bool waits) => waits ? MoveClockAsync(by) : MoveAsync(by);

    internal async Task ReplaceAsync(Dictionary<string, string> policies)
    {
        await _current.ReplaceAsync(Generation(null, policies, false, true, "two"), g => g.Policies.DisposeAsync());
        _receiver.MoveSessions();
    }

    internal async Task<IReadOnlyList<QueueEntry>> QueuedAsync()
    {
        var entries = new List<QueueEntry>();
        await foreach (var entry in _queue.Administration.ListAsync(QueueFilter.All, CancellationToken.None)) entries.Add(entry);
        return entries;
    }

    internal async Task<string> ContentAsync(QueueEntry entry)
    {
        var content = await _queue.Administration.ReadContentAsync(entry.Id, CancellationToken.None);
        await using var stream = await content!.OpenReadAsync(CancellationToken.None);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _current.DisposeAsync();
        await _queue.DisposeAsync();
        _folder.Dispose();
    }

    private Task MoveAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }

    /// <summary>The clock of a dialogue's session, which may not even have been accepted yet, and may have ended.</summary>
    private async Task MoveSessionsClockAsync(TimeSpan by)
    {
        var patience = TimeProvider.System.GetTimestamp();
        while (_receiver.SessionCount == 0 && TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromSeconds(2)) await Task.Yield();
        await MoveClockAsync(by);
    }

    private async Task MoveClockAsync(TimeSpan by)
    {
        while (!_receiver.IsQuiet) await Task.Yield();
        _time.Advance(by);
    }

    private static ReceivingGeneration Generation(
        Func<SmtpServiceSettings, SmtpServiceSettings>? change, Dictionary<string, string>? policies, bool trustsLoopback, bool delaysReject, string hash, Func<ListenerSettings, ListenerSettings>? listen = null,
        IDecisionRecorder? recorder = null)
    {
        var addresses = new AddressBook(new AddressBookSettings
        {
            MyOrigin = "example.test",
            VirtualMailboxDomains = DomainList.Of("example.test", "bücher.example"),
            VirtualMailboxMaps = [new FakeTable { ["alice@example.test"] = "alice/", ["bob@example.test"] = "bob/", ["älice@bücher.example"] = "books/", ["carol@xn--bcher-kva.example"] = "carol/" }],
            VirtualAliasMaps = [new FakeTable { ["sales@example.test"] = "alice@example.test,bob@example.test", ["loop@example.test"] = "loop2@example.test", ["loop2@example.test"] = "loop@example.test,x@example.test" }],
        });
        if (!NetworkList.TryParse([trustsLoopback ? "127.0.0.0/8" : Stranger], out var networks, out var error)) throw new InvalidOperationException(error);
        var service = new SmtpServiceSettings
        {
            HostName = "mx.example.test",
            Banner = "mx.example.test ESMTP",
            MyNetworks = networks,
            Limits = new ClientLimits { Exceptions = networks },
            BareNewlineExclusions = networks,
            Syntax = SmtpSyntax.Default with { StrictEnvelopes = true },
            PeerNameLookup = false,
            AuthEnabled = true,
            DelaysReject = delaysReject,
            MessageSizeLimit = 20_000,
        };
        service = change?.Invoke(service) ?? service;
        var load = PolicyLoader.Load(new PolicySource(policies ?? Rules.Default), Rules.Options(addresses, delaysReject, recorder));
        return new ReceivingGeneration
        {
            Hash = hash,
            Policies = load.Policies ?? throw new InvalidOperationException(string.Join('\n', load.Errors)),
            Addresses = addresses,
            Authenticator = new FakeAuthenticator(),
            Listeners = new[] { ("smtp", ListenerTls.StartTls), ("submissions", ListenerTls.Implicit), ("lmtp", ListenerTls.StartTls) }.ToDictionary(l => l.Item1, l => (listen ?? (same => same))(new ListenerSettings
            {
                Name = l.Item1,
                EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
                Protocol = l.Item1 == "lmtp" ? ListenerProtocol.Lmtp : ListenerProtocol.Smtp,
                Tls = l.Item2,
                Certificate = new ServerCertificate(Certificate),
                Service = service,
            })),
        };
    }

    private static readonly SslStreamCertificateContext Certificate = SelfMade();

    private static SslStreamCertificateContext SelfMade()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=example.test", key, HashAlgorithmName.SHA256);
        var certificate = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return SslStreamCertificateContext.Create(certificate, null, offline: true);
    }
}
