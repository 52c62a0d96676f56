using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Dns;
using PolicyMTA.Filters.Dkim;
using PolicyMTA.Filters.Dkim.Arc;
using PolicyMTA.Filters.Dkim.Signing;
using PolicyMTA.Filters.Dmarc;
using PolicyMTA.Filters.Spf;
using PolicyMTA.Filters.Tests.Dkim;
using PolicyMTA.Sdk;
using PolicyMTA.Testing;

namespace PolicyMTA.Filters.Tests;

/// <summary>Faults of a real nameserver, through the real resolver: each is a temporary error of SPF, DKIM, DMARC and ARC, never a pass, and none hangs. Without a fault the same mail passes.</summary>
public sealed class DnsFaultTests
{
    private const string Message = "From: alice@good.test\r\nTo: list@good.test\r\nSubject: hello\r\n\r\nHello\r\n";

    private static readonly SigningKey Key = SigningKey.Parse(RSA.Create(2048).ExportPkcs8PrivateKeyPem());
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    private static readonly Dictionary<string, string> Records = new()
    {
        ["good.test"] = "v=spf1 +all", ["_dmarc.good.test"] = "v=DMARC1; p=reject", ["s._domainkey.good.test"] = $"v=DKIM1; p={Key.PublicKey()}",
    };

    public static TheoryData<DnsFault, string> Faults => new(Enum.GetValues<DnsFault>().Select(fault => (fault, fault == DnsFault.None ? "pass" : "temperror")));

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Spf(DnsFault fault, string result) => AskAsync(fault, result, async dns =>
        (await SpfCheck.RunAsync(SpfSubject.Of(IPAddress.Parse("192.0.2.1"), "alice", "good.test", "mail.good.test", "here.test"), dns, SpfLimits.Default, TimeProvider.System, CancellationToken.None)).Result.ToString());

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Dkim(DnsFault fault, string result) => AskAsync(fault, result, async dns =>
    {
        var header = RawHeader.Parse(Bytes(Message));
        using var body = new BodyHash(isRelaxed: false, HashAlgorithmName.SHA256);
        body.Write("Hello\r\n"u8);
        var signature = DkimSigner.Sign(header.Fields, body.Finish(), Request, new SigningStyle(), Now);
        return Assert.Single(await Verification.RunAsync(Bytes($"DKIM-Signature:{signature}\r\n{Message}"), dns, now: Now)).Word;
    });

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Dmarc(DnsFault fault, string result) => AskAsync(fault, result, async dns =>
        (await new DmarcCheck(new DmarcDiscovery(dns, suffixes: null, walks: true), roll: null).RunAsync("good.test", new AuthenticatedDomains { Dkim = ["good.test"] }, CancellationToken.None)).Result.ToString());

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Arc(DnsFault fault, string result) => AskAsync(fault, result, async dns =>
    {
        var (message, sealing) = (new FakeMessage(Message), new KeyZone(new Dictionary<string, string[]?>()));
        await PassAsync(message, () => Request, sealing);
        var results = await PassAsync(new FakeMessage(Encoding.Latin1.GetString(message.Queued)), sealer: null, dns);
        return results.Find("arc")!.Result;
    });

    private static SignatureRequest Request => new("good.test", "s", null, Key);

    private static async Task AskAsync(DnsFault fault, string expected, Func<IDnsResolver, Task<string>> ask)
    {
        await using var nameserver = new LoopbackNameserver(Records, fault);
        // What answers has time enough on a busy machine; silence is short.
        var settings = new DnsSettings { Nameservers = [nameserver.EndPoint], Timeout = TimeSpan.FromSeconds(fault == DnsFault.Silence ? 0.2 : 10), Retries = 1 };
        Assert.Equal(expected, await ask(new DnsResolver(settings, TimeProvider.System)).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System), ignoreCase: true);
        Assert.InRange(nameserver.Asked, 1, 10);
    }

    private static async Task<AuthenticationResults> PassAsync(IMessage message, Func<SignatureRequest>? sealer, IDnsResolver dns)
    {
        var context = FakeSession.EndOfData(message);
        await using var milter = new ArcMilter("arc", new DkimRules(), new SigningStyle(), sealer, "good.test", dns, new FakeTimeProvider(Now));
        await using var session = (await milter.StartAsync(context, CancellationToken.None))!;
        await session.EndOfMessageAsync(context, null!, CancellationToken.None);
        await session.SignAsync(context, CancellationToken.None);
        return context.Results;
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
