using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery;

/// <summary>One of <c>alias_maps</c>. An immutable value; the table belongs to the generation.</summary>
/// <param name="Name">As the configuration names it.</param>
/// <param name="Table">What is asked.</param>
/// <param name="FindOwner">The user whose rights its commands and files have; 0 or null: <c>default_privs</c>.</param>
public sealed record AliasSource(string Name, ILookupTable Table, Func<uint>? FindOwner = null)
{
    private static readonly string[] FileTypes = ["hash", "btree", "dbm", "lmdb", "cdb", "sdbm", "texthash"];

    /// <summary>The file of an aliases(5) source, whose compiled form is not needed here; null when the type is not one of files.</summary>
    public static string? FindFile(string specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        while (specification.StartsWith("proxy:", StringComparison.Ordinal)) specification = specification["proxy:".Length..];
        var colon = specification.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && FileTypes.Contains(specification[..colon]) && colon + 1 < specification.Length ? specification[(colon + 1)..] : null;
    }

    /// <summary>A file in the format of aliases(5), read anew whenever it has changed; one that may be missing is empty then.</summary>
    public static AliasSource OfFile(string name, string path, bool mayBeMissing)
    {
        var table = new Local.AliasTable(path, mayBeMissing);
        return new AliasSource(name, table, table.FindOwner);
    }
}
