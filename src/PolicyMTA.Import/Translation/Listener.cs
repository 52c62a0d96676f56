using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>A listener of the result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Service">The service of master.cf whose settings it has.</param>
/// <param name="Values">What the service sees.</param>
internal sealed record Listener(string Name, MasterService Service, SourceValues Values)
{
    public required TomlSection Section { get; init; }

    /// <summary>True where postscreen(8) stood before it.</summary>
    public bool IsBehindPostscreen { get; init; }

    /// <summary>TLS begins with the connection.</summary>
    public bool IsImplicitTls => Values.Truth("smtpd_tls_wrappermode");

    /// <summary>The lists of its own, by stage.</summary>
    public Dictionary<string, PolicyList> Lists { get; } = new(StringComparer.Ordinal);
}
