using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using PolicyMTA.Filters.Spf;

namespace PolicyMTA.Fuzz.Targets;

/// <summary>Records of SPF: exactly the grammar of RFC 7208 §12, here as a regular expression, is read; what is read can be expanded.</summary>
internal sealed partial class SpfTarget : FuzzTarget
{
    private const string Version = "v=spf1";

    private static readonly SpfSubject Subject = new(IPAddress.Parse("2001:db8::cb01"), "strong-bad", "email.example.test", "mx.example.test", "here.test");

    public override string Name => "spf";

    public override IReadOnlyList<string> Words { get; } =
    [
        "v=spf1 ", "all", "-", "~", "?", "+", "include:", "a", "mx", "ptr", "ip4:", "ip6:", "exists:", "redirect=", "exp=", "192.0.2.0", "2001:db8::", "/24", "//64", "/0", "//128", "/33", "example.test", ".test.", "%{", "}", "%{d}",
        "%{ir}", "%{d2r-}", "%{L1r+/_}", "%{d0}", "%{p}", "%{c}", "%%", "%_", "%-", "%", " ", "  ", "x-y_z.=", "1-2", "\u00e9",
    ];

    public override void Check(byte[] input)
    {
        var text = Octets.Text(input);
        var isRecord = SpfRecord.IsRecord(text);
        Require(isRecord == Start().IsMatch(text), "the version says otherwise");
        // What follows a version is a record's words, whatever the input begins with.
        if (!isRecord) text = $"{Version} {text}";
        var words = text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isRead = SpfRecord.TryParse(text, out var record, out var wrong);
        Require(isRead == IsRecord(words), "a record, and RFC 7208 says otherwise");
        if (!isRead) Require(words.Contains(wrong), "the word that is wrong is none of it");
        if (!isRead) return;
        Require(record!.Mechanisms.All(mechanism => words.Contains(mechanism.Text)), "a mechanism is none of its words");
        Require(record.Mechanisms.Count == words.Count(word => !Modifier().IsMatch(word)), "a mechanism is lost");
        foreach (var domain in record.Mechanisms.Select(DomainOf).Append(record.Redirect).Append(record.Explanation)) domain?.Expand(Subject, "example.test", hostName: null, DateTimeOffset.UnixEpoch);
    }

    private static MacroString? DomainOf(SpfTerm.Mechanism mechanism) => mechanism switch
    {
        SpfTerm.Include { Domain: var domain } => domain,
        SpfTerm.Exists { Domain: var domain } => domain,
        SpfTerm.Host { Domain: var domain } => domain,
        SpfTerm.Exchange { Domain: var domain } => domain,
        SpfTerm.Pointer { Domain: var domain } => domain,
        _ => null,
    };

    private static bool IsRecord(string[] words) => words.All(IsTerm) && Count(words, "redirect=") <= 1 && Count(words, "exp=") <= 1;

    private static int Count(string[] words, string modifier) => words.Count(word => word.StartsWith(modifier, StringComparison.OrdinalIgnoreCase));

    private static bool IsTerm(string word) => Term().IsMatch(word) || (Ipv6().Match(word) is { Success: true } match && IsIpv6(match));

    private static bool IsIpv6(Match match) =>
        IPAddress.TryParse(match.Groups["address"].ValueSpan, out _) && (!match.Groups["length"].Success || int.Parse(match.Groups["length"].ValueSpan, CultureInfo.InvariantCulture) <= 128);

    private const string Macro = """%(?:\{[slodipvh](?:0*[1-9][0-9]*)?r?[.\-+,/_=]*\}|[%_\-])""";
    private const string Text = $"""(?:[!-$&-~]|{Macro})*""";
    private const string Domain = $"""{Text}(?:\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?|{Macro})""";
    private const string Lengths = "(?:/(?:3[0-2]|[12]?[0-9]))?(?://(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?";
    private const string Number = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private const string Mechanism = $"""[+?~-]?(?:all|(?:include|exists):{Domain}|ptr(?::{Domain})?|(?:a|mx)(?::{Domain})?{Lengths}|ip4:{Number}(?:\.{Number}){"{3}"}(?:/(?:3[0-2]|[12]?[0-9]))?)""";

    [GeneratedRegex("""\Av=spf1(?: |\z)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Start();

    [GeneratedRegex("""\A[a-z][a-z0-9_.-]*=""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Modifier();

    [GeneratedRegex($"""\A(?:{Mechanism}|(?:redirect|exp)={Domain}|(?!redirect=|exp=)[a-z][a-z0-9_.-]*={Text})\z""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Term();

    [GeneratedRegex("""\A[+?~-]?ip6:(?<address>[0-9a-f.]*:[0-9a-f:.]*)(?:/(?<length>0|[1-9][0-9]{0,2}))?\z""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Ipv6();
}
