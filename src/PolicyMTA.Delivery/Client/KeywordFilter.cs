using System.Net;
using PolicyMTA.Smtp;

namespace PolicyMTA.Delivery.Client;

/// <summary>Overlooks extensions that a server offers and does badly (<c>smtp_discard_ehlo_keywords</c>).</summary>
internal static class KeywordFilter
{
    public static async ValueTask<RemoteReply> ApplyAsync(RemoteReply hello, ClientSettings settings, Destination destination, CancellationToken cancellationToken)
    {
        var discarded = settings.DiscardedKeywords;
        if (settings.DiscardedKeywordMaps.Count > 0 && destination.EndPoint is IPEndPoint server)
        {
            foreach (var table in settings.DiscardedKeywordMaps)
            {
                // A table that can't say leaves the list in force: an extension too many is tried, nothing is lost.
                var result = await table.FindAsync(server.Address.ToString(), cancellationToken);
                if (!result.IsFound) continue;
                discarded = result.Value!.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
                break;
            }
        }
        if (discarded.Count == 0) return hello;
        return hello with { Lines = [.. hello.Lines.Where((line, i) => i == 0 || !discarded.Contains(line.Split(' ', '=')[0], StringComparer.OrdinalIgnoreCase))] };
    }
}
