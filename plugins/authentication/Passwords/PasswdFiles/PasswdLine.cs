using System.Diagnostics.CodeAnalysis;

namespace PolicyMTA.Authentication.Passwords.PasswdFiles;

/// <summary>
/// A line of Dovecot's passwd-file, <c>user:{SCHEME}hash:uid:gid:gecos:home:shell:extra fields</c>, of which the last six may be missing, as in Apache's htpasswd files.
/// </summary>
/// <param name="User">In lower case, as names are looked up.</param>
/// <param name="Password">The password with its scheme.</param>
/// <param name="Restriction">The extra field that keeps the user from logging in from everywhere, or at all; null for none.</param>
internal sealed record PasswdLine(string User, string Password, string? Restriction)
{
    private const int ExtraField = 7;

    // allow_nets asks for the client's address, which a table is not told; allow_real_nets likewise.
    private static readonly string[] Restrictions = ["nologin", "allow_nets", "allow_real_nets"];

    internal static bool IsNothing(string line) => string.IsNullOrWhiteSpace(line) || line.StartsWith('#');

    internal static bool TryParse(string line, [NotNullWhen(true)] out PasswdLine? entry)
    {
        entry = null;
        var fields = line.TrimEnd('\r').Split(':');
        if (fields.Length < 2 || fields[0].Length == 0 || fields[0].Any(char.IsControl)) return false;
        // Extra fields may hold colons.
        var extra = string.Join(':', fields.Skip(ExtraField)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var restriction = Array.Find(extra, field => Restrictions.Contains(field.Split('=')[0], StringComparer.Ordinal));
        entry = new PasswdLine(fields[0].ToLowerInvariant(), fields[1], restriction?.Split('=')[0]);
        return true;
    }
}
