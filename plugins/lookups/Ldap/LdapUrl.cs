using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>What a search asks for, as an entry names it in an attribute: a DN, or a URL (RFC 4516) whose server does not matter, as with Postfix.</summary>
internal sealed record LdapUrl(string Base, LdapScope Scope, string Filter, IReadOnlyList<string> Attributes)
{
    internal const string EveryEntry = "(objectClass=*)";

    /// <summary>Reads <c>ldap://server/base?attributes?scope?filter</c>; false when it is none.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out LdapUrl? url)
    {
        url = null;
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || text[..scheme].ToUpperInvariant() is not ("LDAP" or "LDAPS" or "LDAPI")) return false;
        var path = text.IndexOf('/', scheme + 3);
        var parts = (path < 0 ? "" : text[(path + 1)..]).Split('?');
        var scope = Part(2).ToUpperInvariant() switch { "" or "BASE" => LdapScope.Base, "ONE" => LdapScope.One, "SUB" => LdapScope.Subtree, _ => (LdapScope?)null };
        if (scope is null) return false;
        url = new LdapUrl(Part(0), scope.Value, Part(3) is { Length: > 0 } filter ? filter : EveryEntry, Part(1).Split(',', StringSplitOptions.RemoveEmptyEntries));
        return true;

        string Part(int number) => number < parts.Length ? Uri.UnescapeDataString(parts[number]) : "";
    }
}
