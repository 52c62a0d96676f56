namespace PolicyMTA.Configuration;

/// <summary>The parameters of content filters behind the queue (FILTER_README).</summary>
internal static class ReceiveKeys
{
    public const string ContentFilter = "content_filter";
    public const string Overrides = "receive_override_options";
    public const string NoAddressMappings = "no_address_mappings";
    public const string NoChecks = "no_header_body_checks";
    public const string NoMilters = "no_milters";

    private static readonly string[] Known = [NoAddressMappings, NoChecks, NoMilters];

    public static IEnumerable<KeyDefinition> All() =>
    [
        new(ContentFilter, KeyKind.Text, "", "Where every message goes first, `transport:nexthop`: to a filter, which gives it back on another listener. That one has `content_filter = \"\"`, or mail goes round until it has too many hops. A rule's FILTER goes before; what the server writes itself goes by.")
        {
            PerListener = true,
            FindMistake = words => words.Count == 0 || words is [var only] && only.IndexOf(':', StringComparison.Ordinal) > 0 ? null : "it must be transport:nexthop, such as smtp:[127.0.0.1]:10025",
        },
        new(Overrides, KeyKind.List, "", "What is left out, before a content filter or behind it: `no_address_mappings` (canonical addresses, aliases and copies), `no_header_body_checks`, `no_milters`.")
        {
            PerListener = true,
            FindMistake = words => words.FirstOrDefault(word => !Known.Contains(word)) is { } unknown ? $"'{unknown}' is none of {string.Join(", ", Known)}" : null,
        },
    ];
}
