using System.Collections.Frozen;
using System.Globalization;

namespace PolicyMTA.Sdk;

/// <summary>The macros of a session that templates of replies may use (postconf(5), <c>smtpd_reject_footer</c>).</summary>
public static class SessionMacros
{
    /// <summary>Their names.</summary>
    public static IReadOnlySet<string> Names { get; } =
        FrozenSet.ToFrozenSet(["server_name", "client", "client_port", "client_address", "client_name", "reverse_client_name", "helo_name", "localtime"]);

    /// <summary>The value of a macro; null when there is none of that name.</summary>
    public static string? ValueOf(string name, SessionFacts session, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(time);
        return name switch
        {
            "server_name" => session.Server.Name,
            "client" => session.Client.ToString(),
            "client_port" => session.Client.Port.ToString(CultureInfo.InvariantCulture),
            "client_address" => session.Client.Address.ToString(),
            "client_name" => session.Client.Name,
            "reverse_client_name" => session.Client.ReverseName,
            "helo_name" => session.Helo?.Name ?? "",
            "localtime" => time.GetLocalNow().ToString("MMM dd HH:mm:ss", CultureInfo.InvariantCulture),
            _ => null,
        };
    }
}
