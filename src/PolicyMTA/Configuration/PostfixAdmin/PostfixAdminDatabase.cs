using System.Diagnostics.CodeAnalysis;
using PolicyMTA.Sdk;

namespace PolicyMTA.Configuration.PostfixAdmin;

/// <summary>The database of <c>[postfixadmin] database</c>, as parameters of a lookup table. An immutable value.</summary>
/// <param name="Type">The type of table: <c>sqlite</c>, <c>pgsql</c> or <c>mysql</c>.</param>
/// <param name="Access">What every table of it needs.</param>
internal sealed record PostfixAdminDatabase(string Type, IReadOnlyDictionary<string, string> Access)
{
    private const string Forms = "write sqlite:/path/to/postfixadmin.db, pgsql://user@host/database or mysql://user@host/database";

    /// <summary>Reads <c>type:path</c> or a URL. Several hosts have commas between them.</summary>
    /// <exception cref="ConfigurationException">It is neither.</exception>
    public static PostfixAdminDatabase Parse(string text, string root, string? password)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var type = colon < 0 ? "" : text[..colon];
        if (type is "sqlite" && colon + 1 < text.Length) return new PostfixAdminDatabase(type, new Dictionary<string, string> { ["dbpath"] = Path.GetFullPath(text[(colon + 1)..], root) });
        if (type is "postgres" or "postgresql") type = "pgsql";
        if (type is not ("pgsql" or "mysql") || !TryReadUrl(text[(colon + 1)..], out var access)) throw new ConfigurationException($"'{text}' is no database: {Forms}");
        if (access.ContainsKey("password")) throw new ConfigurationException("a password does not belong into the URL, which is shown: name a password_file beside it");
        if (password is not null) access["password"] = password;
        return new PostfixAdminDatabase(type, access);
    }

    private static bool TryReadUrl(string text, [NotNullWhen(true)] out Dictionary<string, string>? access)
    {
        access = null;
        if (!text.StartsWith("//", StringComparison.Ordinal)) return false;
        var rest = text[2..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || slash + 1 == rest.Length || rest[(slash + 1)..].AsSpan().ContainsAny("/?#")) return false;
        var (authority, name) = (rest[..slash], rest[(slash + 1)..]);
        var at = authority.LastIndexOf('@');
        var hosts = authority[(at + 1)..];
        access = new Dictionary<string, string> { ["dbname"] = Uri.UnescapeDataString(name), ["hosts"] = hosts.Length == 0 ? "localhost" : hosts.Replace(',', ' ') };
        if (at < 0) return true;
        var user = authority[..at].Split(':', 2);
        access["user"] = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) access["password"] = "";
        return user[0].Length > 0;
    }
}
