using System.Net;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>Finds what EHLO is not to offer to a client (<c>smtpd_discard_ehlo_keyword_address_maps</c>).</summary>
internal static class DiscardedKeywords
{
    /// <summary>Says that the log is not told of discarded keywords.</summary>
    internal const string Silent = "SILENT-DISCARD";

    private static readonly HashSet<string> All = new(
        ["PIPELINING", "SIZE", "ETRN", "STARTTLS", "AUTH", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING", "REQUIRETLS"], StringComparer.Ordinal);

    /// <summary>The keywords for a client; null when no table knows it. As in Postfix a table that can't say lets nothing be offered.</summary>
    internal static async ValueTask<IReadOnlySet<string>?> FindAsync(SessionState session, ReceivingServices services, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var table in session.Generation.DiscardedEhloKeywordMaps)
            {
                var found = await PluginCall.WithinAsync(FindAsync(table, session.Facts.Client.Address, cancellationToken), services.Time, cancellationToken);
                if (found is not null) return Read(found);
            }
            return null;
        }
        catch (TemporaryFailureException failure)
        {
            SmtpSession.Log.LookupFailed(services.Log, session.Facts.Client.ToString(), failure.Message);
            return All;
        }
    }

    /// <summary>Reads keywords parted by white space or commas.</summary>
    internal static IReadOnlySet<string> Read(string text) =>
        text.ToUpperInvariant().Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    private static async ValueTask<string?> FindAsync(ILookupTable table, IPAddress client, CancellationToken cancellationToken)
    {
        var found = await table.FindAsync(client.ToString(), cancellationToken);
        return found.IsFailure ? throw new TemporaryFailureException(found.Failure!) : found.Value;
    }
}
