using System.Net;
using System.Net.Sockets;
using Jint.Native;
using Jint.Runtime.Interop;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting;

/// <summary><c>dns</c> and <c>dnsbl</c>. "There is none" is an empty list; "it can't be said now" throws, which defers.</summary>
internal sealed class DnsFunctions(ScriptEngine script)
{
    private static readonly Record Mx = new("Mx", "preference: number", "host: string");
    private static readonly Record Tlsa = new("Tlsa", "usage: number", "selector: number", "matching_type: number", "/** In hexadecimal digits. */ data: string");
    private static readonly Record Listing = new("Listing", "listed: boolean", "codes: string[]", "text: string | null");

    public static readonly IReadOnlyList<TypeDeclaration> Declarations =
    [
        Mx.Declaration,
        Tlsa.Declaration,
        Listing.Declaration,
        new(
            "Dns", "a(name: string): Promise<string[]>", "aaaa(name: string): Promise<string[]>", "mx(name: string): Promise<Mx[]>", "txt(name: string): Promise<string[]>",
            "ptr(ip: string): Promise<string[]>", "tlsa(name: string): Promise<Tlsa[]>") { Comment = "None is an empty list; what can't be said for now throws, which defers." },
    ];

    private IDnsResolver Dns => script.Services.Dns;

    public JsObject Create()
    {
        var dns = new JsObject(script.Engine);
        Add(dns, "a", (name, token) => Dns.FindIpv4Async(name, token), a => Record.Text(a.ToString()));
        Add(dns, "aaaa", (name, token) => Dns.FindIpv6Async(name, token), a => Record.Text(a.ToString()));
        Add(dns, "mx", (name, token) => Dns.FindMxAsync(name, token), m => Mx.Create(script.Engine, JsNumber.Create(m.Preference), Record.Text(m.Host)));
        Add(dns, "txt", (name, token) => Dns.FindTxtAsync(name, token), Record.Text);
        Add(dns, "ptr", (ip, token) => Dns.FindPtrAsync(Address(ip), token), Record.Text);
        Add(dns, "tlsa", (name, token) => Dns.FindTlsaAsync(name, token), t => Tlsa.Create(
            script.Engine, JsNumber.Create(t.Usage), JsNumber.Create(t.Selector), JsNumber.Create(t.MatchingType), Record.Text(Convert.ToHexStringLower(t.Data.Span))));
        return dns;
    }

    /// <summary><c>dnsbl(zone, what)</c>: an address or a name, asked in a list by DNS (RFC 5782).</summary>
    public JsValue FindInList(JsValue[] arguments)
    {
        var zone = Text(script.Engine, arguments, 0, "the zone");
        var what = Text(script.Engine, arguments, 1, "what is asked");
        return script.Pump.Promise("dnsbl", arguments, () => FindListingAsync($"{ListName(what)}.{zone}", script.Pump.Token), found => Listing.Create(
            script.Engine, found.Codes.Count > 0 ? JsBoolean.True : JsBoolean.False,
            new JsArray(script.Engine, [.. found.Codes.Select(c => Record.Text(c))]), Record.Text(found.Text)));
    }

    private async ValueTask<Found> FindListingAsync(string name, CancellationToken cancellationToken)
    {
        var codes = Checked(await Dns.FindIpv4Async(name, cancellationToken));
        if (codes.Count == 0) return new Found([], null);
        var texts = await Dns.FindTxtAsync(name, cancellationToken);
        return new Found([.. codes.Select(c => c.ToString())], texts.IsFound ? texts.Records[0] : null);
    }

    private static string ListName(string what)
    {
        if (!IPAddress.TryParse(what, out var address)) return what.TrimEnd('.');
        var bytes = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes)
            : string.Join('.', bytes.Select(b => $"{b & 15:x}.{b >> 4:x}"));
    }

    private void Add<T>(JsObject dns, string name, Func<string, CancellationToken, ValueTask<DnsAnswer<T>>> ask, Func<T, JsValue> convert) =>
        dns.FastSetDataProperty(name, new ClrFunction(script.Engine, name, (_, arguments) =>
        {
            var question = Text(script.Engine, arguments, 0, "the name").TrimEnd('.');
            return script.Pump.Promise("dns." + name, arguments, () => AskAsync(ask, question, script.Pump.Token), records => new JsArray(script.Engine, [.. records.Select(convert)]));
        }));

    private static async ValueTask<IReadOnlyList<T>> AskAsync<T>(
        Func<string, CancellationToken, ValueTask<DnsAnswer<T>>> ask, string question, CancellationToken cancellationToken) =>
        Checked(await ask(question, cancellationToken));

    private static IReadOnlyList<T> Checked<T>(DnsAnswer<T> answer) =>
        answer.IsFailure ? throw new TemporaryFailureException("DNS could not say") : answer.Records;

    private IPAddress Address(string text) => IPAddress.TryParse(text, out var address) ? address : throw Mistake(script.Engine, "ptr wants an address");

    private sealed record Found(IReadOnlyList<string> Codes, string? Text);
}
