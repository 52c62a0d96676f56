using System.Net;
using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Tests.MilterClient;

/// <summary>Plays a session to a filter through the plugin, step by step as the server does.</summary>
internal sealed class FilterPlay : IMilterEdits, IAsyncDisposable
{
    private IMilterSession? _session;

    private FilterPlay()
    {
    }

    internal FakeMessage Message { get; set; } = new("From: a@good.test\r\nSubject: hi\r\n\r\nbody\r\n");

    /// <summary>What it wants changed besides header fields.</summary>
    internal List<string> Changes { get; } = [];

    internal string Body { get; private set; } = "";

    internal static MacroNames Names { get; } = new()
    {
        Lists = Enum.GetValues<MacroStage>().ToDictionary(stage => stage, stage => MacroNames.Split(stage switch
        {
            MacroStage.Connect => "j {daemon_name} v",
            MacroStage.Mail => "i,auth_authen mail_addr",
            MacroStage.Recipient => "{rcpt_addr} {rcpt_mailer}",
            _ => "i",
        })),
        DaemonName = "smtpd",
        Version = "Test 1.0",
    };

    internal SessionFacts Facts { get; } = new()
    {
        Id = "s", Listener = "smtp", Server = new Server(IPAddress.Loopback, 25, "mx.example.test"), Client = new Client { Address = IPAddress.Parse("192.0.2.7"), Port = 4112, Name = "client.example.com" },
        Helo = new Helo("mail.good.test", IsExtended: true), Sasl = new Sasl("joe", "PLAIN"),
    };

    internal TransactionFacts Transaction { get; } = new() { Sender = Address.FromInternal("joe@good.test"), Mail = MailParameters.None with { Size = 1000, Body = BodyType.EightBitMime }, QueueId = new QueueId("QTEST01") };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static async Task<FilterPlay> StartAsync(ScriptedFilter filter)
    {
        var play = new FilterPlay();
        await using var milter = new FilterMilter("inet:test", filter.Place, Names, TimeProvider.System);
        play._session = await milter.StartAsync(new ClientContext(play.Facts), Token);
        return play;
    }

    internal bool Listens => _session is not null;

    internal async Task<Verdict> HeloAsync() => await _session!.HeloAsync(new HeloContext(Facts), Token);

    internal async Task<Verdict> MailAsync() => await _session!.MailAsync(new SenderContext(Facts, Transaction), Token);

    internal async Task<Verdict> RecipientAsync() =>
        await _session!.RecipientAsync(new RecipientContext(Facts, Transaction, new Recipient { Address = Address.FromInternal("alice@example.test"), Parameters = RecipientParameters.None with { Notify = Notify.Never }, Class = AddressClass.Local }), Token);

    internal async Task<Verdict> DataAsync() => await _session!.DataAsync(new DataContext(Facts, Transaction, []), Token);

    internal async Task<Verdict> EndAsync(CancellationToken? token = null) => await _session!.EndOfMessageAsync(new EndOfDataContext(Facts, Transaction, [], Message), this, token ?? Token);

    internal Task AbortAsync() => _session!.AbortAsync(Token).AsTask();

    /// <summary>All steps up to the first that does not go on.</summary>
    internal async Task<Verdict> PlayAsync()
    {
        foreach (var step in (Func<Task<Verdict>>[])[HeloAsync, MailAsync, RecipientAsync, DataAsync])
        {
            if (await step() is not Verdict.DunnoVerdict and var other) return other;
        }
        return await EndAsync();
    }

    public void ChangeSender(Address sender, MailParameters? parameters = null) => Changes.Add($"from {sender} {parameters?.EnvelopeId} {parameters?.Ret}".TrimEnd());

    public void AddRecipient(Address recipient, RecipientParameters? parameters = null) => Changes.Add($"add {recipient} {parameters?.Notify} {parameters?.OriginalRecipient}".TrimEnd());

    public void RemoveRecipient(Address recipient) => Changes.Add($"remove {recipient}");

    public void Quarantine(string reason) => Changes.Add($"hold {reason}");

    public void Progress() => Changes.Add("progress");

    public ValueTask ReplaceBodyAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        Body += System.Text.Encoding.Latin1.GetString(piece.Span);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is { } session) await session.DisposeAsync();
    }
}
