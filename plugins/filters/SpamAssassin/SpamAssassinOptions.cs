using System.Net;
using System.Text.Json.Serialization;
using PolicyMTA.Filters.Scanning;

namespace PolicyMTA.Filters.SpamAssassin;

/// <summary>The section <c>[plugins.SpamAssassin]</c>.</summary>
/// <param name="Server">Where spamd listens: <c>host:port</c> or <c>unix:/path</c>.</param>
/// <param name="Command">What it is asked for: <c>headers</c>, and the fields come from SpamAssassin's own configuration; <c>process</c>, which may also give spam another body (report_safe); <c>symbols</c> or <c>report</c>, and the fields are ours.</param>
/// <param name="User">Whose preferences count; empty: those of spamd's own user.</param>
/// <param name="UserOfRecipient">The recipient's, when there is only one.</param>
/// <param name="RejectScore">Spam of this score is refused; 0: none is.</param>
/// <param name="QuarantineScore">Spam of this score is held; 0: none is.</param>
/// <param name="MaxSize">Larger messages are not scanned, and pass.</param>
/// <param name="ScanSubmissions">Scan also what comes from <c>mynetworks</c>, from who logged in, and from this machine.</param>
/// <param name="ConnectTimeout">Seconds for the connection.</param>
/// <param name="Timeout">Seconds for a message; <c>milter_content_timeout</c> must be longer.</param>
/// <param name="Connections">Messages scanned at once; others wait.</param>
public sealed record SpamAssassinOptions(
    string Server = "127.0.0.1:783", string Command = "headers", string User = "", bool UserOfRecipient = false, double RejectScore = 0, double QuarantineScore = 0, int MaxSize = 512000, bool ScanSubmissions = false,
    int ConnectTimeout = 5, int Timeout = 120, int Connections = 16)
{
    private static readonly string[] Commands = ["headers", "process", "symbols", "report"];

    internal EndPoint Place => ScannerPlace.TryParse(Server, out var place) ? place : throw new InvalidOperationException("the options were not validated");

    internal ScanLimits Limits => ScanLimits.Of(ConnectTimeout, Timeout, Connections);

    internal IEnumerable<string> Mistakes()
    {
        foreach (var mistake in ScanLimits.Mistakes(Server, ConnectTimeout, Timeout, Connections, MaxSize)) yield return mistake;
        if (!Commands.Contains(Command)) yield return $"command is headers, process, symbols or report, not '{Command}'";
        if (RejectScore is < 0 or double.NaN) yield return "reject_score is a score above 0, or 0 for none";
        if (QuarantineScore is < 0 or double.NaN) yield return "quarantine_score is a score above 0, or 0 for none";
        if (User.Any(c => c is < '!' or > '~')) yield return "user is one word";
    }
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SpamAssassinOptions))]
internal sealed partial class SpamAssassinJson : JsonSerializerContext;
