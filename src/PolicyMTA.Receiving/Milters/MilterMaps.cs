using PolicyMTA.Receiving.Sessions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Milters;

/// <summary>Milters by client address (<c>smtpd_milter_maps</c>). An immutable value; the tables belong to the generation.</summary>
/// <param name="Tables">What they are looked up in.</param>
/// <param name="Read">The milters that a value lists; throws <see cref="ConfigurationException"/> for one that can't be read or names a milter that there is none of.</param>
public sealed record MilterMaps(IReadOnlyList<ILookupTable> Tables, Func<string, MilterSettings> Read)
{
    private const string Disable = "DISABLE";

    /// <summary>No table.</summary>
    public static MilterMaps None { get; } = new([], _ => MilterSettings.None);

    /// <summary>The milters for a client; null when no table knows it, and when what a table says is of no use, which the log is told.</summary>
    internal async ValueTask<MilterSettings?> FindAsync(Client client, ReceivingServices services, CancellationToken cancellationToken)
    {
        foreach (var table in Tables)
        {
            try
            {
                var found = await PluginCall.WithinAsync(table.FindAsync(client.Address.ToString(), cancellationToken), services.Time, cancellationToken);
                if (found.IsFailure) throw new TemporaryFailureException(found.Failure!);
                if (found.Value is { } value) return value.Trim().Equals(Disable, StringComparison.OrdinalIgnoreCase) ? MilterSettings.None : Read(value);
            }
            catch (Exception failure) when (failure is TemporaryFailureException or ConfigurationException)
            {
                SmtpSession.Log.LookupFailed(services.Log, client.ToString(), failure.Message);
                return null;
            }
        }
        return null;
    }
}
