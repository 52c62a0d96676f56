using PolicyMTA.Queue;

namespace PolicyMTA.Configuration;

/// <summary>
/// The parameters that each transport may have for itself: <c>smtp_destination_concurrency_limit</c> beside <c>default_destination_concurrency_limit</c>
/// (postconf(5)).
/// </summary>
internal static class TransportKeys
{
    private const string DefaultPrefix = "default_";
    private static readonly string[] Own =
    [
        "destination_concurrency_limit", "destination_recipient_limit", "destination_rate_delay", "transport_rate_delay", "process_limit", "initial_destination_concurrency",
        "destination_concurrency_positive_feedback", "destination_concurrency_negative_feedback", "destination_concurrency_failed_cohort_limit",
    ];

    /// <summary>What stands behind a transport's name in the names of its own parameters.</summary>
    public static IReadOnlyList<string> Suffixes => Own;

    /// <summary>The values that hold for transports without their own.</summary>
    public static IReadOnlyList<KeyDefinition> Defaults { get; } =
    [
        Number("default_destination_concurrency_limit", "20", "The most deliveries to one destination at a time; 0 for no limit. This and what follows may be given for one transport, under its name: `smtp_destination_concurrency_limit`."),
        Number("default_destination_recipient_limit", "50", "The most recipients of one delivery; 0 for no limit."),
        Duration("default_destination_rate_delay", "How long a destination rests after each delivery; with a rest there is one delivery to it at a time."),
        Duration("default_transport_rate_delay", "How long a transport rests after it began a delivery to any destination."),
        Number("default_process_limit", "1000", "The most deliveries of a transport at a time; the last tenth is kept for destinations that have none under way."),
        Number("initial_destination_concurrency", "5", "How many deliveries to a destination begin at first. For one transport: `smtp_initial_destination_concurrency`."),
        Feedback("default_destination_concurrency_positive_feedback", "What a delivery that reached its next hop adds to the destination's concurrency: `0.5`, `1/concurrency` or `1/sqrt_concurrency`."),
        Feedback("default_destination_concurrency_negative_feedback", "What a delivery that did not reach its next hop takes away from it."),
        Number("default_destination_concurrency_failed_cohort_limit", "1", "How many times as many deliveries as the concurrency must fail to reach their next hop before the destination is left alone for `minimal_backoff_time`; 0 for never."),
    ];

    /// <summary>Definitions for those of the given names that are a transport's own.</summary>
    public static IEnumerable<KeyDefinition> Declare(IEnumerable<string> given) =>
        from name in given
        where !Defaults.Any(key => key.Name == name)
        let suffix = FindSuffix(name)
        where suffix is not null
        let general = Defaults.Single(key => key.Name == NameOfDefault(suffix))
        select general with { Name = name, Default = "$" + general.Name };

    /// <summary>The limits of all transports, and by name those of transports that were given some of their own.</summary>
    public static (TransportLimits Default, IReadOnlyDictionary<string, TransportLimits> Own) Read(Parameters parameters)
    {
        var names = from name in parameters.Given.Keys where !Defaults.Any(key => key.Name == name) let suffix = FindSuffix(name) where suffix is not null select name[..^(suffix.Length + 1)];
        return (Read(parameters, null), names.Distinct().ToDictionary(name => name, name => Read(parameters, name), StringComparer.Ordinal));
    }

    private static TransportLimits Read(Parameters parameters, string? transport)
    {
        string Name(string suffix) => transport is not null && parameters.FindDefinition($"{transport}_{suffix}") is { } own ? own.Name : NameOfDefault(suffix);
        int Limit(string suffix) => parameters.Int32(Name(suffix)) is > 0 and var limit ? limit : int.MaxValue; // as Postfix: 0 is no limit
        ConcurrencyFeedback FeedbackOf(string suffix) => ConcurrencyFeedback.TryParse(parameters.Text(Name(suffix)), out var feedback) ? feedback : ConcurrencyFeedback.One;
        return new TransportLimits
        {
            DestinationConcurrency = Limit("destination_concurrency_limit"),
            DestinationRecipients = Limit("destination_recipient_limit"),
            DestinationRateDelay = parameters.Duration(Name("destination_rate_delay")),
            RateDelay = parameters.Duration(Name("transport_rate_delay")),
            Deliveries = Limit("process_limit"),
            InitialDestinationConcurrency = Limit("initial_destination_concurrency"),
            PositiveFeedback = FeedbackOf("destination_concurrency_positive_feedback"),
            NegativeFeedback = FeedbackOf("destination_concurrency_negative_feedback"),
            FailedCohorts = parameters.Int32(Name("destination_concurrency_failed_cohort_limit")),
        };
    }

    private static string? FindSuffix(string name) => Own.FirstOrDefault(suffix => name.Length > suffix.Length + 1 && name.EndsWith("_" + suffix, StringComparison.Ordinal));

    private static string NameOfDefault(string suffix) => suffix == "initial_destination_concurrency" ? suffix : DefaultPrefix + suffix;

    private static KeyDefinition Number(string name, string value, string what) => new(name, KeyKind.Number, value, what);

    private static KeyDefinition Duration(string name, string what) => new(name, KeyKind.Duration, "0s", what);

    private static KeyDefinition Feedback(string name, string what) => new(name, KeyKind.List, "1", what)
    {
        FindMistake = words => words.Count == 1 && ConcurrencyFeedback.TryParse(words[0], out _) ? null : "give a number from 0 to 1, alone or with /concurrency or /sqrt_concurrency",
    };
}
