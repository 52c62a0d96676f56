using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>Asks <c>smtp_sasl_password_maps</c> for the sender where that is wanted, then for the next hop as it was written, then for the host.</summary>
internal static class LoginFinder
{
    private static readonly EnhancedStatus LookupFailed = new(4, 3, 0);

    /// <summary>The login, or none, or why nobody can say.</summary>
    public static async ValueTask<(Login? Login, Failure? Failure, string Cause)> FindAsync(ClientLogins logins, Address sender, string nextHop, Destination destination, CancellationToken cancellationToken)
    {
        if (logins.PasswordMaps.Count == 0) return (null, null, "");
        foreach (var (key, isWhole) in Keys(logins, sender, nextHop, destination))
        {
            foreach (var table in logins.PasswordMaps)
            {
                if (!isWhole && !table.AcceptsPartialKeys) continue;
                var result = await table.FindFoldedAsync(key, cancellationToken);
                if (result.IsFailure) return (null, Failure.Here(LookupFailed, "Temporary lookup error"), $"smtp_sasl_password_maps: {result.Failure}");
                if (result.IsFound) return (result.Value is { Length: > 0 } entry ? Login.Parse(entry) : null, null, "");
            }
        }
        return (null, null, "");
    }

    private static IEnumerable<(string Key, bool IsWhole)> Keys(ClientLogins logins, Address sender, string nextHop, Destination destination)
    {
        if (logins.IsSenderDependent && !sender.IsNull)
        {
            yield return (sender.ToString(), true);
            if (sender.Domain.Length > 0) yield return ("@" + sender.Domain, false);
        }
        yield return (nextHop, true);
        yield return (destination.HostName, true);
    }
}
