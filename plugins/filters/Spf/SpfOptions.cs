using System.Net;
using System.Text.Json.Serialization;

namespace PolicyMTA.Filters.Spf;

/// <summary>The section <c>[plugins.Spf]</c>; what policyd-spf calls the same in its own file.</summary>
/// <param name="HeloReject">Which results of HELO refuse: <c>fail</c>, <c>softfail</c> (fail too), <c>not_pass</c>, <c>null</c> (fail, and the null sender only), <c>never</c>, or <c>no_check</c>.</param>
/// <param name="MailFromReject">Which results of MAIL refuse: the same without <c>null</c>.</param>
/// <param name="PermerrorReject">Records that can't be understood refuse.</param>
/// <param name="TemperrorDefer">DNS that does not answer defers.</param>
/// <param name="HeaderType"><c>spf</c> for a Received-SPF field, <c>none</c>.</param>
/// <param name="LookupTime">Seconds that a check may take.</param>
/// <param name="VoidLimit">Questions that may find nothing.</param>
public sealed record SpfOptions(string HeloReject = "fail", string MailFromReject = "fail", bool PermerrorReject = false, bool TemperrorDefer = false, string HeaderType = "spf", int LookupTime = 20, int VoidLimit = 2)
{
    /// <summary>Networks whose mail is not checked.</summary>
    public IReadOnlyList<string> SkipAddresses { get; set; } = ["127.0.0.0/8", "::1/128"];

    /// <summary>Networks that forward for our people: not checked either.</summary>
    public IReadOnlyList<string> Whitelist { get; set; } = [];

    /// <summary>Domains whose mail must pass, whatever <see cref="MailFromReject"/> says.</summary>
    public IReadOnlyList<string> RejectNotPassDomains { get; set; } = [];

    internal SpfLimits Limits => new() { Time = TimeSpan.FromSeconds(LookupTime), VoidLookups = VoidLimit };

    internal IEnumerable<string> Mistakes()
    {
        if (!Enum.TryParse<SpfRefusal>(Word(HeloReject), ignoreCase: true, out _)) yield return $"helo_reject is fail, softfail, not_pass, null, never or no_check, not '{HeloReject}'";
        if (!Enum.TryParse<SpfRefusal>(Word(MailFromReject), ignoreCase: true, out var sender) || sender == SpfRefusal.Null) yield return $"mail_from_reject is fail, softfail, not_pass, never or no_check, not '{MailFromReject}'";
        if (HeaderType is not ("spf" or "none")) yield return $"header_type is spf or none, not '{HeaderType}'";
        if (LookupTime < 1) yield return "lookup_time is at least 1";
        if (VoidLimit < 0) yield return "void_limit is negative";
        foreach (var network in SkipAddresses.Concat(Whitelist))
        {
            if (!IPNetwork.TryParse(network, out _) && !IPAddress.TryParse(network, out _)) yield return $"'{network}' is no network";
        }
    }

    internal static SpfRefusal Refusal(string word) => Enum.Parse<SpfRefusal>(Word(word), ignoreCase: true);

    internal static List<IPNetwork> Networks(IEnumerable<string> texts) =>
        [.. texts.Select(text => IPNetwork.TryParse(text, out var network) ? network : IPAddress.Parse(text) is var address ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : default)];

    private static string Word(string text) => text.Replace("_", "", StringComparison.Ordinal);
}

/// <summary>Which results of an identity refuse.</summary>
internal enum SpfRefusal
{
    /// <summary>Only a fail.</summary>
    Fail,
    /// <summary>A softfail as well.</summary>
    SoftFail,
    /// <summary>A neutral as well.</summary>
    NotPass,
    /// <summary>A fail of the null sender alone.</summary>
    Null,
    /// <summary>None.</summary>
    Never,
    /// <summary>It is not even checked.</summary>
    NoCheck,
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SpfOptions))]
internal sealed partial class SpfJson : JsonSerializerContext;
