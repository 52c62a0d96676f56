using System.Net;
using System.Text.Json.Serialization;
using PolicyMTA.Filters.Scanning;

namespace PolicyMTA.Filters.Rspamd;

/// <summary>The section <c>[plugins.Rspamd]</c>.</summary>
/// <param name="Server">Where the normal worker listens: <c>host:port</c> or <c>unix:/path</c>.</param>
/// <param name="Reject">What becomes of a message that rspamd wants refused: <c>reject</c>, <c>quarantine</c>, or <c>accept</c> for policies to decide.</param>
/// <param name="MaxSize">Larger messages are not scanned, and pass.</param>
/// <param name="ScanSubmissions">Scan also what comes from <c>mynetworks</c>, from who logged in, and from this machine; rspamd signs such mail where it is set up to.</param>
/// <param name="ConnectTimeout">Seconds for the connection.</param>
/// <param name="Timeout">Seconds for a message; <c>milter_content_timeout</c> must be longer.</param>
/// <param name="Connections">Messages scanned at once; others wait.</param>
public sealed record RspamdOptions(
    string Server = "127.0.0.1:11333", string Reject = "reject", int MaxSize = 25 * 1024 * 1024, bool ScanSubmissions = true, int ConnectTimeout = 5, int Timeout = 120, int Connections = 16)
{
    internal EndPoint Place => ScannerPlace.TryParse(Server, out var place) ? place : throw new InvalidOperationException("the options were not validated");

    internal ScanLimits Limits => ScanLimits.Of(ConnectTimeout, Timeout, Connections);

    internal IEnumerable<string> Mistakes()
    {
        foreach (var mistake in ScanLimits.Mistakes(Server, ConnectTimeout, Timeout, Connections, MaxSize)) yield return mistake;
        if (Reject is not ("reject" or "quarantine" or "accept")) yield return $"reject is reject, quarantine or accept, not '{Reject}'";
    }
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RspamdOptions))]
internal sealed partial class RspamdJson : JsonSerializerContext;
