using System.Globalization;
using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>How one service is asked: Postfix's <c>smtpd_policy_service_*</c>, or what the call says instead. An immutable value.</summary>
internal sealed record ServiceOptions
{
    /// <summary>What policies pass, for editors.</summary>
    internal const string Call =
        "service: string, options?: { default_action?: string; max_idle?: string; max_ttl?: string; request_limit?: number; retry_delay?: string; timeout?: string; try_limit?: number; policy_context?: string }";

    private const string Prefix = "smtpd_policy_service_";
    private const string Folder = "queue_directory";
    private const int MostTries = 100;

    // Postfix's defaults (postconf(5)).
    private static readonly (string Name, string Default)[] Parameters =
    [
        ("default_action", "451 4.3.5 Server configuration problem"), ("max_idle", "300s"), ("max_ttl", "1000s"), ("request_limit", "0"), ("retry_delay", "1s"), ("timeout", "100s"),
        ("try_limit", "2"), ("policy_context", ""),
    ];

    /// <summary>As the policy names it.</summary>
    public required string Name { get; init; }
    /// <summary>Where it listens.</summary>
    public required EndPoint Place { get; init; }
    /// <summary>What is done when it can't be asked.</summary>
    public required string DefaultAction { get; init; }
    /// <summary>An unused connection is closed after it.</summary>
    public required TimeSpan MaxIdle { get; init; }
    /// <summary>A connection is used no longer.</summary>
    public required TimeSpan MaxTtl { get; init; }
    /// <summary>Questions over one connection; 0 for as many as there are.</summary>
    public required int RequestLimit { get; init; }
    /// <summary>The wait before the next try.</summary>
    public required TimeSpan RetryDelay { get; init; }
    /// <summary>What one try may take.</summary>
    public required TimeSpan Timeout { get; init; }
    /// <summary>Tries before <see cref="DefaultAction"/>.</summary>
    public required int TryLimit { get; init; }
    /// <summary>What the service is told of where it is asked.</summary>
    public required string PolicyContext { get; init; }
    /// <summary><c>access_map_reject_code</c>.</summary>
    public required int RejectCode { get; init; }
    /// <summary><c>access_map_defer_code</c>.</summary>
    public required int DeferCode { get; init; }

    /// <summary>Declares the parameters.</summary>
    internal static void Declare(IPluginRegistry registry)
    {
        AccessTable.Declare(registry);
        registry.AddSetting(Folder, "");
        foreach (var (name, value) in Parameters) registry.AddSetting(Prefix + name, value);
    }

    /// <summary>What editors are told.</summary>
    internal const string Types =
        "service: string, options?: { default_action?: string, max_idle?: string, max_ttl?: string, policy_context?: string, request_limit?: number, retry_delay?: string, timeout?: string, try_limit?: number }";

    /// <summary>Reads a call such as <c>r.check_policy_service('inet:127.0.0.1:10023', { timeout: '10s', default_action: 'DUNNO' })</c>.</summary>
    /// <exception cref="ConfigurationException">A value makes no sense.</exception>
    internal static ServiceOptions Read(RestrictionArguments arguments, ISettings settings)
    {
        arguments.Allow(1, [.. Parameters.Select(parameter => parameter.Name)]);
        var name = arguments.Text(0, "the policy service");
        var options = new ServiceOptions
        {
            Name = name,
            Place = ServicePlace.Parse(name, settings.Text(Folder)),
            DefaultAction = Value("default_action"),
            MaxIdle = Positive("max_idle"),
            MaxTtl = Positive("max_ttl"),
            RequestLimit = Number("request_limit", 0, int.MaxValue),
            RetryDelay = Time("retry_delay"),
            Timeout = Positive("timeout"),
            TryLimit = Number("try_limit", 1, MostTries),
            PolicyContext = Value("policy_context"),
            RejectCode = ReplyCode.From(settings, "access_map_reject_code"),
            DeferCode = ReplyCode.From(settings, "access_map_defer_code"),
        };
        return options.Act(options.DefaultAction) is { } ? options : throw Mistake("default_action", "an action of access(5), as DUNNO or 451 4.3.5 Try later");

        string Value(string key) => arguments.Options.TryGetValue(key, out var given) ? Convert.ToString(given, CultureInfo.InvariantCulture) ?? "" : settings.Text(Prefix + key);

        TimeSpan Time(string key) => ServiceTime.Find(Value(key)) ?? throw Mistake(key, "a time of a week at most, as 10s");

        TimeSpan Positive(string key) => Time(key) is { Ticks: > 0 } time ? time : throw Mistake(key, "a time above 0, as 10s");

        int Number(string key, int least, int most) => int.TryParse(Value(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Mistake(key, $"a number from {least} to {most}");

        ConfigurationException Mistake(string key, string form) => new($"check_policy_service: {(arguments.Options.ContainsKey(key) ? key : Prefix + key)} is {form}, not '{Value(key)}'");
    }

    /// <summary>What an answer means; null when it is no action of access(5).</summary>
    internal Verdict? Act(string action) => AccessAction.Parse(action, RejectCode, DeferCode) is var verdict && verdict is Verdict.Refuse { Cause: not null } ? null : verdict;
}
