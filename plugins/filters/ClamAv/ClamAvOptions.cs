using System.Net;
using System.Text.Json.Serialization;
using PolicyMTA.Filters.Scanning;

namespace PolicyMTA.Filters.ClamAv;

/// <summary>The section <c>[plugins.ClamAv]</c>.</summary>
/// <param name="Server">Where clamd listens: <c>host:port</c> or <c>unix:/path</c>.</param>
/// <param name="Infected">What becomes of a message with a virus: <c>reject</c>, <c>quarantine</c> or <c>accept</c>, for policies to decide.</param>
/// <param name="Oversize">What becomes of one that is too large to be scanned: <c>accept</c>, <c>reject</c>, <c>tempfail</c> or <c>quarantine</c>.</param>
/// <param name="MaxSize">Larger messages are not scanned; not above StreamMaxLength of clamd.</param>
/// <param name="ScanSubmissions">Scan also what comes from <c>mynetworks</c>, from who logged in, and from this machine.</param>
/// <param name="ConnectTimeout">Seconds for the connection.</param>
/// <param name="Timeout">Seconds for a message; <c>milter_content_timeout</c> must be longer.</param>
/// <param name="Connections">Messages scanned at once; others wait.</param>
public sealed record ClamAvOptions(
    string Server = "127.0.0.1:3310", string Infected = "reject", string Oversize = "accept", int MaxSize = 25 * 1024 * 1024, bool ScanSubmissions = true, int ConnectTimeout = 5, int Timeout = 120, int Connections = 16)
{
    internal EndPoint Place => ScannerPlace.TryParse(Server, out var place) ? place : throw new InvalidOperationException("the options were not validated");

    internal ScanLimits Limits => ScanLimits.Of(ConnectTimeout, Timeout, Connections);

    internal IEnumerable<string> Mistakes()
    {
        foreach (var mistake in ScanLimits.Mistakes(Server, ConnectTimeout, Timeout, Connections, MaxSize)) yield return mistake;
        if (Infected is not ("reject" or "quarantine" or "accept")) yield return $"infected is reject, quarantine or accept, not '{Infected}'";
        if (Oversize is not ("accept" or "reject" or "tempfail" or "quarantine")) yield return $"oversize is accept, reject, tempfail or quarantine, not '{Oversize}'";
    }
}

/// <summary>JSON metadata of the options, made in this assembly so that it can be unloaded.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClamAvOptions))]
internal sealed partial class ClamAvJson : JsonSerializerContext;
