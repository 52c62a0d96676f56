using System.Net;
using System.Text.RegularExpressions;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Testing;

/// <summary>Entries of access tables that refuse, as clients that meet them.</summary>
internal static partial class AccessSamples
{
    private const int OfEachTable = 3;

    /// <summary>What a client would say to meet an entry of one of the list's tables: JavaScript properties, and the entry in words.</summary>
    public static IEnumerable<(string Mail, string Entry)> Of(PolicyList list, TableReferences tables) =>
        from rule in list.Rules
        let match = Access().Match(rule)
        where match.Success
        from sample in SampleTable.Entries(match.Groups["table"].Value, tables).Where(e => Refuses(e.Value)).Select(e => (Mail: Meet(match.Groups["what"].Value, e.Key), Entry: $"{match.Groups["table"].Value} has {e.Key}")).Where(s => s.Mail is not null).Take(OfEachTable)
        select (sample.Mail!, sample.Entry);

    private static bool Refuses(string action) => Refusal().IsMatch(action);

    private static string? Meet(string what, string key) => what switch
    {
        "client" when IPAddress.TryParse(key, out _) && key.Contains('.', StringComparison.Ordinal) && key.Split('.').Length == 4 => $"ip: {JavaScript.Quote(key)}",
        "client" when Domain().IsMatch(key) => $"name: {JavaScript.Quote(key)}",
        "helo" when Domain().IsMatch(key) => $"helo: {JavaScript.Quote(key)}",
        "sender" when Address().IsMatch(key) => $"from: {JavaScript.Quote(key)}",
        "sender" when Domain().IsMatch(key) => $"from: {JavaScript.Quote("someone@" + key)}",
        "recipient" when Address().IsMatch(key) => $"to: {JavaScript.Quote(key)}",
        _ => null,
    };

    [GeneratedRegex(@"^r\.check_(?<what>client|helo|sender|recipient)_access\('(?<table>[^']+)'")]
    private static partial Regex Access();

    [GeneratedRegex(@"^(REJECT\b|[45]\d\d\b|DEFER\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Refusal();

    [GeneratedRegex(@"^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)+$")]
    private static partial Regex Domain();

    [GeneratedRegex(@"^[a-z0-9._=-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$")]
    private static partial Regex Address();
}
